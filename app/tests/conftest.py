"""Build the app from variables that a test names, never from those of the machine it runs on."""

import os
from collections.abc import Callable, Iterator

import postgres
import pytest
from flask import Flask
from flask.testing import FlaskClient

from hello import create_app

Client = Callable[..., FlaskClient]


@pytest.fixture
def client() -> Iterator[Client]:
    """Return a function from environment variables to a client of an app made with them."""
    made = list[Flask]()

    def of(**environ: str) -> FlaskClient:
        made.append(create_app(environ))
        return made[-1].test_client()

    yield of
    for app in made:
        if engine := app.extensions.get("engine"):
            engine.dispose()


@pytest.fixture(scope="session")
def empty() -> Iterator[str]:
    """Return the URL of a database with nothing in it. CI has one, and fails without."""
    if not postgres.FOUND:
        assert not os.environ.get("CI"), "PostgreSQL is not installed here; .ci/run does that"
        pytest.skip("PostgreSQL is not installed here; on Debian: apt-get install postgresql")
    with postgres.running() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(empty: str) -> str:
    """Return the same with the tables that the newest migration makes."""
    postgres.alembic(empty, "upgrade", "head")
    return empty


@pytest.fixture
def database(migrated: str) -> str:
    """Return the same with nothing in the tables."""
    postgres.sql(migrated, "truncate entries restart identity")
    return migrated

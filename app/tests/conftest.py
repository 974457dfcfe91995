"""Build the app from variables that a test names, never from those of the machine it runs on."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from hello import create_app


@pytest.fixture
def client() -> Callable[..., FlaskClient]:
    """Return a function from environment variables to a client of an app made with them."""
    return lambda **environ: create_app(environ).test_client()

"""A fleet with a warm standby, which the tests of failures begin with."""

from collections.abc import Iterator

import pytest
from failing import deploy
from fleet import ADDRESS, powered


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    """Have a former release in the standby slot."""
    deploy("the former release").well()
    deploy("what is live").well()


@pytest.fixture(autouse=True)
def _all_run() -> Iterator[None]:
    """Start what has died and was not started again, for the tests after one that failed."""
    yield
    for host in ADDRESS:
        powered(host)

"""A fleet with a warm standby, which the tests of failures begin with."""

import pytest
from steps import deploy


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    """Have a former release in the standby slot."""
    deploy("the former release").well()
    deploy("what is live").well()

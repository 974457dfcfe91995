"""A load from visitors for the tests that change or break something."""

from collections.abc import Iterator

import pytest
from fleet import ADDRESS, BALANCERS, accounted, journals, until, whole
from load import Load, Tally


@pytest.fixture
def visitors() -> Iterator[Tally]:
    """Send requests to both balancers while the test runs; at its end, hold what was acknowledged against the ledger."""
    assert until(lambda: whole("ledger")), f"the fleet is not whole before the test\n{journals()}"
    with Load([ADDRESS[balancer] for balancer in BALANCERS]).running() as tally:
        yield tally
    print(f"visitors: {tally.sent} requests, {len(tally.failed)} failed, slowest {tally.slowest:.2f} s", *tally.failed[:9], sep="\n  ")
    assert tally.sent > 300
    accounted(tally.entries)


@pytest.fixture
def undisturbed(visitors: Tally) -> Iterator[Tally]:
    """Visitors, of whom none may notice anything."""
    yield visitors
    assert visitors.failed == [], journals()

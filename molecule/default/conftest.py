"""A load from visitors for the tests that change or break something."""

from collections.abc import Iterator

import pytest
from fleet import ADDRESS, BALANCERS, journals, recorded, until, whole
from load import Load, Tally


@pytest.fixture
def visitors() -> Iterator[Tally]:
    """Send requests to both balancers while the test runs; at its end, hold what was acknowledged against the ledger."""
    assert until(lambda: whole("ledger")), f"the fleet is not whole before the test\n{journals()}"
    with Load([ADDRESS[balancer] for balancer in BALANCERS]).running() as tally:
        yield tally
    print(f"visitors: {tally.sent} requests, {len(tally.failed)} failed, slowest {tally.slowest:.2f} s", *tally.failed[:9], sep="\n  ")
    assert tally.sent > 300
    entries = recorded()
    lost = [entry for entry in tally.entries if entry not in entries]
    assert lost == [], "acknowledged requests are missing from the ledger"
    twice = [entry for entry, count in entries.items() if count > 1]
    assert twice == [], "requests were executed twice"


@pytest.fixture
def undisturbed(visitors: Tally) -> Iterator[Tally]:
    """Visitors, of whom none may notice anything."""
    yield visitors
    assert visitors.failed == [], journals()

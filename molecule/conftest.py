"""Let the tests of all scenarios import what they share and tell how they end; and visitors for those that change something."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "shared"), str(HERE.parent / "bench")]

from fleet import ADDRESS, BALANCERS, failed_requests, journals, recorded, until, whole  # noqa: E402  (found by the lines above)
from load import RATE, Load, Tally  # noqa: E402


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add a line to the file that ``TESTS_LOG`` names, if it names one: what a test came to."""
    if (file := os.environ.get("TESTS_LOG")) and (report.when == "call" or not report.passed):
        scenario, _, test = report.nodeid.removeprefix("molecule/").partition("/")
        with Path(file).open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%H:%M:%S')} {scenario}: {test} {report.outcome}\n")


@pytest.fixture
def visitors(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Send requests to both balancers while the test runs, as many a second as its mark `rate` says; at its end, hold what was acknowledged
    against the ledger.
    """
    rate = next((mark.args[0] for mark in request.node.iter_markers("rate")), RATE)
    assert until(lambda: whole("ledger")), f"the fleet is not whole before the test\n{journals()}"
    began = int(time.time())
    with Load([ADDRESS[balancer] for balancer in BALANCERS], rate=rate).running() as tally:
        yield tally
    print(f"visitors: {tally.sent} requests, {len(tally.failed)} failed, slowest {tally.slowest:.2f} s", *tally.failed[:9], sep="\n  ")
    if tally.failed:
        print(failed_requests(began))
    assert tally.sent > 60
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

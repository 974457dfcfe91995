"""Deploy and go back again and again while visitors come, and print what it took: `python bench/record.py 50`.

Runs on hosts that `molecule converge --scenario-name deploy` made. At the default rate, 50 of each are more than 300,000 requests.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "molecule" / "shared"))

from fleet import ADDRESS, BALANCERS, WEB, Run, on, play, recorded
from load import Load, Tally

RATE = 300
WATCH = 5  # seconds, as an app has it by default


@dataclass
class Record:
    """What came of it: `seconds` of each run by its verb, those from the first balancer to the last, and what visitors met."""

    tally: Tally
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"deploy": [], "rollback": []})
    spread: list[float] = field(default_factory=list)

    def time(self, verb: str, run: Callable[[], Run]) -> None:
        """Run a playbook that has to succeed, and note how long it took."""
        began = time.monotonic()
        run().well()
        self.seconds[verb].append(time.monotonic() - began)
        # A switch writes the map's file; the lab's hosts have one clock
        written = [float(on(balancer, "stat -c %.Y /etc/haproxy/slots.map")) for balancer in BALANCERS]
        self.spread.append(max(written) - min(written))

    def missing(self) -> list[str]:
        """Return the requests that were acknowledged but not executed once."""
        entries = recorded()
        return [entry for entry in self.tally.entries if entries[entry] != 1] + [entry for entry, count in entries.items() if count > 1]

    def table(self) -> str:
        """Return the table."""
        lines = [f"{'verb':<10} {'hosts':>5} {'runs':>5} {'median s':>9} {'slowest s':>9}"]
        for verb, seconds in self.seconds.items():
            lines.append(f"{verb:<10} {len(WEB):>5} {len(seconds):>5} {statistics.median(seconds):>9.2f} {max(seconds):>9.2f}")
        spread = f"median {statistics.median(self.spread):.2f} s, slowest {max(self.spread):.2f} s"
        lines.append(f"from the first balancer to the last: {spread}")
        tally = self.tally
        lines.append(f"{tally.sent} requests, {len(tally.failed)} failed, {len(self.missing())} acknowledged but not executed once")
        lines.append(f"slowest answer {tally.slowest:.2f} s")
        return "\n".join([*lines, *tally.failed[:20]])


def record(count: int, rate: int = RATE, watch: int = WATCH) -> Record:
    """Deploy a release that was never there, then go back, `count` times under `rate` requests a second."""
    began = int(time.time())
    with Load([ADDRESS[balancer] for balancer in BALANCERS], rate=rate, threads=32).running() as tally:
        result = Record(tally)
        for number in range(count):
            value = f"record {began} {number}"
            result.time("deploy", lambda value=value: play("deploy", app="ledger", tricky=value, watch_seconds=watch))  # type: ignore[misc]
            result.time("rollback", lambda: play("rollback", app="ledger"))
    return result


def main() -> None:
    """Print the table; fail if a request did."""
    result = record(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    print(result.table())
    sys.exit(bool(result.tally.failed or result.missing()))


if __name__ == "__main__":
    main()

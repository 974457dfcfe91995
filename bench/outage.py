"""The host that watches is away while all others write to their journals: `python bench/outage.py 600` counts what is lost of it, and what
came twice.

Runs on hosts that `molecule converge --scenario-name observe` made, or on those of the lab, with HOSTLER_TEST_INVENTORY=lab. The host that
watches dies, as by a power cut, and is there again after so many seconds; lines are written for a minute longer on each side.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "molecule" / "shared"))

from fleet import BALANCERS, MONITORS, WEB, dies, is_reached, on, powered, until

from ansible_collections.hostler.fleet.plugins.module_utils.observe.kept import files

RATE = 200  # lines a second on each host
AROUND = 60  # seconds before and after
PATIENCE = 600  # seconds for all to arrive
[MONITOR] = MONITORS
HOSTS = sorted(BALANCERS + WEB)
# Ten times a second a tenth of the lines, each with its number, until all are written
WRITE = """
import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("/run/systemd/journal/socket")
began = time.monotonic()
for number in range({count}):
    if number % {tenth} == 0:
        time.sleep(max(0, began + number / {rate} - time.monotonic()))
    s.send(b"MESSAGE={mark} %d\\nPRIORITY=6\\nOUTAGE={mark}\\n" % number)
"""


def numbers(mark: str, host: str, kept: str = "") -> list[int]:
    """Return the numbers of the lines in a host's own journal, or in these files of one that is `kept` there of another."""
    of = f"--file='{kept}'" if kept else ""
    return [int(line.split()[-1]) for line in on(host, f"journalctl -q --no-pager {of} -o cat OUTAGE={mark} || true").splitlines()]


def main() -> None:
    """Break, mend, wait and count."""
    away = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    mark, count = f"outage-{int(time.time())}", (away + 2 * AROUND) * RATE
    for host in HOSTS:
        program = WRITE.format(count=count, tenth=RATE // 10, rate=RATE, mark=mark)
        limits = "-p LogRateLimitIntervalSec=1s -p LogRateLimitBurst=1000000"
        on(host, f"cat >/run/{mark}.py", program)
        on(host, f"systemd-run --quiet --collect --unit={mark} {limits} python3 /run/{mark}.py")
    time.sleep(AROUND)
    print(f"{MONITOR} is away for {away} s; each of {len(HOSTS)} hosts writes {count} lines, {RATE} a second", flush=True)
    dies(MONITOR)
    time.sleep(away)
    powered(MONITOR)
    back = time.monotonic()
    until(lambda: is_reached(MONITOR))
    until(lambda: all(on(host, f"systemctl is-active {mark} || true").strip() != "active" for host in HOSTS), AROUND * 3)
    arrived = until(lambda: all(len(set(numbers(mark, MONITOR, files(host)))) >= count for host in HOSTS), PATIENCE)
    print(f"all there {time.monotonic() - back:.0f} s after it was back" if arrived else f"not all there after {PATIENCE} s")
    for host in HOSTS:
        here, there = numbers(mark, host), numbers(mark, MONITOR, files(host))
        print(f"{host:10} written {count}, in its own journal {len(set(here))}, lost on the way {len(set(here) - set(there))}", end="")
        print(f", twice {len(there) - len(set(there))}")


if __name__ == "__main__":
    main()

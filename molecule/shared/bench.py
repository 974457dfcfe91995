"""Time what an operator waits for on the lab: a run with nothing to do, a change of the message, and the way back.

Prints the median of RUNS, and each as a ratio to nothing to do, taken in turn in one run: single figures differ between machines.
"""

import json
import re
import statistics
import subprocess
import time
from pathlib import Path

import yaml

RUNS = 3
APPS = Path("inventories/lab/group_vars/all/apps.yml")
CASES = ("nothing to do", "a change of message", "the way back")


def play(*options: str) -> tuple[float, int]:
    """Run site.yml; return the seconds that it took, and the most tasks that any host ran."""
    began = time.monotonic()
    done = subprocess.run(["ansible-playbook", "site.yml", *options], capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(done.stdout[-3000:] + done.stderr)
    return seconds, max(int(count) for count in re.findall(r" ok=(\d+) ", done.stdout))


def main() -> None:
    """Run the cases in turn and print the table."""
    play()
    found: dict[str, list[tuple[float, int]]] = {case: [] for case in CASES}
    apps = yaml.safe_load(APPS.read_text())["apps"]
    for run in range(RUNS):
        # A value that no run before had: the release is built, sent and started
        apps[0]["env"]["MESSAGE"] = f"Changed at {time.time():.0f}, run {run}"
        change = ["-e", json.dumps({"apps": apps})]
        for case in CASES:
            found[case].append(play(*(change if case == "a change of message" else [])))
    base = statistics.median(seconds for seconds, _ in found["nothing to do"])
    print(f"{'site.yml':<20} {'median s':>8} {'ratio':>6} {'tasks':>6}")
    for case, results in found.items():
        median = statistics.median(seconds for seconds, _ in results)
        print(f"{case:<20} {median:>8.1f} {median / base:>6.2f} {max(tasks for _, tasks in results):>6}")


if __name__ == "__main__":
    main()

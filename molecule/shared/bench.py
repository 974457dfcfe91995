"""Time what an operator waits for on the lab: nothing to do, a change of the message, and the way back.

Prints the median of RUNS, and each as a ratio to site.yml with nothing to do, taken in turn in one run: single figures differ between
machines. The watch after a switch is left out: the release is live by then.
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
# Playbook, and whether the message is changed for it; each begins where the one before has left the fleet
CASES = {
    "site.yml, nothing to do": ("site.yml", False),
    "site.yml, a change of message": ("site.yml", True),
    "site.yml, the way back": ("site.yml", False),
    "deploy.yml, nothing to do": ("playbooks/deploy.yml", False),
    "deploy.yml, a change of message": ("playbooks/deploy.yml", True),
    "rollback.yml": ("playbooks/rollback.yml", False),
}


def play(playbook: str, *options: str) -> tuple[float, int]:
    """Run a playbook; return the seconds that it took, and the most tasks that any host ran."""
    began = time.monotonic()
    command = ["ansible-playbook", playbook, "-e", "watch_seconds=0", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(done.stdout[-3000:] + done.stderr)
    return seconds, max(int(count) for count in re.findall(r" ok=(\d+) ", done.stdout))


def main() -> None:
    """Run the cases in turn and print the table."""
    play("site.yml")
    found: dict[str, list[tuple[float, int]]] = {case: [] for case in CASES}
    apps = yaml.safe_load(APPS.read_text())["apps"]
    for run in range(RUNS):
        for case, (playbook, changed) in CASES.items():
            # A value that no run before had: the release is built, sent and started
            apps[0]["env"]["MESSAGE"] = f"Changed at {time.time():.0f}, run {run}"
            found[case].append(play(playbook, *(["-e", json.dumps({"apps": apps})] if changed else [])))
    base = statistics.median(seconds for seconds, _ in next(iter(found.values())))
    print(f"{'':<32} {'median s':>8} {'ratio':>6} {'tasks':>6}")
    for case, results in found.items():
        median = statistics.median(seconds for seconds, _ in results)
        print(f"{case:<32} {median:>8.1f} {median / base:>6.2f} {max(tasks for _, tasks in results):>6}")


if __name__ == "__main__":
    main()

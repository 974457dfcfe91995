"""Time what an operator waits for on the lab: nothing to do, a change of the message, and the way back.

Prints the median of RUNS, and each as a ratio to site.yml with nothing to do, taken in turn in one run: single figures differ between
machines. The watch after a switch is left out; `live` is when the switch was done on all balancers, and the rest is the run's end.
"""

import json
import os
import re
import statistics
import subprocess
import time
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Took:
    """Seconds until all balancers had switched, which is none where nothing was switched, and to the end; the most tasks of any host."""

    live: float
    seconds: float
    tasks: int


def play(playbook: str, *options: str) -> Took:
    """Run a playbook and tell what it took."""
    began, live, output = time.monotonic(), 0.0, ""
    command = ["ansible-playbook", playbook, "-e", "watch_seconds=0", *options]
    # Ansible's own output says when a task begins, and has the recap
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "ANSIBLE_STDOUT_CALLBACK": "default"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as run:
        for line in run.stdout or []:
            output += line
            if line.startswith("TASK [deploy : app | Watch it]"):
                live = time.monotonic() - began
    if run.returncode:
        raise SystemExit(output[-3000:])
    return Took(live, time.monotonic() - began, max(int(count) for count in re.findall(r" ok=(\d+) ", output)))


def main() -> None:
    """Run the cases in turn and print the table."""
    play("site.yml")
    found: dict[str, list[Took]] = {case: [] for case in CASES}
    apps = yaml.safe_load(APPS.read_text())["apps"]
    for run in range(RUNS):
        for case, (playbook, changed) in CASES.items():
            # A value that no run before had: the release is built, sent and started
            apps[0]["env"]["MESSAGE"] = f"Changed at {time.time():.0f}, run {run}"
            found[case].append(play(playbook, *(["-e", json.dumps({"apps": apps})] if changed else [])))
    base = statistics.median(took.seconds for took in next(iter(found.values())))
    print(f"{'':<32} {'live s':>7} {'median s':>9} {'ratio':>6} {'tasks':>6}")
    for case, results in found.items():
        live, median = (statistics.median(getattr(took, name) for took in results) for name in ("live", "seconds"))
        print(f"{case:<32} {live:>7.1f} {median:>9.1f} {median / base:>6.2f} {max(took.tasks for took in results):>6}")


if __name__ == "__main__":
    main()

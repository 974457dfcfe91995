"""Run Molecule's scenarios side by side, each on hosts of its own: ``scenarios.py WORKERS LOGS REPORTS``, from the project's root.

Of each scenario there is a line when it begins a step, for each test as it ends, and when the scenario ends; all that it says is in
LOGS. One that fails elsewhere than in its tests, which report for themselves, gets a report of its own in REPORTS: what its log has from
the first failure of the step that failed.
"""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

SHOWN = 60  # lines of a log
EXECUTES = re.compile(r"> (\w+)\] Executing$")
FAILED = re.compile(r"> (\w+): Executed: Failed")
FAILURE = re.compile(r"(fatal|failed): \[|\[ERROR\]: ")


def say(name: str, text: str) -> None:
    """Print a line of progress, whole: scenarios run side by side."""
    print(f"{time.strftime('%H:%M:%S')} {name}: {text}\n", end="", flush=True)


def report(file: Path, name: str, seconds: float, lines: list[str]) -> None:
    """Write that the scenario failed as a test would say it."""
    suite = ElementTree.Element("testsuite", tests="1", failures="0", errors="1", skipped="0")
    case = ElementTree.SubElement(suite, "testcase", classname="molecule", name=name, time=f"{seconds:.0f}")
    # What a terminal makes of control characters, no XML may have
    text = "".join(char for char in "".join(lines) if char.isprintable() or char in "\n\t")
    ElementTree.SubElement(case, "error", message="the scenario failed").text = text
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.ElementTree(root).write(file, encoding="utf-8")


def cause(lines: list[str]) -> list[str]:
    """Return what a scenario's log has from the first failure on of the step that failed; else the end of that step, or of the log.

    Steps that clean up come after the one that failed, and so at the log's end.
    """
    failed = next((match[1] for line in lines if (match := FAILED.search(line))), None)
    step, said = None, list[str]()
    for line in lines:
        if match := EXECUTES.search(line.rstrip()):
            step = match[1]
        if failed in (None, step):
            said.append(line)
    begins = next((number for number, line in enumerate(said) if failed and FAILURE.match(line)), None)
    return said[-SHOWN:] if begins is None else said[begins : begins + SHOWN]


def run(name: str, logs: Path, reports: Path) -> bool:
    """Run a scenario from its first step to its last; return whether all went well."""
    for old in reports.glob(f"{name}*.xml"):
        old.unlink()
    log, tests, began, lines = logs / f"{name}.log", logs / f"{name}.tests", time.monotonic(), []
    command = ["molecule", "test", "--scenario-name", name]
    # Ansible shows what pytest says when pytest ends: each test adds its line to a file, which is shown as it grows
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "TESTS_LOG": str(tests.resolve())}
    tests.write_text("")
    say(name, f"begins, see {log}")
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process,
        subprocess.Popen(["tail", "--quiet", "--lines=+1", "--follow", f"--pid={process.pid}", "--sleep-interval=0.1", tests]),
    ):
        for line in process.stdout or []:
            file.write(line)
            file.flush()
            lines.append(line)
            if match := EXECUTES.search(line.rstrip()):
                say(name, match[1])
        process.wait()  # for which tail waits
    seconds = time.monotonic() - began
    well = process.returncode == 0
    say(name, f"{'passed' if well else 'FAILED'} after {seconds / 60:.1f} min")
    if not well and not any(mark in file.read_bytes() for file in reports.glob(f"{name}*.xml") for mark in (b"<failure", b"<error")):
        report(reports / f"{name}-scenario.xml", name, seconds, cause(lines))
    return well


def size(folder: Path) -> int:
    """Return how much there is to test; the largest scenarios come first, so that none begins when all others are done."""
    return sum(file.stat().st_size for file in folder.glob("test_*.py"))


def main() -> None:
    """Run all scenarios; fail if one did."""
    workers, (logs, reports) = int(sys.argv[1]), map(Path, sys.argv[2:])
    for folder in (logs, reports):
        folder.mkdir(parents=True, exist_ok=True)
    folders = sorted((file.parent for file in Path("molecule").glob("*/molecule.yml")), key=lambda folder: (-size(folder), folder.name))
    with ThreadPoolExecutor(workers) as pool:
        sys.exit(not all(list(pool.map(lambda name: run(name, logs, reports), [folder.name for folder in folders]))))


if __name__ == "__main__":
    main()

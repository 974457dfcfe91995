"""``.config/scenarios.py`` with a molecule of few words: side by side, what is told, what is kept, what is reported."""

import os
import re
import shutil
import subprocess
import sys
from itertools import accumulate
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.shared.programs import Programs
from tests.shared.samples import ROOT, write

FAILED = '<testsuites><testsuite tests="1" failures="1" errors="0" skipped="0"><failure message="red"/></testsuite></testsuites>'
PASSED = '<testsuites><testsuite tests="1" failures="0" errors="0" skipped="0"/></testsuites>'


def told(output: str) -> list[str]:
    """Return the lines of progress without their times, which all have."""
    lines = [re.fullmatch(r"\d\d:\d\d:\d\d (.*)", line) for line in output.splitlines()]
    assert None not in lines, output
    return [line[1] for line in lines if line]


class Project(Programs):
    """A project with scenarios, and its molecule."""

    def scenarios(self, *names: str) -> None:
        """Make empty scenarios."""
        write(self.folder.parent, {f"molecule/{name}/molecule.yml": "" for name in names})

    def begin(self, workers: int = 1) -> subprocess.Popen[str]:
        """Begin to run all scenarios."""
        command = [sys.executable, str(ROOT / ".config/scenarios.py"), str(workers), ".cache/logs", ".cache/reports"]
        environment = {**os.environ, "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.Popen(
            command, cwd=self.folder.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, workers: int = 1) -> tuple[int, list[str]]:
        """Run all scenarios; return with which code that ends, and the lines of progress without their times."""
        process = self.begin(workers)
        output, _ = process.communicate(timeout=60)
        return process.returncode, told(output)

    def file(self, name: str) -> Path:
        """Return a file below the cache."""
        return self.folder.parent / ".cache" / name

    @property
    def reports(self) -> list[str]:
        """The reports that there are."""
        return sorted(path.name for path in self.file("reports").iterdir())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project whose scenario is called a."""
    project = Project(tmp_path)
    project.scenarios("a")
    return project


def test_each_step_is_told_and_all_else_is_in_the_log(project: Project) -> None:
    ends = "TASK [Make the host]\nINFO     [a > create] Executed: Successful\n"
    said = f"INFO     [a > create] Executing\n{ends}INFO     [a > verify] Executing\nall is well\n"
    project.add("molecule", {"test --scenario-name a": said})
    assert project.run() == (0, ["a: begins, see .cache/logs/a.log", "a: create", "a: verify", "a: passed after 0.0 min"])
    assert project.file("logs/a.log").read_text() == said
    assert project.reports == []


def test_scenarios_run_side_by_side_but_no_more_than_so_many(project: Project, tmp_path: Path) -> None:
    """All wait for the first two, and these for a third for half a second, which is not to come."""
    project.scenarios("a", "b", "c", "d")
    body = """wait_for() { i=0; until [ -e "begun/$1" ]; do sleep 0.02; i=$((i+1)); [ $i -lt "$2" ] || return 1; done; }
    echo 1 >>events; mkdir -p begun; touch "begun/$3"
    wait_for a 500 && wait_for b 500 || exit 1
    case $3 in a|b) wait_for c 25 ;; esac
    echo -1 >>events"""
    project.add("molecule", body=body)
    assert project.run(workers=2)[0] == 0
    changes = [int(line) for line in (tmp_path / "events").read_text().split()]
    assert len(changes) == 8
    assert max(accumulate(changes)) == 2


def test_the_one_with_most_to_test_comes_first(project: Project, tmp_path: Path) -> None:
    project.scenarios("a", "b", "c")
    write(tmp_path, {"molecule/b/test_more.py": "much\n" * 9, "molecule/c/test_some.py": "little\n", "molecule/a/other.py": "more\n" * 99})
    project.add("molecule")
    assert [line[0] for line in project.run()[1] if "begins" in line] == ["b", "c", "a"]


def test_one_that_fails_elsewhere_than_in_its_tests_is_reported_with_the_end_of_its_log(project: Project) -> None:
    project.scenarios("a", "b")
    project.add("molecule", body='[ "$3" = b ] || { seq 100; printf "\\033[31mit is red\\n"; exit 2; }')
    code, lines = project.run()
    assert code == 1
    assert {"a: FAILED after 0.0 min", "b: passed after 0.0 min"} < set(lines)
    assert project.reports == ["a-scenario.xml"]
    suite = ElementTree.parse(project.file("reports/a-scenario.xml")).getroot().find("testsuite")
    assert suite is not None
    assert suite.attrib == {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    assert (suite.findtext("testcase/error") or "").splitlines() == [*map(str, range(42, 101)), "[31mit is red"]
    command = [sys.executable, str(ROOT / ".config/summary.py"), str(project.file("reports"))]
    summary = subprocess.run(command, capture_output=True, text=True, check=False)
    assert summary.stdout.startswith("FAILED molecule::a\n42\n")
    assert summary.returncode == 1


CLEANED = "INFO     [a > destroy] Executing\n" + "TASK [Remove]\n" * 70
DETAILS = "DETAILS\na > create: Executed: Failed (Ansible return code was 2)\na > destroy: Executed: Successful\n"


@pytest.mark.parametrize(
    "failure", ["[ERROR]: Task failed: no space", 'fatal: [web1]: FAILED! => {"msg": "no space"}', "failed: [web1] (item=1)"]
)
def test_what_is_shown_of_a_step_that_failed_is_its_failure_and_not_what_cleans_up(failure: str, project: Project) -> None:
    wanted = [failure, "more of it", *["PLAY RECAP"] * 58]
    said = "fatal: [of the first destroy]: ignored\nINFO     [a > create] Executing\nTASK [Make]\n" + "\n".join(
        [*wanted, *["end"] * 9, CLEANED]
    )
    project.add("molecule", body=f"cat <<'END'\n{said}{DETAILS}END\nexit 2")
    assert project.run()[0] == 1
    shown = ElementTree.parse(project.file("reports/a-scenario.xml")).getroot().findtext("testsuite/testcase/error") or ""
    assert shown.splitlines() == wanted


def test_of_a_step_that_failed_without_a_word_its_end_is_shown(project: Project) -> None:
    said = "INFO     [a > create] Executing\nkilled\n" + CLEANED + DETAILS
    project.add("molecule", body=f"cat <<'END'\n{said}END\nexit 2")
    assert project.run()[0] == 1
    shown = ElementTree.parse(project.file("reports/a-scenario.xml")).getroot().findtext("testsuite/testcase/error") or ""
    assert shown.splitlines() == ["INFO     [a > create] Executing", "killed"]


def test_tests_that_have_reported_their_failures_speak_for_themselves(project: Project, tmp_path: Path) -> None:
    (tmp_path / "failed.xml").write_text(FAILED)
    project.add("molecule", body="cp failed.xml .cache/reports/a-verify.xml; exit 2")
    assert project.run()[0] == 1
    assert project.reports == ["a-verify.xml"]
    assert project.file("reports/a-verify.xml").read_text() == FAILED


def test_tests_that_passed_do_not_hide_a_later_failure(project: Project, tmp_path: Path) -> None:
    (tmp_path / "passed.xml").write_text(PASSED)
    project.add("molecule", body="cp passed.xml .cache/reports/a.xml; exit 2")
    assert project.run()[0] == 1
    assert project.reports == ["a-scenario.xml", "a.xml"]
    assert project.file("reports/a.xml").read_text() == PASSED


def test_a_test_that_ends_before_anybody_looks_is_told(project: Project) -> None:
    project.add("tail", body='until [ -s .cache/logs/a.tests ]; do sleep 0.01; done; exec /usr/bin/tail "$@"')
    project.add("molecule", body='echo "12:00:00 a: test_x.py::test_x passed" >>"$TESTS_LOG"')
    assert project.run()[1][1] == "a: test_x.py::test_x passed"


def test_what_a_former_run_has_left_does_not_count(project: Project) -> None:
    write(
        project.folder.parent,
        {
            ".cache/reports/a-verify.xml": FAILED,
            ".cache/reports/tests.xml": PASSED,
            ".cache/logs/a.log": "former\n",
            ".cache/logs/a.tests": "former\n",
        },
    )
    project.add("molecule", body="exit 2")
    assert project.run() == (1, ["a: begins, see .cache/logs/a.log", "a: FAILED after 0.0 min"])
    assert project.reports == ["a-scenario.xml", "tests.xml"]
    assert project.file("logs/a.log").read_text() == ""


TESTS = """
import time
from pathlib import Path

import pytest

def test_good(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

def test_bad():
    end = time.monotonic() + 20
    while not Path("seen").exists():
        assert time.monotonic() < end, "nobody has seen how the first test ended"
        time.sleep(0.02)
    assert not "green"

@pytest.fixture
def broken():
    raise OSError

def test_ugly(broken):
    pass

@pytest.mark.skip
def test_left_out():
    pass
"""


def test_each_test_is_told_as_it_ends(project: Project, tmp_path: Path) -> None:
    """With the shipped conftest of the scenarios, while molecule keeps to itself what pytest says."""
    write(
        tmp_path,
        {name: (ROOT / name).read_text() for name in ("molecule/conftest.py", ".config/pytest.ini")} | {"molecule/a/test_x.py": TESTS},
    )
    for name in ("molecule/shared", "bench", "inventories/molecule"):
        shutil.copytree(ROOT / name, tmp_path / name)
    pytest_run = f"'{sys.executable}' -m pytest -c .config/pytest.ini --rootdir . molecule/a"
    project.add("molecule", body=f'said=$({pytest_run}) || {{ echo "$said"; exit 2; }}')
    lines = []
    with project.begin() as process:
        for line in process.stdout or []:
            lines.append(line)
            if "test_good" in line:
                (tmp_path / "seen").touch()
    assert told("".join(lines))[1:-1] == [
        "a: test_x.py::test_good passed",
        "a: test_x.py::test_bad failed",
        "a: test_x.py::test_ugly failed",
        "a: test_x.py::test_left_out skipped",
    ]
    log = project.file("logs/a.log").read_text()
    assert "2 failed" not in log
    assert "assert not 'green'" in log

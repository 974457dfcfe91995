"""``make`` in a checkout with a blank in its path, whose tools only note how they are called."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.shared.programs import Programs
from tests.shared.samples import ROOT, write

TOOLS = ("yamllint", "ansible-lint", "ruff", "shellcheck", "mypy", "ansible-playbook")
REPORT = """<testsuites><testsuite tests="3" failures="{failed}" errors="0" skipped="1">{case}</testsuite></testsuites>"""
CASE = '<testcase classname="tests.test_x" name="test_y"><failure>it is red, not blue</failure></testcase>'


class Checkout(Programs):
    """A checkout with the shipped Makefile and summary."""

    def __init__(self, folder: Path) -> None:
        """Make it, and its virtual environment."""
        super().__init__(write(folder, {"requirements.txt": "", "app/app.py": "", ".config/setup": ""}), ".venv/bin")
        self.root = folder
        for name in ("Makefile", ".config/summary.py"):
            shutil.copyfile(ROOT / name, folder / name)
        for name in TOOLS:
            self.add(name)
        self.python()
        (folder / ".venv/.ready").touch()

    def python(self, codes: Mapping[str, int] | None = None, report: str = REPORT.format(failed=0, case="")) -> None:
        """Have Python's runs end with these codes, by what they are; pytest reports, and the summary is the real one."""
        ends = {"pytest": 0, "scenarios": 0, **(codes or {})}
        (self.root / "report.xml").write_text(report, encoding="utf-8")
        body = f"""case "$*" in
            .config/summary.py*) exec '{sys.executable}' "$@" ;;
            *tests.xml*) mkdir -p .cache/reports; cp report.xml .cache/reports/tests.xml; exit {ends["pytest"]} ;;
            *scenarios.py*) exit {ends["scenarios"]} ;;
        esac"""
        self.add("python", body=body)

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run make, as if from a shell."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE") and key != "MFLAGS"}
        return subprocess.run(["make", *arguments], cwd=self.root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a checkout in which all goes well."""
    return Checkout(tmp_path / "a checkout")


def test_every_test_is_run_and_the_summary_comes_last(checkout: Checkout) -> None:
    done = checkout.make("test")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed, 1 skipped"
    assert checkout.verbs()[-2:] == ["python .config/scenarios.py 2", "python .config/summary.py .cache/reports"]


def test_a_failed_test_is_told_and_the_summary_comes_last(checkout: Checkout) -> None:
    checkout.python({"pytest": 1}, REPORT.format(failed=1, case=CASE))
    done = checkout.make("test")
    assert done.returncode != 0
    assert "FAILED tests.test_x::test_y\nit is red, not blue\n" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed, 1 skipped"
    assert "python .config/scenarios.py 2" not in checkout.verbs()


@pytest.mark.parametrize(
    "report", [REPORT.format(failed=1, case=CASE), '<testsuites><testsuite tests="0" failures="0" errors="0" skipped="0"/></testsuites>']
)
def test_what_is_reported_counts_whatever_the_parts_end_with(report: str, checkout: Checkout) -> None:
    checkout.python(report=report)
    assert checkout.make("test").returncode != 0


@pytest.mark.parametrize("tool", ["yamllint", "mypy"])
def test_the_summary_comes_last_where_no_test_was_run(tool: str, checkout: Checkout) -> None:
    checkout.add(tool, body="exit 1")
    # Of a former run
    write(checkout.root, {".cache/reports/tests.xml": REPORT.format(failed=0, case="")})
    done = checkout.make("test")
    assert done.returncode != 0
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed, 0 skipped"


def test_a_scenario_that_fails_fails_the_run_whatever_is_reported(checkout: Checkout) -> None:
    checkout.python({"scenarios": 1})
    done = checkout.make("test")
    assert done.returncode != 0
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed, 1 skipped"


def test_up_ends_with_the_address(checkout: Checkout) -> None:
    assert checkout.make("up").returncode == 0
    playbooks = [call[1] for call in checkout.calls if call[0] == "ansible-playbook"]
    assert playbooks == ["playbooks/lab/up.yml", "site.yml", "playbooks/lab/address.yml"]


def test_up_ends_where_the_lab_is_refused(checkout: Checkout) -> None:
    checkout.add("ansible-playbook", body="exit 2")
    assert checkout.make("up").returncode != 0
    assert len(checkout.calls) == 1


@pytest.mark.parametrize(("ready", "called"), [(True, ["ansible-playbook playbooks/lab/up.yml -e"]), (False, [])])
def test_down_makes_nothing_where_nothing_was_made(ready: bool, called: list[str], checkout: Checkout) -> None:
    if not ready:
        (checkout.root / ".venv/.ready").unlink()
    assert checkout.make("down").returncode == 0
    assert [verb.replace("--ask-become-pass", "-e") for verb in checkout.verbs()] == called


class TestMac:
    """A control node that is a Mac can do all but the lab."""

    @pytest.fixture(autouse=True)
    def mac(self, checkout: Checkout) -> None:
        """Have the machine be one."""
        checkout.add("uname", {"": "Darwin\n"})

    @pytest.mark.parametrize("verb", ["up", "molecule"])
    def test_what_needs_the_lab_is_refused_before_anything_is_done(self, verb: str, checkout: Checkout) -> None:
        (checkout.root / ".venv/.ready").unlink()
        done = checkout.make(verb)
        assert done.returncode != 0
        assert "hostler: the lab is made of containers that boot systemd, which takes Linux; this is Darwin. All else works" in done.stderr
        assert {call[0] for call in checkout.calls} == {"uname"}

    def test_what_does_not_is_done(self, checkout: Checkout) -> None:
        assert checkout.make("check").returncode == 0

    def test_down_has_nothing_to_do(self, checkout: Checkout) -> None:
        assert checkout.make("down").returncode == 0
        assert {call[0] for call in checkout.calls} == {"uname"}


@pytest.mark.parametrize(("user", "refused"), [("54321", True), ("0", False), (str(os.getuid()), False)])
def test_what_an_earlier_sudo_make_has_left_is_told_before_anything_is_done(user: str, refused: bool, checkout: Checkout) -> None:
    checkout.add("id", {"-un": "ana\n", "-u": f"{user}\n"})
    done = checkout.make("up")
    assert ("earlier 'sudo make': sudo chown -R ana .venv .cache" in done.stderr) == (done.returncode != 0) == refused
    assert ("ansible-playbook" in {call[0] for call in checkout.calls}) == (not refused)


@pytest.mark.parametrize(("locale", "had"), [("C", "C.UTF-8"), ("POSIX", "C.UTF-8"), ("de_DE.UTF-8", "de_DE.UTF-8")])
def test_ansible_has_a_locale_that_it_takes(locale: str, had: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    checkout.add("ansible-playbook", body='printf %s "$LC_ALL" >locale')
    assert checkout.make("up").returncode == 0
    assert (checkout.root / "locale").read_text() == had

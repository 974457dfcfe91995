"""Whether apt and dpkg of a host can do what a run is about to ask of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import apt
from ansible_collections.hostler.fleet.plugins.modules import host_facts
from tests.shared.samples import run_module, write

HOLD = "import fcntl, sys; file = open(sys.argv[1], 'w'); fcntl.lockf(file, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have apt's and dpkg's files in a folder of the test's own."""
    monkeypatch.setattr(apt, "LOCKS", (tmp_path / "none", tmp_path / "lock-frontend"))
    monkeypatch.setattr(apt, "JOURNAL", tmp_path / "updates")


def policy(monkeypatch: pytest.MonkeyPatch, installed: str, candidate: str) -> None:
    """Have apt-cache know these versions of HAProxy."""
    said = f"haproxy:\n  Installed: {installed}\n  Candidate: {candidate}\n  Version table:\n     9.9.9-1 500\n"
    monkeypatch.setattr(apt, "must", lambda *_: said if candidate else "")


class TestLock:
    """Who has apt's lock."""

    def test_nobody(self, tmp_path: Path) -> None:
        assert apt.held() == ""
        (tmp_path / "lock-frontend").touch()
        assert apt.held() == ""

    def test_a_program(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        command = [sys.executable, "-c", HOLD, str(tmp_path / "lock-frontend")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            assert apt.held().startswith("python")
            assert apt.held().endswith(f" (process {other.pid})")
            monkeypatch.setattr(apt, "PROC", tmp_path)  # as where it is not of this namespace
            assert apt.held() == "some program"
            other.communicate()
        assert apt.held() == ""


class TestHaproxy:
    """Whether a host can be made a balancer."""

    @pytest.mark.parametrize("version", ["2.6.12-1+deb12u4", "2.8.5-1ubuntu3", "3.0.11-1+deb13u5", "1:10.0-1"])
    def test_a_version_that_is_new_enough_is_no_problem(self, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
        policy(monkeypatch, "(none)", version)
        assert apt.problem("ubuntu", "22.04") == ""
        policy(monkeypatch, version, "2.4.24-0ubuntu0.22.04.1")
        assert apt.problem("ubuntu", "22.04") == ""

    def test_what_apt_would_bring_is_refused_with_what_is_needed_and_who_has_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        policy(monkeypatch, "(none)", "2.4.24-0ubuntu0.22.04.1")
        assert apt.problem("ubuntu", "22.04").startswith(
            "HAProxy 2.4.24 is what apt has for this host, and a balancer needs 2.6 or newer: that of Debian 12, Ubuntu 24.04"
        )

    def test_what_is_installed_counts_more_than_what_could_be(self, monkeypatch: pytest.MonkeyPatch) -> None:
        policy(monkeypatch, "2.4.24-0ubuntu0.22.04.1", "2.8.5-1")
        assert apt.problem("ubuntu", "22.04").startswith("HAProxy 2.4.24 is installed on this host")

    @pytest.mark.parametrize(
        ("system", "version", "wrong"), [("ubuntu", "22.04", True), ("ubuntu", "24.04", False), ("debian", "12", False)]
    )
    @pytest.mark.parametrize("candidate", ["", "(none)"])
    def test_a_bare_host_without_lists_is_known_by_its_system(
        self, monkeypatch: pytest.MonkeyPatch, system: str, version: str, wrong: bool, candidate: str
    ) -> None:
        policy(monkeypatch, "(none)", candidate)
        assert ("HAProxy 2.4 is what apt has" in apt.problem(system, version)) == wrong

    @pytest.mark.parametrize(("installed", "wrong"), [("(none)", True), ("2.6.12-1", False)])
    def test_an_interrupted_dpkg_is_told_with_what_ends_that_where_it_is_needed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: str, wrong: bool
    ) -> None:
        policy(monkeypatch, installed, "2.6.12-1")
        (tmp_path / "updates").mkdir()
        assert apt.problem("debian", "12") == ""
        write(tmp_path, {"updates/0001": ""})
        assert ("'sudo dpkg --configure -a'" in apt.problem("debian", "12")) == wrong


class TestLook:
    """What the look at a host that a run begins with makes of it."""

    @pytest.fixture(autouse=True)
    def host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have a bare Ubuntu 22.04, whose apt is at work."""
        found = {
            "name": "one",
            "os": "ubuntu",
            "os_version": "22.04",
            "package_lists": False,
            "packages": [],
            "platform": {"python": "3.10"},
        }
        monkeypatch.setattr(host_facts, "facts", lambda *_: dict(found))
        monkeypatch.setattr(host_facts, "left", lambda _: [])
        monkeypatch.setattr(apt, "held", lambda: "unattended-upgr (process 812)")
        policy(monkeypatch, "(none)", "2.4.24-0ubuntu0.22.04.1")

    def look(self, monkeypatch: pytest.MonkeyPatch, becomes: str) -> dict[str, object]:
        return run_module(host_facts, monkeypatch, name="one", address="192.0.2.1", apps=[], becomes=becomes)

    def test_a_balancer_that_cannot_be_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = self.look(monkeypatch, "balancer")
        assert said["failed"]
        assert "HAProxy 2.4.24" in str(said["msg"])

    def test_a_web_host_of_that_system_is_taken_and_waiting_for_apt_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = self.look(monkeypatch, "web")
        assert not said["failed"]
        assert said["warnings"] == [
            "one: apt is at work there for unattended-upgr (process 812); what is to be installed waits for it, 10 minutes at most."
        ]

    def test_a_run_that_installs_nothing_speaks_of_neither(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert {**self.look(monkeypatch, ""), "ansible_facts": {}} == {"failed": False, "changed": False, "ansible_facts": {}}

"""``firewall_rules``: strangers are kept out, and who runs it comes in again, or all is as it was."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import files, firewall
from ansible_collections.hostler.fleet.plugins.modules import firewall_rules
from tests.shared.programs import Programs
from tests.shared.samples import run_module

# The kernel has one table of ours, a file here; and nft takes what does not say that it is wrong
NFT = """\
case "$*" in
*--file*) for file; do :; done; ! grep wrong "$file" || exit 1; [ "$1" = --check ] || cat "$file" >"{here}/${{KERNEL:-kernel}}" ;;
*--stateless*) cat "{here}/${{KERNEL:-kernel}}" || exit 1 ;;
*known*) echo known >"{here}/kernel" ;;
*delete*) rm -f "{here}/kernel" ;;
esac
"""
ONE, TWO = "tcp dport 22 accept\n", "tcp dport 80 accept\n"
UNIT = "[Service]\nExecStart=/usr/sbin/nft\n"
WELL = {"rules": ONE, "unit": UNIT, "holds": True}
NONE = {"rules": "", "unit": "", "holds": True}


class Host:
    """A host with an nft of few words."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lay it out below a folder."""
        self.programs, self.monkeypatch, self.kernel = Programs(folder), monkeypatch, folder / "kernel"
        self.rules, self.enabled = folder / "etc/firewall.nft", folder / "enabled"
        for name, value in {"RULES": self.rules, "UNIT": folder / "x.service", "ENABLED": self.enabled, "TRIED": folder / "tried"}.items():
            monkeypatch.setattr(firewall, name, value)
        monkeypatch.setattr(firewall, "KNOWN_SECONDS", 0)
        monkeypatch.setenv("PATH", f"{self.programs.folder}:/usr/bin:/bin")
        self.programs.add("nft", body=NFT.format(here=folder))
        # A network namespace has a kernel's tables of its own
        self.programs.add("unshare", body='shift; KERNEL=meant; export KERNEL; "$@"; exit')
        self.programs.add("systemd-run")
        self.programs.add("systemd-analyze")
        self.systemctl("active")

    def systemctl(self, timer: str) -> None:
        """Have the timer be so, and units enabled and disabled."""
        switch = f'case "$1" in enable) touch {self.enabled} ;; disable) rm -f {self.enabled} {self.kernel} ;; esac'
        self.programs.add("systemctl", {"is-active": f"{timer}\n"}, switch)

    def run(self, rules: str = ONE, check: bool = False, **more: Any) -> dict[str, Any]:
        """Run the module."""
        return run_module(firewall_rules, self.monkeypatch, check, rules=rules, unit=UNIT if rules else "", **more)

    def settle(self, rules: str = ONE) -> None:
        """Have the host take rules for good."""
        assert self.run(rules)["asks"]
        assert self.run(rules, then="keep")["changed"]

    def back(self) -> None:
        """Do what the host does by itself after a while."""
        call = [call for call in self.programs.calls if call[0] == "systemd-run"][-1]
        subprocess.run(call[call.index("/bin/sh") :], check=True)
        self.systemctl("inactive")

    @property
    def held(self) -> str:
        """The kernel's table; empty for none."""
        return self.kernel.read_text() if self.kernel.exists() else ""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return the host."""
    return Host(tmp_path, monkeypatch)


def test_rules_are_on_the_disk_once_somebody_has_come_in(host: Host) -> None:
    """A reboot before that is no lock-out."""
    result = host.run()
    assert (result["changed"], result["asks"], host.held, host.rules.exists()) == (True, True, ONE, False)
    [timer] = [call for call in host.programs.calls if call[0] == "systemd-run"]
    assert timer[1:6] == ["--quiet", "--collect", "--unit=hostler-firewall-back", "--on-active=25", "--timer-property=AccuracySec=1s"]
    assert host.run(then="keep")["changed"]
    assert (host.rules.read_text(), host.enabled.exists(), firewall.found()) == (ONE, True, WELL)
    assert host.run() == {"failed": False, "changed": False, "asks": False, "differ": [], "diff": []}


@pytest.mark.parametrize("former", ["", ONE])
@pytest.mark.parametrize("by_itself", [True, False])
def test_what_nobody_keeps_is_as_it_was(host: Host, former: str, by_itself: bool) -> None:
    if former:
        host.settle(former)
    host.run(TWO)
    assert host.held == TWO
    if by_itself:
        host.back()
        assert "by itself already, after 25 s" in host.run(TWO, then="keep")["msg"]
    # Also where the host has taken it back already
    host.run(TWO, then="take_back")
    assert (host.held, firewall.found()["holds"]) == (former, True)
    assert firewall.found()["rules"] == former


def test_connections_that_are_open_are_known_before_the_first_rules(host: Host) -> None:
    """With them the kernel begins to follow connections; else answers that are on their way would be dropped."""
    host.settle()
    host.settle(TWO)
    calls = [" ".join(call) for call in host.programs.calls if call[0] in ("nft", "systemd-run")]
    known = [number for number, call in enumerate(calls) if "chain known" in call]
    assert len(known) == 1
    assert known[0] < min(number for number, call in enumerate(calls) if call.startswith("systemd-run"))


def test_rules_that_nft_does_not_accept_are_never_there(host: Host) -> None:
    host.settle()
    assert "does not accept" in host.run("wrong\n")["msg"]
    assert (host.held, host.rules.read_text(), len([call for call in host.programs.calls if call[0] == "systemd-run"])) == (ONE, ONE, 1)


@pytest.mark.parametrize(
    ("change", "differ"),
    [
        (lambda host: host.kernel.unlink(), ["table inet hostler"]),
        (lambda host: host.kernel.write_text(TWO), ["table inet hostler"]),
        (lambda host: host.enabled.unlink(), ["table inet hostler"]),
        (lambda host: host.rules.write_text(TWO), [True]),
    ],
    ids=["flushed", "another rule", "not at boot", "another file"],
)
def test_what_was_changed_by_hand_is_found_and_put_right(host: Host, change: Any, differ: list[object]) -> None:
    host.settle()
    change(host)
    assert firewall.found() != WELL
    result = host.run(check=True)
    assert (result["changed"], result["asks"]) == (True, False)
    assert result["differ"] == ([str(host.rules)] if differ == [True] else differ)
    host.settle()
    assert firewall.found() == WELL


def killed(host: Host, run: Callable[[], object]) -> None:
    """Have a run be killed before systemd is told of the unit."""

    class Killed(BaseException):
        pass

    def kill(*_: str) -> None:
        raise Killed

    with host.monkeypatch.context() as patch:
        patch.setattr(files, "must", kill)
        with pytest.raises(Killed):
            run()


def test_a_unit_that_systemd_was_not_told_of_does_not_hold(host: Host) -> None:
    host.run()
    killed(host, lambda: host.run(then="keep"))
    host.enabled.touch()
    assert firewall.found() == {**WELL, "holds": False}
    host.settle()
    assert firewall.found() == WELL
    killed(host, lambda: host.run(""))
    assert firewall.found() == {**NONE, "holds": False}
    assert host.run("")["changed"]
    assert firewall.found() == NONE


def test_in_check_mode_nothing_is_done(host: Host) -> None:
    result = host.run(check=True)
    assert (result["changed"], result["asks"], result["diff"][0]["after"]) == (True, False, ONE)
    assert (host.held, host.rules.exists()) == ("", False)
    assert [call for call in host.programs.calls if call[0] != "nft"] == []


def test_none_of_ours_is_taken_away_without_a_trial(host: Host) -> None:
    host.settle()
    result = host.run("")
    assert (result["changed"], result["asks"]) == (True, False)
    assert (host.held, host.rules.exists(), firewall.UNIT.exists(), host.enabled.exists()) == ("", False, False, False)
    assert firewall.found() == NONE
    assert not host.run("")["changed"]
    # A table that somebody left is ours too, by its name
    host.kernel.write_text(ONE)
    assert host.run("")["changed"]
    assert firewall.found() == NONE


def test_a_host_without_nft_has_none(host: Host) -> None:
    """As a virgin one, of which check mode tells too."""
    (host.programs.folder / "nft").unlink()
    host.monkeypatch.setenv("PATH", str(host.programs.folder))
    assert firewall.found() == NONE
    assert host.run(check=True)["changed"]
    assert not host.run("")["changed"]

"""Upgrades of the system on a host: what apt-get is asked, and what it says."""

import os
import time
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import upgrade as host_upgrade
from ansible_collections.hostler.fleet.plugins.modules import upgrade_packages
from tests.shared.samples import run_module, write


class TestPackages:
    """``upgrade_packages``: what apt-get is asked, and what it says."""

    SAID = """\
Reading package lists...
The following packages have been kept back:
  linux-image-amd64
Inst libssl3 [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64]) []
Inst tzdata [1] (2 Debian:12/stable [all])
Conf libssl3 (3.0.2 Debian-Security:12/stable-security [amd64])
Conf tzdata (2 Debian:12/stable [all])
Conf half-done (1 Debian:12/stable [all])
"""

    @pytest.fixture
    def asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        """Return the commands that are run; apt-get has upgrades."""
        commands: list[list[str]] = []

        def must(command: list[str]) -> str:
            commands.append(command)
            return self.SAID if "--simulate" in command else ""

        monkeypatch.setattr(host_upgrade, "must", must)
        write(tmp_path, {"STAT": f"cpu 1 2\nbtime {int(time.time()) - 60}\nprocesses 7\n"})
        for name in ("JOURNAL", "REBOOT", "BOOT", "STAT"):
            monkeypatch.setattr(host_upgrade, name, tmp_path / name)
        return commands

    @pytest.mark.parametrize("check", [True, False])
    def test_what_is_due_is_told_and_upgraded(self, check: bool, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
        result = run_module(upgrade_packages, monkeypatch, check)
        assert (result["changed"], result["packages"], result["reboot"]) == (True, ["half-done", "libssl3", "tzdata"], False)
        assert ["--yes" in command for command in asked] == [False] + [True] * (not check)
        assert all("upgrade" in command for command in asked)  # by which apt-get removes nothing

    def test_what_was_cut_off_is_finished_first(self, asked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, {"JOURNAL/0001": "", "REBOOT": ""})
        assert run_module(upgrade_packages, monkeypatch)["reboot"]
        assert [command[0] for command in asked] == ["apt-get", "dpkg", "apt-get"]

    @pytest.mark.parametrize(("booted", "reboot"), [(-60, True), (60, False)], ids=["before it came", "since"])
    @pytest.mark.usefixtures("asked")
    def test_a_new_kernel_needs_a_reboot(self, booted: int, reboot: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, {"BOOT/vmlinuz-6.12.0-1-amd64": "", "STAT": f"btime {int(time.time()) + booted}\n"})
        os.utime(tmp_path / "BOOT/vmlinuz-6.12.0-1-amd64", (0, 0))
        assert run_module(upgrade_packages, monkeypatch)["reboot"] is reboot

    def test_nothing_is_nothing(self, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(self.__class__, "SAID", "0 upgraded, 0 newly installed, 0 to remove and 1 not upgraded.\n")
        assert not run_module(upgrade_packages, monkeypatch)["changed"]
        assert len(asked) == 1

    def test_what_fails_is_told_with_what_it_said(self) -> None:
        with pytest.raises(host_upgrade.Failed, match="'ls /no/such/folder' failed:\n.*No such file or directory"):
            host_upgrade.must(["ls", "/no/such/folder"])

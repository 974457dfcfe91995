"""How hosts of the lab are reached: the user's rights and key, and the hosts' own keys."""

import getpass
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.lab import access
from ansible_collections.hostler.fleet.plugins.module_utils.lab.access import know, let_in
from tests.shared.programs import Programs
from tests.shared.samples import write

ME = getpass.getuser()
KEY = "ssh-ed25519 AAAAlab hostler-lab"


class Login:
    """The script that a host runs, with ``/etc`` and a home in the test's own folder, and with what needs root only noted."""

    def __init__(self, folder: Path, machine: Programs) -> None:
        """Make the host."""
        self.machine = machine
        self.etc = (
            write(folder / "host", {"etc/ssh/ssh_host_ed25519_key.pub": "ssh-ed25519 AAAAhost root@web1\n", "home/.profile": ""}) / "etc"
        )
        self.rights = self.etc / f"sudoers.d/90-lab-{ME}"
        self.rights.parent.mkdir()
        for name in ("useradd", "chown"):
            machine.add(name)
        machine.add("getent", {"passwd": f"{ME}:x:1:1::{folder}/host/home:/bin/bash\n"})
        machine.add("install", body='for folder; do :; done; mkdir -p "$folder"')
        self.visudo()

    def visudo(self, code: int = 0) -> None:
        """Have visudo end with a code, and keep what sudo would have read meanwhile."""
        reads = f"find '{self.rights.parent}' -type f ! -name '*.*' >'{self.etc}/read'; cat \"$2\" >'{self.etc}/checked'"
        self.machine.add("visudo", body=f"{reads}; exit {code}")

    def __call__(self) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        script = access.LOGIN.replace("/etc/", f"{self.etc}/")
        return subprocess.run(["sh", "-c", script, "sh", ME, KEY], capture_output=True, text=True, check=False)


@pytest.fixture
def login(tmp_path: Path, machine: Programs) -> Login:
    """Return the script, and a host that knows the user but not the rights and the key."""
    return Login(tmp_path, machine)


def test_the_rights_are_put_in_place_once_visudo_has_accepted_them(login: Login) -> None:
    done = login()
    assert done.stdout.splitlines() == ["changed", "changed", "ssh-ed25519 AAAAhost root@web1"], done.stderr
    assert (login.etc / "read").read_text() == ""
    assert (login.etc / "checked").read_text() == login.rights.read_text() == f"{ME} ALL=(ALL:ALL) NOPASSWD: ALL\n"
    assert login.rights.stat().st_mode & 0o777 == 0o440
    assert (login.etc.parent / "home/.ssh/authorized_keys").read_text() == f"{KEY}\n"


def test_rights_that_visudo_refuses_are_never_in_place(login: Login) -> None:
    login.visudo(code=1)
    assert login().returncode != 0
    assert not login.rights.exists()
    assert not (login.etc.parent / "home/.ssh").exists()


def test_a_second_time_nothing_changes(login: Login) -> None:
    login()
    assert login().stdout.splitlines() == ["ssh-ed25519 AAAAhost root@web1"]
    assert [call[0] for call in login.machine.calls].count("visudo") == 1


@pytest.mark.parametrize(
    ("changed", "known", "told"), [(True, True, True), (False, True, False), (False, False, True), (True, False, True)]
)
def test_a_host_lets_the_key_in_and_its_own_keys_are_known(changed: bool, known: bool, told: bool, machine: Programs, folder: Path) -> None:
    machine.add("podman", {"exec": "changed\n" * changed + "ssh-rsa BBBB root@web1\nssh-ed25519 AAAA root@web1\n"})
    lines = ["10.76.13.9 ssh-rsa CCCC", "10.76.13.21 ssh-ed25519 AAAA", "10.76.13.21 ssh-rsa BBBB"]
    (folder / "known_hosts").write_text("".join(f"{line}\n" for line in (lines if known else [*lines[:1], "10.76.13.21 ssh-rsa OLD"])))
    assert let_in("hostler-lab-web1", "ops", "10.76.13.21", folder) is told
    assert (folder / "known_hosts").read_text().splitlines() == lines
    assert machine.calls == [["podman", "exec", "hostler-lab-web1", "sh", "-c", access.LOGIN, "sh", "ops", "id_ed25519.pub"]]


def test_an_address_that_begins_like_another_is_another(folder: Path) -> None:
    (folder / "known_hosts").write_text("10.76.13.21 ssh-rsa A\n")
    assert know("10.76.13.2", ["ssh-rsa B"], folder)
    assert (folder / "known_hosts").read_text() == "10.76.13.21 ssh-rsa A\n10.76.13.2 ssh-rsa B\n"


def test_another_order_is_no_change(folder: Path) -> None:
    (folder / "known_hosts").write_text("10.76.13.2 ssh-rsa B\n10.76.13.21 ssh-rsa A\n")
    assert not know("10.76.13.2", ["ssh-rsa B"], folder)


def test_one_host_at_a_time_writes_known_hosts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[Any] = []

    def free(*_: object) -> None:
        held.append(subprocess.run(["flock", "--nonblock", str(folder), "true"], check=False).returncode != 0)

    monkeypatch.setattr(os, "chown", free)
    know("10.76.13.2", ["ssh-rsa B"], folder)
    assert held == [True]

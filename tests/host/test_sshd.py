"""``sshd_settings``: who runs it comes in again, or all is as it was."""

import pwd
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import sshd
from ansible_collections.hostler.fleet.plugins.module_utils.host.ledger import Ledger
from ansible_collections.hostler.fleet.plugins.modules import sshd_settings
from tests.shared.programs import Programs
from tests.shared.samples import run_module, write

TEXT = "PasswordAuthentication no\n"
HELD = "passwordauthentication no\n"
KEYS = "pubkeyauthentication yes\nauthorizedkeysfile .ssh/authorized_keys /keys/%u\nauthorizedkeyscommand none\ntrustedusercakeys none\n"


class Host:
    """A host with an sshd of few words."""

    def __init__(self, folder: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lay it out below a folder."""
        self.programs, self.monkeypatch = programs, monkeypatch
        self.part = folder / "sshd_config.d/00-hostler.conf"
        self.home = folder / "home"
        write(
            folder,
            {
                "sshd_config": "# Debian's\nInclude /etc/ssh/sshd_config.d/*.conf\n",
                "home/.ssh/authorized_keys": "# mine\nssh-ed25519 AAAA ann\n",
            },
        )
        self.part.parent.mkdir()
        for name, value in {
            "MAIN": folder / "sshd_config",
            "PART": self.part,
            "FORMER": folder / "former",
            "RUNTIME": folder / "run",
        }.items():
            monkeypatch.setattr(sshd, name, value)
        monkeypatch.setattr(pwd, "getpwnam", lambda _: SimpleNamespace(pw_dir=str(self.home)))
        monkeypatch.setenv("SUDO_USER", "ann")
        monkeypatch.setenv("PATH", f"{programs.folder}:/usr/bin:/bin")
        self.says()
        programs.add("systemctl", {"is-active": "active\n"})
        programs.add("systemd-run")

    def says(self, holds: str = HELD + KEYS, body: str = "") -> None:
        """Have sshd say what it would do."""
        self.programs.add("sshd", {"-T": holds}, body)

    def run(self, text: str = TEXT, check: bool = False, **more: Any) -> dict[str, Any]:
        """Run the module."""
        return run_module(sshd_settings, self.monkeypatch, check, text=text, **more)

    @property
    def done(self) -> list[str]:
        """What was done with units."""
        return [" ".join(call) for call in self.programs.calls if call[0].startswith("system") and call[1] != "is-active"]

    def back(self) -> None:
        """Do what the host does by itself after a minute."""
        [call] = [call for call in self.programs.calls if call[0] == "systemd-run"]
        subprocess.run(call[call.index("/bin/sh") :], check=True)
        self.programs.add("systemctl", {"is-active": "inactive\n"})


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return the host."""
    return Host(tmp_path, Programs(tmp_path), monkeypatch)


STOP, RELOAD = "systemctl stop hostler-sshd-back.timer", "systemctl try-reload-or-restart ssh.service"


def test_they_hold_for_a_minute_and_for_good_once_somebody_has_come_in(host: Host) -> None:
    result = host.run()
    assert (result["changed"], result["asks"], host.part.read_text()) == (True, True, TEXT)
    assert [line.split(" /bin/sh")[0] for line in host.done] == [
        STOP,
        "systemd-run --quiet --collect --unit=hostler-sshd-back --on-active=60 --timer-property=AccuracySec=1s",
        RELOAD,
    ]
    assert host.run(then="keep")["changed"]
    assert host.done[3:] == [STOP]
    assert list(Ledger().read()) == [str(host.part)]
    assert host.run() == {"failed": False, "changed": False, "asks": False, "diff": []}


@pytest.mark.parametrize("former", ["", "PermitRootLogin no\n"])
@pytest.mark.parametrize("by_itself", [True, False])
def test_what_nobody_keeps_is_as_it_was(host: Host, former: str, by_itself: bool) -> None:
    if former:
        host.part.write_text(former)
    host.run()
    if by_itself:
        host.back()
    else:
        host.run(then="take_back")
    assert (host.part.read_text() if host.part.exists() else "") == former
    assert host.done[-1] == RELOAD
    # A run that comes later, to take back what the host has taken back itself, takes away no more
    host.run(then="take_back")
    assert (host.part.read_text() if host.part.exists() else "") == former


def test_who_comes_in_too_late_is_told(host: Host) -> None:
    host.run()
    host.back()
    assert "by itself already, after 60 s" in host.run(then="keep")["msg"]


def test_in_check_mode_nothing_is_done_but_what_is_refused_is_said(host: Host) -> None:
    result = host.run(check=True)
    assert (result["changed"], result["asks"], result["diff"][0]["after"]) == (True, False, TEXT)
    assert (host.part.exists(), host.done) == (False, [])
    (host.home / ".ssh/authorized_keys").write_text("# none\n\n")
    assert host.run(check=True)["failed"]


def test_who_has_no_key_is_told_where_one_is_to_be(host: Host) -> None:
    (host.home / ".ssh/authorized_keys").unlink()
    assert host.run()["msg"] == (
        "hardening_ssh: ann has no key on this host that sshd would take, and could not log in once it takes keys alone; "
        f"give it one ('ssh-copy-id ann@<host>' writes {host.home}/.ssh/authorized_keys), or say 'hardening_ssh: false'."
    )
    assert host.done == []
    # Who came otherwise, or has keys elsewhere, needs none there
    assert host.run(check=True, by_ssh=False)["changed"]
    for option in ("authorizedkeyscommand", "trustedusercakeys"):
        host.says(HELD + KEYS.replace(f"{option} none", f"{option} /usr/bin/keys"))
        assert host.run(check=True)["changed"]


def test_an_sshd_that_takes_no_keys_is_told(host: Host) -> None:
    host.says(HELD + KEYS.replace("pubkeyauthentication yes", "pubkeyauthentication no"))
    assert host.run()["failed"]


@pytest.mark.parametrize("line", ["", "#Include /etc/ssh/sshd_config.d/*.conf\n", "Include /etc/ssh/other/*.conf\n"])
def test_an_sshd_that_would_read_nothing_of_ours_is_told(host: Host, line: str) -> None:
    sshd.MAIN.write_text(line)
    assert "begin with 'Include" in host.run()["msg"]


@pytest.mark.parametrize(
    ("holds", "body", "said"),
    [
        ("passwordauthentication yes\n", "", "says that no password is taken, and sshd still has 'yes'"),
        (HELD, '[ "$*" != -t ] || { echo no; exit 1; }', "'sshd -t' failed: no"),
    ],
    ids=["it does not hold", "with all the rest it is wrong"],
)
def test_what_does_not_do_with_the_rest_is_taken_back(host: Host, holds: str, body: str, said: str) -> None:
    host.says(holds + KEYS, body)
    assert said in host.run()["msg"]
    assert not host.part.exists()
    assert host.done[-2:] == [STOP, RELOAD]


def test_what_sshd_does_not_accept_is_never_there(host: Host) -> None:
    host.says(body='[ "$2" != -f ] || { echo line 1: bad; exit 1; }')
    assert "line 1: bad" in host.run()["msg"]
    assert (host.part.exists(), host.done) == (False, [])


def test_none_of_ours_is_taken_away(host: Host) -> None:
    host.part.write_text(TEXT)
    host.says("passwordauthentication yes\n" + KEYS)
    assert (host.run("")["changed"], host.part.exists()) == (True, False)
    assert host.run("", then="keep")["changed"]
    assert (host.part.exists(), sshd.FORMER.exists()) == (False, False)
    assert Ledger().drift() == []
    host.programs.noted.unlink()
    assert host.run("") == {"failed": False, "changed": False, "asks": False, "diff": []}
    assert host.done == []


class TestReached:
    """From where who runs this has come in, and where sshd listens."""

    @pytest.fixture
    def proc(self, host: Host, tmp_path: Path) -> Path:
        """Return processes: sshd began 7, that sudo, and that us, without a word of it."""
        connection = "SSH_CONNECTION=2001:db8::7%eth0 40000 2001:db8::21 2222"
        files = {"7/environ": f"A=1\0{connection}\0", "8/environ": "SUDO_USER=ann\0", "9/environ": ""}
        parents = {"7/stat": "7 (sh) S 6 7", "8/stat": "8 (sudo) S 7 8", "9/stat": "9 (a ) b) R 8 9"}
        host.monkeypatch.setattr(sshd, "PROC", write(tmp_path / "proc", {**files, **parents}))
        host.monkeypatch.setattr("os.getpid", lambda: 9)
        host.says("port 22\nlistenaddress [::]:22\nlistenaddress 0.0.0.0:22\nlistenaddress 192.0.2.1:8022\n")
        return tmp_path / "proc"

    def test_sudo_does_not_hide_it(self, proc: Path) -> None:
        # Behind a rule that sends a port to another one, sshd's own is what counts
        assert sshd.reached() == {"came_from": "2001:db8::7", "ports": [22, 2222, 8022]}

    def test_who_came_otherwise_came_from_nowhere(self, proc: Path) -> None:
        (proc / "7/environ").write_text("A=1\0")
        for stat in ("7 (sh) S 1 7", "7 (sh) S 0 7", "7 (sh) S 6 7"):
            (proc / "7/stat").write_text(stat)
            assert sshd.reached() == {"came_from": "", "ports": [22, 8022]}

    def test_an_sshd_that_cannot_say_where_it_listens_does_where_we_came_in(self, proc: Path, host: Host) -> None:
        host.says(body="echo bad; exit 1")
        assert sshd.reached()["ports"] == [2222]
        (host.programs.folder / "sshd").unlink()
        host.monkeypatch.setenv("PATH", str(host.programs.folder))
        (proc / "7/environ").write_text("")
        (proc / "7/stat").write_text("7 (sh) S 1 7")
        assert sshd.reached()["ports"] == [22]

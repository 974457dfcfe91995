"""What every host tells of itself."""

import os
import time
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import identity, upgrade
from ansible_collections.hostler.fleet.plugins.module_utils.host.ledger import Ledger
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import Pending
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.observe import place
from ansible_collections.hostler.fleet.plugins.module_utils.observe.host import Host
from tests.observe.journals import journal
from tests.observe.told import told
from tests.shared.programs import Programs
from tests.shared.samples import write


@pytest.fixture
def said() -> list[str]:
    """Return what is written to the journal."""
    return []


@pytest.fixture
def host(said: list[str]) -> Host:
    """Return a host."""
    return Host("monitor", said.append)


def test_it_says_what_it_is(host: Host) -> None:
    assert told(host.of_role()) == {'hostler_host_info{role="monitor"}': 1}


def test_units_that_have_failed_are_named(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Programs(tmp_path)
    monkeypatch.setenv("PATH", f"{programs.folder}:/usr/bin:/bin")
    programs.add("systemctl")
    assert told(host.of_units()) == {"hostler_failed_units": 0}
    lines = "hello@blue.service loaded failed failed hello in the slot blue\nsystemd-x\\x2dy.service loaded failed failed X\n"
    programs.add("systemctl", {"list-units": lines})
    assert told(host.of_units()) == {
        "hostler_failed_units": 2,
        'hostler_unit_failed{unit="hello@blue.service"}': 1,
        'hostler_unit_failed{unit="systemd-x\\\\x2dy.service"}': 1,
    }
    programs.add("systemctl", body="echo no; exit 1")
    with pytest.raises(Failed, match="failed: no"):
        told(host.of_units())


def test_a_reboot_is_due_where_the_system_asks_for_one(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "REBOOT", tmp_path / "reboot-required")
    monkeypatch.setattr(upgrade, "BOOT", tmp_path)
    assert told(host.of_reboot()) == {"hostler_reboot_due": 0}
    write(tmp_path, {"reboot-required": ""})
    assert told(host.of_reboot()) == {"hostler_reboot_due": 1}


def test_files_that_another_hand_changed_are_named_and_once_in_the_journal(host: Host, said: list[str], tmp_path: Path) -> None:
    one = write(tmp_path, {"one": "1", "two": "2"}) / "one"
    Ledger().note([(one, "1"), (tmp_path / "two", "2")])
    assert told(host.of_drift()) == {"hostler_drift_files": 0}
    one.write_text("x")
    assert [told(host.of_drift()) for _ in range(2)] == [{"hostler_drift_files": 1, f'hostler_drift_file{{path="{one}"}}': 1}] * 2
    one.write_text("1")
    assert told(host.of_drift()) == {"hostler_drift_files": 0}
    assert [line.split(" is ")[0] for line in said] == [str(one)] * 2
    assert "is not as Hostler put it there" in said[0]


def test_files_that_were_not_brought_in_are_named(host: Host) -> None:
    assert told(host.of_pending()) == {}
    Pending("balancer").add(["/etc/haproxy/haproxy.cfg", "/etc/one"])
    Pending("observe").add(["/etc/one"])
    assert told(host.of_pending()) == {f'hostler_pending_file{{path="{path}"}}': 1 for path in ("/etc/haproxy/haproxy.cfg", "/etc/one")}


def test_the_end_of_its_certificate_is_told_and_read_once(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = write(tmp_path, {"host.pem": "one"}) / "host.pem"
    programs = Programs(tmp_path)
    monkeypatch.setenv("PATH", f"{programs.folder}:/usr/bin:/bin")
    monkeypatch.setattr(identity, "OWN", own)
    programs.add("openssl", {"x509": "notAfter=Nov  8 07:17:00 2028 GMT\n"})
    one = Host("web", print)
    for _ in range(2):
        assert told(one.of_identity()) == {"hostler_identity_ends_timestamp_seconds": 1857280620}
    assert len(programs.calls) == 1
    own.write_text("another")
    told(one.of_identity())
    assert len(programs.calls) == 2


def test_what_of_the_journal_was_not_sent_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"state": "", "facts.json": ""})
    for name, path in (("JOURNALS", "journal"), ("SENT", "state"), ("SETTINGS", "facts.json")):
        monkeypatch.setattr(place, name, tmp_path / path)
    now = time.time()

    def unsent(written: float, sent: float) -> float:
        journal(tmp_path / "journal/f00/user-1000.journal", 0)
        journal(tmp_path / "journal/f00/system.journal", now - written)
        (tmp_path / "state").touch()
        os.utime(tmp_path / "state", (now - sent, now - sent))
        [value] = told(Host("web", print).of_journal()).values()
        return value

    assert unsent(5, 4) == 0
    # A quiet host, too: its journal's files are younger than what was sent, and its last line is not
    assert unsent(7200, 7199) == 0
    # The kernel dates files by its last tick: what was sent within it seems to be younger
    assert unsent(899.99, 900) == 0
    assert 900 <= unsent(5, 900) < 960
    (tmp_path / "state").unlink()
    os.utime(tmp_path / "facts.json", (now - 300, now - 300))
    assert 300 <= next(iter(told(Host("web", print).of_journal()).values())) < 360


def test_who_keeps_the_journals_sends_none() -> None:
    assert [role for role in ("web", "balancer", "monitor") if "journal" in Host(role, print).parts()] == ["web", "balancer"]

"""What a balancer says of itself, to who takes the lock and to who only asks."""

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, place, record
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.look import look
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime
from ansible_collections.hostler.fleet.plugins.modules import lock_fleet, slots_info
from tests.shared.fakes import HAProxy
from tests.shared.samples import run_module, write

OLD, NEW = "1f0c3a5e7b9d", "aaaaaaaaaaaa"
ENTRIES = {"hello": "green", "hello/turn": "4", "hello/blue": OLD, "hello/green": NEW}
MAP = "".join(f"{key} {value}\n" for key, value in ENTRIES.items())
CONFIG = """\
    http-request set-var(txn.app) str(hello) if !{ var(txn.app) -m found }
backend hello_blue
    server web1 192.0.2.21:5001 maxconn 16
"""
STATISTICS = "# pxname,svname,status,check_status,check_code,last_chk,req_tot,hrsp_5xx,rate,\n"
STATISTICS += "hello_blue,web1,UP,L7OK,200,,9,1,7,\nhello_blue,BACKEND,UP,,,,9,1,7,\nhello_blue_late,BACKEND,UP,,,,0,0,0,\n"
HOLDER = {"id": "one", "who": "ann@desk", "what": "deploy", "since": "now"}


@pytest.mark.usefixtures("files")
class TestRead:
    """What a balancer says of itself."""

    def test_a_haproxy_that_is_down_is_told(self, files: Path) -> None:
        found = look(write(files, {"map": "hello blue\n"}) / "map", Runtime(str(files / "none")), files / "none")
        assert (found.runs, found.wrong, found.differ, found.entries) == (False, [], [], {"hello": "blue"})

    def test_a_file_that_a_hand_has_changed_is_told_with_all_the_rest(self, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Runtime, "entries", lambda *_: ENTRIES)
        monkeypatch.setattr(Runtime, "statistics", lambda _: [{"pxname": "hello_blue", "svname": "BACKEND"}])
        text = "".join(f"{key} {value}\n" for key, value in {**ENTRIES, "hello": "blue"}.items())
        found = look(write(files, {"map": text}) / "map", Runtime("none"), files / "none")
        assert (found.runs, found.differ, list(found.counters)) == (True, ["hello"], ["hello_blue"])
        assert ["says 'hello blue'" in said for said in found.wrong] == [True]

    def test_a_haproxy_that_does_not_answer_is_told(self, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def hang(*_: Any) -> None:
            raise Refused("HAProxy does not answer on it: timed out")

        monkeypatch.setattr(Runtime, "entries", hang)
        found = look(write(files, {"map": "hello blue\n"}) / "map", Runtime("none"), files / "none")
        assert found.wrong == ["HAProxy does not answer on it: timed out."]


class TestModules:
    """``slots_info``, and ``lock_fleet``, which tells the same."""

    @pytest.fixture
    def balancer(self, haproxy: HAProxy) -> HAProxy:
        """Return a HAProxy in which a run that is no more has left a canary."""
        haproxy.entries = {**ENTRIES, "hello/canary": "blue", "hello/canary/percent": "10"}
        haproxy.statistics = [STATISTICS]
        place.MAP.write_text(MAP)
        place.CONFIG.write_text(CONFIG)
        record.append([{"event": "switched", "app": "hello"}])
        return haproxy

    def test_what_there_is_to_know_is_told_and_nothing_is_changed(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> None:
        lock.take(HOLDER)
        assert run_module(slots_info, monkeypatch) == {
            "failed": False,
            "changed": False,
            "entries": ENTRIES,
            "runs": True,
            "wrong": [],
            "differ": [],
            "behind": False,
            "ports": {"hello_blue": 5001},
            "domains": {"": "hello"},
            "servers": {"hello_blue": {"web1": ""}},
            "counters": {"hello_blue": {"requests": 9, "failed": 1}},
            "loads": {"hello_blue": {"web1": {"rate": 7, "requests": 9, "failed": 1, "used": 0, "places": 0}}},
            "history": [{"event": "switched", "app": "hello"}],
            "holder": HOLDER,
            "peers": None,
            "certificates": {},
            "renewals": {},
        }
        assert balancer.changes == []

    def test_who_takes_the_lock_ends_what_a_run_that_is_no_more_has_left(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> None:
        told = run_module(lock_fleet, monkeypatch, lock=HOLDER)
        assert (told["failed"], told["entries"], told["holder"]) == (False, ENTRIES, HOLDER)
        assert balancer.entries == ENTRIES

    def test_who_does_not_get_it_changes_nothing_and_is_told_by_whom(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> None:
        lock.take(HOLDER)
        assert run_module(lock_fleet, monkeypatch, lock={**HOLDER, "id": "two"}) == {"failed": False, "changed": False, "holder": HOLDER}
        assert balancer.changes == []
        assert run_module(lock_fleet, monkeypatch, lock={**HOLDER, "id": "two"}, over="one")["holder"]["id"] == "two"

    def test_check_mode_takes_nothing_and_ends_nothing(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> None:
        told = run_module(lock_fleet, monkeypatch, check=True, lock=HOLDER)
        assert (told["entries"], told["holder"], lock.holder()) == (ENTRIES, {}, {})
        assert balancer.changes == []

    def test_a_haproxy_that_is_down_has_nothing_to_end(self, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(files, {"slots.map": MAP})
        told = run_module(lock_fleet, monkeypatch, lock=HOLDER)
        assert (told["failed"], told["entries"], told["runs"]) == (False, ENTRIES, False)

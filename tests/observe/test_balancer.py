"""What a balancer tells of itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import history, judge
from ansible_collections.hostler.fleet.plugins.module_utils.acme import known
from ansible_collections.hostler.fleet.plugins.module_utils.acme import place as acme_place
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import certificates, lock, place, record
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Down, Runtime
from ansible_collections.hostler.fleet.plugins.module_utils.model import Served
from ansible_collections.hostler.fleet.plugins.module_utils.observe import balancer as observe
from ansible_collections.hostler.fleet.plugins.module_utils.observe import lasting
from ansible_collections.hostler.fleet.plugins.module_utils.observe.balancer import Balancer
from ansible_collections.hostler.fleet.plugins.module_utils.renewal import Renewal
from tests.observe.told import told
from tests.shared.fakes import HAProxy
from tests.shared.samples import write

ENTRIES = {"hello": "blue", "hello/turn": "7", "hello/blue": "a", "hello/green": "b", "shop": "green"}
AT = "2026-11-28T02:00:00Z"
SECOND = 1795831200


@pytest.fixture
def balancer(haproxy: HAProxy, files: Path, monkeypatch: pytest.MonkeyPatch) -> Balancer:
    """Return a balancer with a HAProxy of few words."""
    haproxy.entries = dict(ENTRIES)
    slots_map.write(haproxy.map, ENTRIES)
    monkeypatch.setattr(record, "PATH", files / "history.jsonl")
    monkeypatch.setattr(acme_place, "STATES", files / "acme")
    monkeypatch.setattr(place, "CERTIFICATES", files / "tls")
    return Balancer(Runtime(haproxy.socket))


def test_what_is_live_is_told_by_the_map(balancer: Balancer) -> None:
    """Of an app that was never deployed no slot is, though the map names one."""
    assert told(balancer.of_slots()) == {
        'hostler_app_turn{app="hello"}': 7,
        'hostler_app_turn{app="shop"}': 0,
        'hostler_maintenance{app="hello"}': 0,
        'hostler_maintenance{app="shop"}': 0,
        'hostler_slot_live{app="hello",slot="blue"}': 1,
        'hostler_slot_live{app="hello",slot="green"}': 0,
        'hostler_slot_live{app="shop",slot="blue"}': 0,
        'hostler_slot_live{app="shop",slot="green"}': 0,
        'hostler_slot_release_info{app="hello",slot="blue",release="a"}': 1,
        'hostler_slot_release_info{app="hello",slot="green",release="b"}': 1,
    }


def test_a_switch_and_maintenance_are_told(balancer: Balancer, haproxy: HAProxy) -> None:
    slots_map.write(haproxy.map, {**ENTRIES, "hello": "green", "hello/maintenance": "on", "hello/maintenance/192.0.2.7": "pass"})
    found = told(balancer.of_slots())
    assert [found[f'hostler_slot_live{{app="hello",slot="{slot}"}}'] for slot in ("blue", "green")] == [0, 1]
    assert [found[f'hostler_maintenance{{app="{app}"}}'] for app in ("hello", "shop")] == [1, 0]


def test_a_canary_and_what_the_file_has_otherwise_are_the_running_haproxy_s(balancer: Balancer, haproxy: HAProxy) -> None:
    none = {'hostler_canary_percent{app="hello"}': 0, 'hostler_canary_percent{app="shop"}': 0, "hostler_map_differs": 0}
    assert told(balancer.of_haproxy()) == none
    haproxy.entries |= {"hello/canary": "green", "hello/canary/percent": "20"}
    assert told(balancer.of_haproxy()) == {**none, 'hostler_canary_percent{app="hello"}': 20}
    haproxy.entries["hello/green"] = "c"
    assert told(balancer.of_haproxy())["hostler_map_differs"] == 1
    haproxy.end()
    with pytest.raises((Down, OSError)):
        told(balancer.of_haproxy())
    assert told(balancer.of_slots())['hostler_slot_live{app="hello",slot="blue"}'] == 1


def event(kind: str, turn: int, **more: Any) -> dict[str, Any]:
    """Return an event of the history."""
    return {"event": kind, "app": "hello", "at": AT, "by": "ann@desk", "verb": "deploy", "release": f"r{turn}", "turn": turn, **more}


def test_the_last_events_of_each_app_are_told(balancer: Balancer) -> None:
    record.append([event("switched", turn) for turn in range(1, 12)])
    record.append([event("canary", 12), event("watched", 12), event("failed", 13, verb="rollback"), event("switched", 1, app="shop")])
    closed = {"event": "maintenance", "app": "hello", "at": "2026-11-28T02:00:09Z", "by": 'a"b', "state": "on", "allow": []}
    record.append([closed])
    found = told(balancer.of_history())
    begin = 'hostler_deploy_timestamp_seconds{app="hello",turn='
    assert len([line for line in found if line.startswith(begin)]) == 10
    assert found[f'{begin}"13",verb="rollback",release="r13",by="ann@desk",outcome="failed"}}'] == SECOND
    assert found[f'{begin}"",verb="maintenance",release="",by="a\\"b",outcome="on"}}'] == SECOND + 9
    record.append([history.moved("r8", "ann", "2026-11-28T02:00:10Z", "hello", "db1", "db2")])
    assert told(balancer.of_history())[f'{begin}"",verb="failover",release="",by="ann",outcome="moved"}}'] == SECOND + 10
    assert not any('turn="3"' in line for line in found)
    assert any('app="shop",turn="1"' in line for line in found)
    record.append([event("switched", 14)])
    assert any('turn="14"' in line for line in told(balancer.of_history()))


def test_the_history_is_read_only_when_it_has_changed(balancer: Balancer, monkeypatch: pytest.MonkeyPatch) -> None:
    record.append([event("switched", 1)])
    first = told(balancer.of_history())
    monkeypatch.setattr(record, "recent", lambda: pytest.fail("nothing has changed"))
    assert told(balancer.of_history()) == first != {}


def test_what_an_app_of_that_name_did_before_it_was_removed_is_not_told(balancer: Balancer) -> None:
    record.append([event("switched", 1), event("removed", 2), event("switched", 3)])
    assert [line.split('"')[3] for line in told(balancer.of_history())] == ["3"]


def test_who_holds_the_lock_is_told_since_when(balancer: Balancer) -> None:
    assert told(balancer.of_lock()) == {}
    lock.take({"id": "one", "who": "ann", "what": "deploy", "since": AT})
    assert told(balancer.of_lock()) == {"hostler_lock_since_timestamp_seconds": SECOND}
    lock.release("one")
    assert told(balancer.of_lock()) == {}


def test_nobody_waits_for_who_is_at_the_map_just_now(balancer: Balancer) -> None:
    lock.take({"id": "one", "who": "ann", "what": "deploy", "since": AT})
    with lock.held("one"):
        assert told(balancer.of_lock()) == {"hostler_lock_since_timestamp_seconds": SECOND}


def test_certificates_are_asked_for_where_there_are_some_and_seldom(
    balancer: Balancer, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def ends(runtime: Runtime) -> dict[str, int]:
        asked.append(runtime)
        return {"hello": 9, "_.example.org": 8}

    monkeypatch.setattr(certificates, "ends", ends)
    assert told(balancer.of_certificates()) == {}
    write(files / "tls", {"hello.pem": ""})
    begin = "hostler_certificate_ends_timestamp_seconds"
    for _ in range(2):
        assert told(balancer.of_certificates()) == {f'{begin}{{domain="*.example.org"}}': 8, f'{begin}{{domain="hello"}}': 9}
    assert len(asked) == 1
    write(files / "tls", {"another.pem": ""})
    told(balancer.of_certificates())
    assert len(asked) == 2
    monkeypatch.setattr(balancer._ends, "seconds", 0)
    told(balancer.of_certificates())
    assert len(asked) == 3


def test_a_domain_without_a_new_certificate_is_told(balancer: Balancer, files: Path) -> None:
    (files / "acme").mkdir()
    known.keep("a.example.org", Renewal(ends=9))
    known.keep("*.b.example.org", Renewal().without("no answer", 7).without("no answer", 8))
    assert told(balancer.of_renewals()) == {'hostler_certificate_failing_since_timestamp_seconds{domain="*.b.example.org"}': 7}


def test_when_peers_last_answered_is_told_and_who_is_silent(balancer: Balancer, haproxy: HAProxy) -> None:
    assert told(balancer.of_peers()) == {}
    place.HEARD.write_text(json.dumps({"b2": "", "b3": "timed out"}))
    haproxy.checked = {"at": "100"}
    silent = {'hostler_peer_silent{peer="b2"}': 0, 'hostler_peer_silent{peer="b3"}': 1}
    assert told(balancer.of_peers()) == {**silent, "hostler_peers_heard_timestamp_seconds": 100}
    # The agent goes on to say that it has asked; nobody has answered
    place.HEARD.write_text(json.dumps({"b2": "timed out", "b3": "timed out"}))
    haproxy.checked = {"at": "200"}
    assert told(balancer.of_peers())["hostler_peers_heard_timestamp_seconds"] == 100
    place.HEARD.write_text("{}")
    assert told(balancer.of_peers()) == {}


def test_each_way_to_tell_is_a_part(balancer: Balancer) -> None:
    ways = {name for name in vars(observe.Balancer) if name.startswith("of_")}
    assert {f"of_{name}" for name in balancer.parts()} == ways


def test_what_is_wrong_with_it_is_told_in_the_words_of_status(
    balancer: Balancer, haproxy: HAProxy, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lasting, "SECONDS", 0)
    apps = [Served("hello", ["hello.example.org"], True, "selfsigned", "")]
    own = Balancer(balancer.runtime, "balancer1", apps)
    write(files, {"tls/hello.pem": ""})
    monkeypatch.setattr(certificates, "ends", lambda _: {"hello": 4_000_000_000})
    assert told(own.of_problems()) == {}
    haproxy.entries["hello/green"] = "c"
    differ = (
        f"balancer1: {judge.MAP} and the running HAProxy differ in hello/green; if the file is right, run 'systemctl reload haproxy' there."
    )
    assert told(own.of_problems()) == {f'hostler_problem{{kind="problem",text="{differ}"}}': 1}
    haproxy.end()
    down = "balancer1: HAProxy does not run; run site.yml."
    assert told(own.of_problems()) == {f'hostler_problem{{kind="problem",text="{down}"}}': 1}


def test_a_certificate_that_it_lacks_is_told(balancer: Balancer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "SECONDS", 0)
    own = Balancer(balancer.runtime, "balancer1", [Served("hello", ["hello.example.org"], True, "selfsigned", "")])
    lacks = "balancer1 has no certificate of hello; run site.yml."
    assert told(own.of_problems()) == {f'hostler_problem{{kind="problem",text="{lacks}"}}': 1}

"""The map of slots: in its file, in the running HAProxy, and as balancers hold it against each other."""

import socket
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.hostler_balancer import slots
from ansible.module_utils.hostler_balancer.runtime import Refused, Runtime, servers

from roles.balancer.action_plugins import check_slots
from roles.balancer.library import gate_slot, read_slots
from tests.haproxy import HAProxy
from tests.samples import app
from tests.test_templates import haproxy

ENTRIES = {
    "hello": "green",
    "hello/turn": "4",
    "hello/blue": "1f0c3a5e7b9d",
    "hello/green": "aaaaaaaaaaaa",
    "hello/green/path": "/status",
}
APP: dict[str, Any] = {"name": "hello", "ports": {"blue": 5001, "green": 5002}, "hosts": ["www.example.org"], "default": True}
PORTS = {"hello_blue": 5001, "hello_green": 5002}


@pytest.mark.parametrize(
    ("running", "said"),
    [
        ({}, ""),
        (ENTRIES, ""),
        ({"hello": "green"}, ""),
        ({**ENTRIES, "gone": "blue"}, ""),
        ({**ENTRIES, "hello": "blue", "hello/turn": "3"}, ""),
        ({**ENTRIES, "hello": "blue"}, "hello"),
        ({**ENTRIES, "hello/green": "bbbbbbbbbbbb"}, "hello"),
    ],
    ids=["does not run", "the same", "lacks what a reload will bring", "an app that is gone", "a switch behind", "slot", "release"],
)
def test_a_file_that_says_otherwise_than_haproxy_of_the_same_switch_is_found(running: dict[str, str], said: str) -> None:
    assert read_slots.unlike(ENTRIES, running) == said


class TestFile:
    """The map's file."""

    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        slots.write(tmp_path / "slots.map", ENTRIES)
        assert slots.read(tmp_path / "slots.map") == ENTRIES

    def test_no_file_has_no_entries(self, tmp_path: Path) -> None:
        assert slots.read(tmp_path / "slots.map") == {}

    def test_what_an_operator_has_edited_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "slots.map").write_text("# by hand\n\nhello \t green  \n")
        assert slots.read(tmp_path / "slots.map") == {"hello": "green"}

    def test_the_order_of_entries_does_not_change_the_text(self) -> None:
        assert slots.render(dict(reversed(ENTRIES.items()))) == slots.render(ENTRIES)

    def test_anybody_may_read_it(self, tmp_path: Path) -> None:
        slots.write(tmp_path / "slots.map", ENTRIES)
        assert (tmp_path / "slots.map").stat().st_mode & 0o777 == 0o644

    @pytest.mark.parametrize("step", ["fsync", "fchmod"])
    def test_a_failure_leaves_the_old_file_and_no_debris(self, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise OSError("No space left on device")

        slots.write(tmp_path / "slots.map", ENTRIES)
        monkeypatch.setattr(f"os.{step}", fail)
        with pytest.raises(OSError, match="No space left"):
            slots.write(tmp_path / "slots.map", {"hello": "blue"})
        assert slots.read(tmp_path / "slots.map") == ENTRIES
        assert [path.name for path in tmp_path.iterdir()] == ["slots.map"]

    def test_a_change_sets_adds_and_takes_out(self) -> None:
        changes = {"hello": "blue", "other": "blue", "hello/green/path": "", "none": ""}
        expected = {"hello": "blue", "hello/turn": "4", "hello/blue": "1f0c3a5e7b9d", "hello/green": "aaaaaaaaaaaa", "other": "blue"}
        assert slots.merge(ENTRIES, changes) == expected


class TestRead:
    """What ``read_slots`` tells of one balancer."""

    def test_an_app_is_live_with_the_release_of_its_slot(self) -> None:
        assert read_slots.live(ENTRIES) == {"hello": {"slot": "green", "release": "aaaaaaaaaaaa", "turn": 4}}

    def test_a_map_from_before_switches_were_counted_is_at_the_first(self) -> None:
        assert read_slots.live({"hello": "blue", "hello/blue": "aaaaaaaaaaaa"})["hello"]["turn"] == 0

    def test_an_app_that_was_never_deployed_is_not_live(self) -> None:
        assert read_slots.live({"hello": "blue", "hello/green": "aaaaaaaaaaaa"}) == {}

    def test_names_are_those_of_each_app(self) -> None:
        text = haproxy([app(hosts=["b.example", "a.example"]), app(name="shop", default=False, hosts=[f"{n}.example" for n in range(50)])])
        expected = {"a.example": "hello", "b.example": "hello", "": "hello"} | {f"{n}.example": "shop" for n in range(50)}
        assert read_slots.names(text) == expected

    def test_ports_are_those_of_each_backend_s_servers(self) -> None:
        config = """\
frontend visitors
    bind :80
backend hello_blue
    default-server check inter 250ms
    server web1 192.0.2.21:5001 maxconn 16
    server web2 2001:db8::1:5001 maxconn 16 cookie web-2

backend hello_green
    server web1 192.0.2.21:5002 maxconn 16
"""
        assert read_slots.ports(config) == PORTS


def known(entries: dict[str, str] = ENTRIES, ports: dict[str, int] = PORTS, **more: Any) -> dict[str, Any]:
    """Return what ``read_slots`` says of a balancer."""
    return {"entries": entries, "live": read_slots.live(entries), "ports": ports, "names": {}, "behind": False, "history": [], **more}


REBUILT = known({}, {})


class TestCheck:
    """Balancers held against each other and against the inventory."""

    @pytest.mark.parametrize("second", [known(), REBUILT], ids=["alike", "rebuilt"])
    def test_balancers_that_agree_have_no_problems(self, second: dict[str, Any]) -> None:
        assert list(check_slots.problems([APP], {"balancer1": known(), "balancer2": second})) == []

    @pytest.mark.parametrize("change", [{"hello": "blue"}, {"hello/green": "bbbbbbbbbbbb"}], ids=["slot", "release"])
    def test_balancers_that_disagree_are_named_with_what_each_serves(self, change: dict[str, str]) -> None:
        other = known({**ENTRIES, **change})
        [problem] = check_slots.problems([APP], {"balancer2": other, "balancer1": known()})
        live = other["live"]["hello"]
        said = f"balancer1 serves green aaaaaaaaaaaa, balancer2 serves {live['slot']} {live['release']}"
        assert problem.startswith(f"The balancers disagree on hello: {said} (slot, release).")

    @pytest.mark.parametrize("order", [("balancer1", "balancer2"), ("balancer2", "balancer1")])
    def test_the_last_switch_is_right_whoever_was_away(self, order: tuple[str, str]) -> None:
        last = {**ENTRIES, "hello": "blue", "hello/turn": "10"}
        both = {"balancer1": known(), "balancer2": known(last)}
        balancers = {name: both[name] for name in order}
        assert list(check_slots.problems([APP], balancers)) == []
        assert check_slots.start([APP], balancers) == last
        assert check_slots.behind(last, balancers) == ["balancer1"]

    @pytest.mark.parametrize(
        ("balancer", "behind"),
        [(known(), False), (known(behind=True), True), (known({**ENTRIES, "gone": "blue"}), False), (REBUILT, False)],
        ids=["up to date", "in memory", "has more", "rebuilt"],
    )
    def test_who_was_deployed_to_and_lacks_a_line_is_behind(self, balancer: dict[str, Any], behind: bool) -> None:
        assert bool(check_slots.behind(ENTRIES, {"balancer1": balancer})) is behind

    def test_an_app_that_is_gone_from_the_inventory_is_no_matter(self) -> None:
        assert list(check_slots.problems([], {"balancer1": known(), "balancer2": known({**ENTRIES, "hello": "blue"})})) == []

    @pytest.mark.parametrize("others", [{}, {"balancer2": REBUILT}], ids=["alone", "beside a rebuilt one"])
    def test_a_live_app_does_not_move_to_another_port(self, others: dict[str, Any]) -> None:
        moved = {**APP, "ports": {"blue": 5001, "green": 6002}}
        assert list(check_slots.problems([moved], {"balancer1": known(), **others})) == [
            "apps.hello.ports.green: 6002 is not 5002, on which the app is live; ports stay as they are."
        ]

    def test_an_app_that_was_never_live_may_move(self) -> None:
        moved = {**APP, "ports": {"blue": 6001, "green": 6002}}
        assert list(check_slots.problems([moved], {"balancer1": known({"hello": "blue"})})) == []

    def test_before_its_first_release_a_new_app_has_an_empty_slot_as_live(self) -> None:
        assert check_slots.start([APP], {"balancer1": REBUILT}) == {"hello": "green"}

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"ports": {"blue": 6001, "green": 5001}}, ["apps.shop.ports.green: 5001 is hello's"]),
            ({"hosts": ["www.example.org"]}, ["apps.shop.hosts: www.example.org is hello's"]),
            ({"default": True}, ["apps.shop.default: true is hello's"]),
            ({}, []),
        ],
        ids=["a port", "a host name", "the default", "nothing"],
    )
    def test_a_new_app_takes_nothing_from_one_that_is_live(self, change: dict[str, Any], said: list[str]) -> None:
        """As an app that was given another name: it would be off the air until its first release is live."""
        shop = {"name": "shop", "ports": {"blue": 6001, "green": 6002}, "hosts": ["shop.example.org"], "default": False, **change}
        balancers = {"balancer1": known(names={"www.example.org": "hello", "": "hello"}), "balancer2": REBUILT}
        for apps in ([shop], [APP, shop]):
            found = list(check_slots.problems(apps, balancers))
            assert [sentence.partition(",")[0] for sentence in found] == said

    def test_a_name_moves_between_apps_that_are_both_live(self) -> None:
        entries = {**ENTRIES, "shop": "blue", "shop/blue": "cccccccccccc"}
        shop = {"name": "shop", "ports": {"blue": 6001, "green": 6002}, "hosts": ["www.example.org"], "default": True}
        assert list(check_slots.problems([shop], {"balancer1": known(entries, names={"www.example.org": "hello", "": "hello"})})) == []

    @pytest.mark.parametrize("order", [("balancer1", "balancer2"), ("balancer2", "balancer1")])
    def test_a_rebuilt_balancer_learns_from_the_other(self, order: tuple[str, str]) -> None:
        both = {"balancer1": known(), "balancer2": REBUILT}
        assert check_slots.start([APP], {name: both[name] for name in order}) == ENTRIES

    @pytest.mark.parametrize("order", [("balancer1", "balancer2"), ("balancer2", "balancer1")])
    def test_a_balancer_that_never_had_a_release_does_not_say_which_slot_is_live(self, order: tuple[str, str]) -> None:
        both = {"balancer1": known(), "balancer2": known({"hello": "blue"})}
        assert check_slots.start([APP], {name: both[name] for name in order}) == ENTRIES

    def test_an_app_that_is_gone_from_the_inventory_is_forgotten(self) -> None:
        entries = {**ENTRIES, "hello-2": "green", "hello-2/green": "cccccccccccc"}
        assert check_slots.start([APP], {"balancer1": known(entries)}) == ENTRIES


@pytest.fixture
def runtime(haproxy: HAProxy) -> Runtime:
    """Return a client of that HAProxy."""
    return Runtime(haproxy.socket)


class TestRuntime:
    """The running HAProxy."""

    def test_the_entries_are_those_in_memory(self, haproxy: HAProxy, runtime: Runtime) -> None:
        haproxy.entries = dict(ENTRIES)
        assert runtime.entries(haproxy.map) == ENTRIES

    def test_a_change_sets_adds_and_takes_out(self, haproxy: HAProxy, runtime: Runtime) -> None:
        haproxy.entries = {"hello": "blue", "hello/blue": "1f0c3a5e7b9d"}
        assert runtime.change(haproxy.map, {"hello": "green", "hello/green": "aaaaaaaaaaaa", "hello/blue": ""})
        assert haproxy.changes == ["set hello green", "add hello/green aaaaaaaaaaaa", "del hello/blue"]
        assert haproxy.entries == {"hello": "green", "hello/green": "aaaaaaaaaaaa"}

    def test_what_is_so_already_is_not_said_again(self, haproxy: HAProxy, runtime: Runtime) -> None:
        assert not runtime.change(haproxy.map, {"hello": "blue", "hello/green": ""})
        assert haproxy.changes == []

    def test_a_refusal_is_told_with_the_command(self, haproxy: HAProxy, runtime: Runtime) -> None:
        haproxy.refusal = "Unknown map identifier. Please use #<id> or <file>."
        with pytest.raises(Refused, match=r"HAProxy refused 'set map /.*/slots\.map hello green': Unknown map identifier\."):
            runtime.change(haproxy.map, {"hello": "green"})

    def test_a_haproxy_that_does_not_run_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match="HAProxy does not run: nothing listens on .*/none.sock"):
            Runtime(str(tmp_path / "none.sock")).ask("show stat")

    def test_a_haproxy_that_hangs_is_told(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(tmp_path / "silent.sock"))
            silent.listen()
            with pytest.raises(Refused, match="does not answer on .*: timed out"):
                Runtime(str(tmp_path / "silent.sock"), timeout=0.05).ask("show stat")


STATISTICS = """\
# pxname,svname,status,check_status,check_code,last_chk,
visitors,FRONTEND,OPEN,,,,
hello_blue,web1,UP,L7OK,200,,
hello_blue,web2,UP,* L7OK,200,,
hello_blue,web3,UP 1/2,L7STS,503,"HTTP status check returned code <3C>503<3E>, not 200",
hello_blue,web4,DOWN,L4CON,,Connection refused,
hello_blue,web5,UP,L7STS,500,,
hello_blue,web6,MAINT,L7OK,200,,
hello_blue,BACKEND,UP,,,,
hello_green,web1,DOWN,L4CON,,,
"""


class TestGate:
    """Whether this balancer sees servers up."""

    @pytest.fixture
    def seen(self, haproxy: HAProxy, runtime: Runtime) -> dict[str, str]:
        """Return what is wrong with each server of the slot blue."""
        haproxy.statistics = [STATISTICS]
        return servers(runtime.statistics(), "hello_blue")

    def test_a_server_is_up_while_it_is_checked_again(self, seen: dict[str, str]) -> None:
        assert {name for name, wrong in seen.items() if not wrong} == {"web1", "web2"}

    def test_what_is_wrong_is_told_as_haproxy_says_it(self, seen: dict[str, str]) -> None:
        assert seen["web3"] == "UP 1/2, last check L7STS 503 HTTP status check returned code <3C>503<3E>, not 200"
        assert seen["web4"] == "DOWN, last check L4CON  Connection refused"
        assert set(seen) == {f"web{number}" for number in range(1, 7)}

    def test_only_servers_that_have_to_be_up_are_missed(self, haproxy: HAProxy, runtime: Runtime) -> None:
        haproxy.statistics = [STATISTICS]
        assert gate_slot.missing(runtime, "hello_blue", ["web1", "web6", "web9"]) == {
            "web6": "MAINT, last check L7OK 200",
            "web9": "not in HAProxy's configuration",
        }

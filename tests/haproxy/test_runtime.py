"""The running HAProxy, asked and told through its socket."""

import socket
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime, counters, loads, servers, up
from tests.shared.fakes import STATISTICS, HAProxy
from tests.shared.traffic import REFUSAL, count, stat

ENTRIES = {"hello": "green", "hello/green": "aaaaaaaaaaaa", "hello/green/path": "/status"}


@pytest.fixture
def runtime(haproxy: HAProxy) -> Runtime:
    """Return a client of that HAProxy."""
    return Runtime(haproxy.socket)


def test_what_haproxy_has_changed_is_put_back_where_it_refuses_a_later_line(haproxy: HAProxy) -> None:
    """One line added, one set and one taken out before it: each kind is put back."""
    haproxy.entries = {"hello": "blue", "hello/canary": "green", "last": "x"}
    haproxy.refusal, haproxy.refused = REFUSAL, "set last"
    with pytest.raises(Refused, match="HAProxy refused 'set map"):
        Runtime(haproxy.socket).change(haproxy.map, {"hello/turn": "5", "hello": "green", "hello/canary": "", "last": "y"})
    assert haproxy.entries == {"hello": "blue", "hello/canary": "green", "last": "x"}
    assert len(haproxy.changes) == 7


def test_a_backend_s_own_row_counts(haproxy: HAProxy) -> None:
    haproxy.statistics = [stat(blue=(70, 7))]
    rows = Runtime(haproxy.socket).statistics()
    assert counters(rows, "hello_blue") == count(70, 7)
    assert counters(rows, "unknown") == count(0)


def test_loads_are_those_of_servers() -> None:
    row = {"pxname": "hello_blue", "svname": "web1", "status": "UP", "scur": "3", "slim": "16"}
    row |= {"rate": "7", "req_tot": "9", "hrsp_5xx": "1"}
    rows = [row, {**row, "svname": "BACKEND"}, {**row, "pxname": "hello_green"}]
    assert loads(rows, "hello_blue") == {"web1": {"rate": 7, "requests": 9, "failed": 1, "used": 3, "places": 16}}


def test_a_server_that_is_down_has_no_places() -> None:
    rows = [{"pxname": "hello_blue", "svname": "web1", "status": status, "slim": "16"} for status in ("UP 1/2", "DOWN", "MAINT")]
    assert [loads([row], "hello_blue")["web1"]["places"] for row in rows] == [16, 0, 0]


def test_what_is_late_counts_as_the_backend_s_own() -> None:
    row = {"pxname": "hello_blue", "svname": "web1", "status": "DOWN", "scur": "3", "slim": "16"}
    row |= {"rate": "7", "req_tot": "9", "hrsp_5xx": "1"}
    late = {**row, "pxname": "hello_blue_late", "status": "UP", "rate": "1"}
    rows = [row, late, {**late, "svname": "BACKEND"}]
    assert loads(rows, "hello_blue") == {"web1": {"rate": 8, "requests": 18, "failed": 2, "used": 6, "places": 16}}
    assert counters([*rows, {**row, "svname": "BACKEND"}], "hello_blue") == count(18, 2)


@pytest.mark.parametrize(
    ("web1", "web2", "expected"),
    [("UP 1/2", "DOWN", ["web1"]), ("DOWN", "DOWN", ["web1", "web2"]), ("DOWN 1/2", "UP", ["web2"]), ("MAINT", "DOWN", ["web1", "web2"])],
)
def test_late_servers_are_up_only_where_no_other_is(web1: str, web2: str, expected: list[str]) -> None:
    rows = [{"pxname": "hello_blue", "svname": name, "status": status} for name, status in {"web1": web1, "web2": web2}.items()]
    rows += [{"pxname": "hello_blue_late", "svname": name, "status": "UP"} for name in ("web1", "web2")]
    assert up(rows, "hello_blue") == expected
    assert up([{**row, "status": "DOWN"} for row in rows], "hello_blue") == []


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


class TestServers:
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

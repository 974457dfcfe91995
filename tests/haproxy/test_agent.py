"""What runs on a balancer beside HAProxy, with a peer that is this test."""

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import agent as agents
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, peers, place
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Down, Runtime
from tests.shared.brought import imported, variables
from tests.shared.fakes import HAProxy
from tests.shared.traffic import stat

OLD = {"hello": "blue", "hello/turn": "4", "hello/blue": "aaaaaaaaaaaa"}
NEW = {"hello": "green", "hello/turn": "5", "hello/blue": "aaaaaaaaaaaa", "hello/green": "bbbbbbbbbbbb"}
CONFIG = "backend hello_blue\n    server web1 192.0.2.21:5001 maxconn 16\n"
MINE, THEIRS = "127.0.0.21", "127.0.0.22"


class Peer:
    """A peer that has these lines; none while it is away. `said`, in place of its answer; `asked`, what it was asked."""

    def __init__(self, port: int) -> None:
        """Answer from now on."""
        self.entries: dict[str, str] = dict(OLD)
        self.said: dict[str, Any] | None = None
        self.away = False
        self.asked: list[dict[str, Any]] = []
        self.me = peers.Peers("balancer2", THEIRS, port, {"balancer1": MINE}, "answer")
        self._listener = socket.create_server((THEIRS, port))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, (address, _) = self._listener.accept()
            except OSError:
                return
            with connection:
                if self.away:
                    continue
                self.asked.append(peers.read(connection))
                said = peers.answer(self.me, self.entries, self.asked[-1], address) if self.said is None else self.said
                peers.write(connection, said)

    def ask(self) -> Any:
        """Ask the balancer of the test."""
        return peers.ask(self.me, MINE, peers.question(self.me, self.entries, back=False), 5)

    def end(self) -> None:
        """Listen no more."""
        self._listener.close()


def listening(port: int) -> Peer | None:
    """Return a peer at this port, of those that the system gives to no connection, if it is free for both."""
    try:
        socket.create_server((MINE, port)).close()
        return Peer(port)
    except OSError:
        return None


@pytest.fixture
def peer() -> Iterator[Peer]:
    """Return the peer."""
    peer = next(filter(None, map(listening, random.sample(range(20000, 32000), 100))))
    yield peer
    peer.end()


@pytest.fixture
def ended() -> list[str]:
    """Return a word for each time that HAProxy was ended."""
    return []


@pytest.fixture
def agent(peer: Peer, haproxy: HAProxy, ended: list[str]) -> agents.Agent:
    """Return the agent of a balancer that has blue live, and web hosts up in both slots."""
    haproxy.entries = dict(OLD)
    haproxy.statistics = [stat()]
    slots_map.write(place.MAP, OLD)
    place.CONFIG.write_text(CONFIG)
    me = peers.Peers("balancer1", MINE, peer.me.port, {"balancer2": THEIRS}, "answer")
    return agents.Agent(lambda: me, Runtime(haproxy.socket), lambda: ended.append("ended"))


def waits(haproxy: HAProxy) -> bool:
    """Tell whether visitors wait, as the Lua of the role has it."""
    at = haproxy.checked.get("at")
    return at is not None and time.time() - int(at) >= 3


class TestTick:
    """A question of this balancer's own."""

    def test_where_nothing_has_changed_haproxy_is_told_the_time(self, agent: agents.Agent, haproxy: HAProxy) -> None:
        agent.tick()
        assert (haproxy.entries, slots_map.read(place.MAP)) == (OLD, OLD)
        assert not waits(haproxy)
        assert json.loads(place.HEARD.read_text()) == {"balancer2": ""}

    def test_what_has_changed_is_taken_over_in_file_and_memory(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer) -> None:
        peer.entries = NEW
        agent.tick()
        assert haproxy.entries == slots_map.read(place.MAP) == NEW

    def test_lines_that_are_no_more_there_go(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer) -> None:
        closed = {**OLD, "hello/maintenance": "on", "hello/canary": "green"}
        slots_map.write(place.MAP, {**OLD, "hello/maintenance": "on"})
        haproxy.entries = dict(closed)
        peer.entries = {**OLD, "hello/turn": "5"}
        agent.tick()
        assert haproxy.entries == slots_map.read(place.MAP) == peer.entries

    def test_an_app_that_haproxy_does_not_have_is_left(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer) -> None:
        """As one that was removed from this balancer: its lines are not to come back."""
        peer.entries = {**OLD, "shop": "blue", "shop/turn": "7", "shop/blue": "cccccccccccc"}
        agent.tick()
        assert haproxy.entries == slots_map.read(place.MAP) == OLD

    def test_a_peer_that_is_behind_changes_nothing(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer) -> None:
        peer.entries = {**NEW, "hello/turn": "3"}
        agent.tick()
        assert haproxy.entries == OLD

    def test_visitors_wait_until_what_was_taken_over_is_up(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer) -> None:
        peer.entries = NEW
        haproxy.statistics = [stat(up=False)]
        agent.tick()
        assert waits(haproxy)
        agent.tick()
        assert waits(haproxy)
        haproxy.statistics = [stat()]
        agent.tick()
        assert not waits(haproxy)

    def test_they_do_not_where_a_run_has_only_come_to_a_peer_first(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer) -> None:
        """The gate has seen it up here too; or else each switch would have visitors of a second balancer wait."""
        gated = {**NEW, "hello": "blue", "hello/turn": "4"}
        haproxy.entries = dict(gated)
        slots_map.write(place.MAP, gated)
        peer.entries = NEW
        agent.tick()
        assert haproxy.entries == NEW
        assert "set at 1" not in haproxy.changes

    def test_they_do_not_wait_for_ever(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(agents, "SETTLE_SECONDS", 0)
        peer.entries = NEW
        haproxy.statistics = [stat(up=False)]
        agent.tick()
        assert not waits(haproxy)

    def test_they_wait_once_haproxy_has_started_until_a_web_host_is_up(self, agent: agents.Agent, haproxy: HAProxy) -> None:
        haproxy.checked = {"at": "1"}
        haproxy.statistics = [stat(up=False)]
        agent.tick()
        assert waits(haproxy)
        haproxy.statistics = [stat()]
        agent.tick()
        assert not waits(haproxy)

    @pytest.mark.parametrize("up", [True, False])
    def test_without_any_answer_they_wait_only_where_no_web_host_is_up_either(
        self, up: bool, agent: agents.Agent, haproxy: HAProxy, peer: Peer
    ) -> None:
        """One that is cut off hears what it has missed before its web hosts are up again; one whose peers are dead serves."""
        haproxy.checked = {"at": "2"}
        haproxy.statistics = [stat(up=up)]
        peer.away = True
        agent.tick()
        assert waits(haproxy) is not up
        assert "" not in json.loads(place.HEARD.read_text()).values()

    def test_one_that_was_cut_off_has_been_told_what_it_missed_before_visitors_get_anything(
        self, agent: agents.Agent, haproxy: HAProxy, peer: Peer
    ) -> None:
        """Web hosts may be up again between a question that was lost and the next."""
        haproxy.checked = {"at": "2"}
        haproxy.statistics = [stat(up=False)]
        peer.away = True
        agent.tick()
        haproxy.statistics = [stat()]
        agent.tick()
        assert waits(haproxy)
        peer.away, peer.entries = False, {**NEW, "hello": "blue", "hello/blue": "cccccccccccc"}
        agent.tick()
        assert not waits(haproxy)
        assert haproxy.entries == peer.entries

    def test_haproxy_gets_what_the_file_has_and_it_has_missed(self, agent: agents.Agent, haproxy: HAProxy) -> None:
        """As where it read the file for a reload, and a run changed it before the new process could be told."""
        slots_map.write(place.MAP, NEW)
        agent.tick()
        assert haproxy.entries == NEW

    def test_a_hand_s_edit_under_the_same_turn_is_left_to_the_operator(self, agent: agents.Agent, haproxy: HAProxy) -> None:
        slots_map.write(place.MAP, {**OLD, "hello": "green"})
        agent.tick()
        assert haproxy.entries == OLD

    @pytest.mark.parametrize("spoilt", [{"hello/turn": "5x"}, {"hello": "purple", "hello/turn": "9"}])
    def test_a_line_that_a_hand_has_spoilt_is_none_and_goes_nowhere(
        self, spoilt: dict[str, str], agent: agents.Agent, haproxy: HAProxy, peer: Peer
    ) -> None:
        peer.entries = {**OLD, **spoilt}
        agent.tick()
        assert (haproxy.entries, slots_map.read(place.MAP), waits(haproxy)) == (OLD, OLD, False)
        slots_map.write(place.MAP, {**OLD, **spoilt})
        haproxy.entries = {**OLD, **spoilt}
        peer.entries = NEW if "5x" in spoilt.values() else {**NEW, "hello/turn": "10"}
        agent.tick()
        assert haproxy.entries == slots_map.read(place.MAP) == peer.entries

    def test_a_peer_that_does_not_know_this_balancer_is_told(self, agent: agents.Agent, peer: Peer) -> None:
        peer.said = {"same": True}
        agent.tick()
        assert json.loads(place.HEARD.read_text()) == {"balancer2": "does not know this balancer; run site.yml"}

    def test_a_haproxy_that_is_down_finds_it_in_the_file(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer) -> None:
        haproxy.end()
        Path(haproxy.socket).unlink()
        peer.entries = NEW
        with pytest.raises(Down):
            agent.tick()
        assert slots_map.read(place.MAP) == NEW

    def test_a_full_disk_does_not_keep_the_old_release_live(
        self, agent: agents.Agent, haproxy: HAProxy, peer: Peer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(slots_map, "write", full)
        peer.entries = NEW
        agent.tick()
        assert (haproxy.entries, slots_map.read(place.MAP)) == (NEW, OLD)

    def test_one_that_is_no_peer_any_more_ends_once_something_else_is_live(
        self, agent: agents.Agent, haproxy: HAProxy, peer: Peer, ended: list[str]
    ) -> None:
        peer.said = {"same": True}
        agent.tick()
        assert (ended, place.GONE.exists()) == ([], False)
        peer.said = {"same": False}
        agent.tick()
        assert ended == ["ended"]
        assert "run site.yml" in place.GONE.read_text()
        peer.said = None
        agent.tick()
        assert not place.GONE.exists()

    def test_a_run_that_holds_the_lock_s_file_is_waited_for(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer) -> None:
        """Two that change the map at once would each write what the other does not have."""
        peer.entries = NEW
        with lock.held(None):
            thread = threading.Thread(target=agent.tick)
            thread.start()
            thread.join(0.3)
            assert (thread.is_alive(), slots_map.read(place.MAP)) == (True, OLD)
        thread.join(5)
        assert slots_map.read(place.MAP) == NEW


class TestStart:
    """What comes before HAProxy's start."""

    def test_what_has_changed_is_taken_over(self, agent: agents.Agent, peer: Peer) -> None:
        place.GONE.write_text("gone")
        peer.entries = NEW
        agent.start()
        assert (slots_map.read(place.MAP), place.GONE.exists()) == (NEW, False)

    def test_from_nothing_too(self, agent: agents.Agent, haproxy: HAProxy, peer: Peer) -> None:
        place.MAP.unlink()
        haproxy.entries = {}
        peer.entries = NEW
        agent.start()
        assert slots_map.read(place.MAP) == NEW

    def test_a_peer_without_an_answer_is_not_waited_for(self, agent: agents.Agent, peer: Peer) -> None:
        peer.away = True
        agent.start()
        assert slots_map.read(place.MAP) == OLD

    def test_unless_the_operator_prefers_no_answer_to_an_old_one(self, agent: agents.Agent, peer: Peer) -> None:
        waiting = agents.Agent(lambda: peers.Peers(**{**vars(agent.me()), "alone": "wait"}), agent.runtime, agent.stop)
        peer.away, peer.entries = True, NEW
        thread = threading.Thread(target=waiting.start, daemon=True)
        thread.start()
        thread.join(0.6)
        assert thread.is_alive()
        peer.away = False
        thread.join(5)
        assert (thread.is_alive(), slots_map.read(place.MAP)) == (False, NEW)

    def test_a_balancer_without_peers_asks_nobody(self, agent: agents.Agent, haproxy: HAProxy) -> None:
        lonely = agents.Agent(lambda: peers.Peers("balancer1", MINE, 1, {}, "wait"), agent.runtime, agent.stop)
        lonely.start()
        lonely.tick()
        assert not waits(haproxy)
        assert json.loads(place.HEARD.read_text()) == {}


class TestServer:
    """A question of a peer's."""

    @pytest.fixture(autouse=True)
    def _serves(self, agent: agents.Agent) -> Iterator[None]:
        with agents.Server(agent) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield
            server.shutdown()
            thread.join()

    def test_it_is_answered(self, peer: Peer) -> None:
        assert peer.ask() == {"entries": OLD}

    def test_one_with_a_later_change_is_answered_once_that_was_taken_over(self, peer: Peer, haproxy: HAProxy) -> None:
        """So who comes back with what is live has no visitor before the others have it."""
        peer.entries = NEW
        assert peer.ask() == {"entries": NEW}
        assert haproxy.entries == slots_map.read(place.MAP) == NEW
        assert [asked["back"] for asked in peer.asked] == [True]

    def test_a_later_change_of_an_app_that_is_not_here_has_nobody_wait(self, peer: Peer) -> None:
        peer.entries = {**OLD, "shop": "blue", "shop/turn": "7", "shop/blue": "cccccccccccc"}
        assert peer.ask() == {"entries": OLD}
        assert peer.asked == []

    @pytest.mark.parametrize("said", [b"\n", b"{}\n", b"[]\n", b'{"name": 1, "turns": 2, "digest": 3, "back": 0}\n', b"\xff", b""])
    def test_what_is_no_question_ends_nothing(self, said: bytes, agent: agents.Agent, peer: Peer) -> None:
        with socket.create_connection((MINE, agent.me().port)) as connection:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            assert b"entries" not in connection.recv(65536)
        assert peer.ask() == {"entries": OLD}


def test_peers_may_be_of_ipv6(haproxy: HAProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both to be asked and to ask: each tells who is a peer by the address that it comes from."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as free:
            port = free.getsockname()[1]
    except OSError:
        pytest.skip("this machine has no IPv6")
    me = peers.Peers("balancer1", "::1", port, {"balancer2": "::1"}, "answer")
    asked = agents.Agent(lambda: me, Runtime(haproxy.socket), lambda: None)
    monkeypatch.setattr(agents, "mine", lambda: {"hello": "blue"})
    with agents.Server(asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answer = peers.ask(me, "::1", peers.question(me, {}, back=True), 5)
        server.shutdown()
    assert answer == {"entries": {"hello": "blue"}}


class Enough(BaseException):
    """Ends what runs for ever."""


def rounds(agent: agents.Agent, count: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have the agent run for so many rounds; return what it said."""
    said: list[str] = []
    left = iter(range(count - 1))

    def alive() -> None:
        if next(left, None) is None:
            raise Enough

    monkeypatch.setattr(agents, "PERIOD", 0)
    monkeypatch.setattr(agents, "say", said.append)
    with pytest.raises(Enough):
        agent.run(alive)
    return said


class TestRun:
    """All the rounds."""

    @pytest.mark.parametrize("error", [OSError("no space"), ValueError("no JSON"), RuntimeError("no thread"), AttributeError("no field")])
    def test_a_fault_is_said_once_and_ends_nothing(
        self, error: Exception, agent: agents.Agent, haproxy: HAProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail() -> None:
            raise error

        monkeypatch.setattr(agent, "tick", fail)
        assert rounds(agent, 3, monkeypatch) == [str(error)]

    def test_where_it_stays_nobody_waits_for_it(self, agent: agents.Agent, haproxy: HAProxy, monkeypatch: pytest.MonkeyPatch) -> None:
        haproxy.checked = {"at": "1"}
        place.CONFIG.unlink()
        slots_map.write(place.MAP, NEW)
        rounds(agent, agents.FAULTS - 1, monkeypatch)
        assert waits(haproxy)
        rounds(agent, agents.FAULTS, monkeypatch)
        assert not waits(haproxy)


def test_an_agent_that_ends_leaves_nobody_waiting(agent: agents.Agent, haproxy: HAProxy) -> None:
    haproxy.checked = {"at": "1"}
    agent.end()
    assert not waits(haproxy)


def test_what_comes_to_a_host_is_all_that_is_imported_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module more that one of the programs of a balancer imports would be missed at its next start, on each balancer."""
    names = variables("balancer")
    programs = [names[f"__balancer_{program}_module"] for program in ("agent", "renew", "requests")]
    assert imported(names["__balancer_modules"], programs, tmp_path, monkeypatch) == set(names["__balancer_modules"])

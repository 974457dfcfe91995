"""What balancers tell each other, and what of it is believed."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import peers

OLD = {"hello": "blue", "hello/turn": "4", "hello/blue": "aaaaaaaaaaaa"}
NEW = {"hello": "green", "hello/turn": "5", "hello/blue": "aaaaaaaaaaaa", "hello/green": "bbbbbbbbbbbb"}
SHOP = {"shop": "green", "shop/turn": "10", "shop/green": "cccccccccccc"}
ME = peers.Peers("balancer1", "127.0.0.1", 1, {"balancer2": "127.0.0.2", "balancer3": "127.0.0.3"}, "answer")


class TestLines:
    """What is a line, wherever it comes from."""

    def test_all_that_we_write(self) -> None:
        written = {**NEW, "hello/green/path": "/status?a=1&b=%20", "hello/maintenance/2001:db8::7": "pass", "hello/canary/percent": "10"}
        assert peers.lines(written) == written

    @pytest.mark.parametrize(
        "wrong",
        [
            {"hello": "purple"},
            {"hello/turn": "5x"},
            {"hello/turn": "-1"},
            {"hello/blue": "x;set server hello_blue/web1 addr 203.0.113.9"},
            {"hello/blue": "x\nset server hello_blue/web1 state maint"},
            {"hello/blue\nshow env": "x"},
            {"hello/blue": ""},
            {"hello/blue": 5},
            {"hello/blue": None},
        ],
    )
    def test_nothing_that_would_be_a_command_or_names_what_there_is_not(self, wrong: dict[str, Any]) -> None:
        assert peers.lines({**SHOP, **wrong}) == SHOP

    @pytest.mark.parametrize("wrong", [[], None, "hello blue", 5])
    def test_what_is_no_map_has_none(self, wrong: object) -> None:
        assert peers.lines(wrong) == {}


class TestNewer:
    """Which lines are taken over."""

    def test_those_of_an_app_that_has_had_a_change(self) -> None:
        assert peers.newer(OLD, {**NEW, **SHOP}) == {"hello": NEW, "shop": SHOP}

    @pytest.mark.parametrize("theirs", [OLD, {**OLD, "hello": "green"}, {**OLD, "hello/turn": "3"}, {}, {"shop": "green"}])
    def test_none_of_the_same_turn_or_a_former_one_and_none_of_an_app_that_was_never_deployed(self, theirs: dict[str, str]) -> None:
        assert peers.newer(OLD, theirs) == {}

    def test_turns_are_numbers(self) -> None:
        assert peers.newer({**SHOP, "shop/turn": "9"}, SHOP) == {"shop": SHOP}

    def test_all_of_it_for_who_has_nothing(self) -> None:
        assert peers.newer({}, NEW) == {"hello": NEW}

    def test_maintenance_is_a_change_like_any_other(self) -> None:
        closed = {**OLD, "hello/turn": "5", "hello/maintenance": "on", "hello/maintenance/192.0.2.7": "pass"}
        assert peers.newer(OLD, closed) == {"hello": closed}
        assert peers.newer(closed, OLD) == {}


class TestAnswer:
    """What is told to whom."""

    ASKED = peers.question(peers.Peers("balancer2", "127.0.0.2", 1, {}, "answer"), OLD, back=False)

    def test_a_peer_is_told_all_lines(self) -> None:
        assert peers.answer(ME, NEW, self.ASKED, "127.0.0.2") == {"entries": NEW}

    @pytest.mark.parametrize("entries", [OLD, NEW])
    def test_who_is_no_peer_any_more_is_told_whether_it_has_the_same_live(self, entries: dict[str, str]) -> None:
        assert peers.answer(ME, entries, {**self.ASKED, "name": "gone"}, "127.0.0.9") == {"same": entries is OLD}

    def test_who_has_only_a_peer_s_name_is_told_nothing(self) -> None:
        assert peers.answer(ME, NEW, self.ASKED, "127.0.0.9") == {}

    def test_a_peer_is_known_by_its_address_whatever_it_is_called_by_now(self) -> None:
        assert peers.answer(ME, NEW, {**self.ASKED, "name": "renamed"}, "127.0.0.2") == {"entries": NEW}

    @pytest.mark.parametrize("more", [{"hello/maintenance/192.0.2.7": "pass"}, {"hello/turn": "5"}])
    def test_only_what_is_live_makes_a_balancer_old(self, more: dict[str, str]) -> None:
        assert peers.digest({**OLD, **more}) == peers.digest(OLD)
        assert len({peers.digest(entries) for entries in (OLD, NEW, {**OLD, **SHOP})}) == 3


class TestPrompts:
    """When the asked one asks in its turn before it answers."""

    def asked(self, entries: dict[str, str], back: bool = False, name: str = "balancer2") -> dict[str, Any]:
        """Return a question."""
        return peers.question(peers.Peers(name, "127.0.0.2", 1, {}, "answer"), entries, back)

    def test_a_peer_with_a_later_change_does(self) -> None:
        assert peers.prompts(ME, OLD, self.asked(NEW), "127.0.0.2")

    def test_one_without_does_not(self) -> None:
        assert not peers.prompts(ME, NEW, self.asked(OLD), "127.0.0.2")

    def test_nobody_asks_back_for_ever(self) -> None:
        assert not peers.prompts(ME, OLD, self.asked(NEW, back=True), "127.0.0.2")

    @pytest.mark.parametrize("name", ["balancer2", "somebody"])
    def test_a_stranger_prompts_nothing(self, name: str) -> None:
        assert not peers.prompts(ME, OLD, self.asked(NEW, name=name), "127.0.0.9")


class TestGone:
    """Whether the fleet goes on without this balancer."""

    @pytest.mark.parametrize(
        ("answers", "gone"),
        [
            ({}, False),
            ({"balancer2": "timed out"}, False),
            ({"balancer2": {"entries": OLD}}, False),
            ({"balancer2": {"same": True}}, False),
            ({"balancer2": {"same": False}}, True),
            ({"balancer2": {"same": False}, "balancer3": "timed out"}, True),
            ({"balancer2": {"same": False}, "balancer3": {"entries": OLD}}, False),
            ({"balancer2": {"same": False}, "balancer3": {"same": True}}, False),
        ],
    )
    def test_only_if_all_that_answer_say_so_and_have_something_else(self, answers: dict[str, Any], gone: bool) -> None:
        assert peers.gone(answers) is gone


@contextmanager
def listening(said: bytes | None) -> Iterator[tuple[peers.Peers, list[bytes]]]:
    """Have one listen on this machine who answers so, or not at all; return who asks there, and what was asked."""
    got: list[bytes] = []
    with socket.create_server(("127.0.0.2", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                got.append(connection.recv(65536))
                if said is None:
                    connection.recv(1)
                else:
                    connection.sendall(said)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield peers.Peers("balancer1", "127.0.0.1", listener.getsockname()[1], {"balancer2": "127.0.0.2"}, "answer"), got
        thread.join(5)


class TestAsk:
    """A question over the network."""

    def test_an_answer_is_returned(self) -> None:
        with listening(b'{"entries": {"hello": "blue"}}\n') as (me, got):
            assert peers.ask(me, "127.0.0.2", {"name": "balancer1"}, 5) == {"entries": {"hello": "blue"}}
        assert got == [b'{"name": "balancer1"}\n']

    @pytest.mark.parametrize("said", [b"", b"no\n", b"[]\n", b"{", b"\xff\n", b"[" * 99999])
    def test_what_is_no_answer_is_told_in_words(self, said: bytes) -> None:
        with listening(said) as (me, _):
            assert isinstance(peers.ask(me, "127.0.0.2", {}, 5), str)

    def test_who_does_not_know_this_host_is_no_answer(self) -> None:
        with listening(b"{}\n") as (me, _):
            assert peers.ask(me, "127.0.0.2", {}, 5) == "does not know this host by its address; give each balancer its fleet_address"

    def test_who_says_nothing_is_waited_for_no_longer_than_was_said(self) -> None:
        with listening(None) as (me, _):
            assert "timed out" in str(peers.ask(me, "127.0.0.2", {}, 0.05))

    def test_a_host_on_which_nobody_listens_is_told_at_once(self) -> None:
        with listening(b"{}\n") as (me, _):
            peers.ask(me, "127.0.0.2", {}, 5)
        assert "refused" in str(peers.ask(me, "127.0.0.2", {}, 5))

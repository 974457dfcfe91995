"""Balancers as they are held against each other and against the inventory."""

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import agreement, history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer
from tests.shared.judged import balancer
from tests.shared.samples import app

ENTRIES = {
    "hello": "green",
    "hello/turn": "4",
    "hello/blue": "1f0c3a5e7b9d",
    "hello/green": "aaaaaaaaaaaa",
    "hello/green/path": "/status",
}
APP = app(domains=["www.example.org"])
SHOP = app(name="shop", ports={"blue": 6001, "green": 6002}, domains=["shop.example.org"], default=False)
PORTS = {"hello_blue": 5001, "hello_green": 5002}
OPEN = {"hello": "blue", "hello/blue": "1f0c3a5e7b9d", "hello/turn": "4"}
CLOSED = {**OPEN, "hello/turn": "5", "hello/maintenance": "on"}


def known(entries: dict[str, str] = ENTRIES, ports: dict[str, int] = PORTS, **more: Any) -> Balancer:
    """Return what a balancer says of itself."""
    told: dict[str, Any] = {"history": [], "counters": {}, "servers": {}, "domains": {}}
    return Balancer.of({**balancer(), "entries": entries, "ports": ports, **told, **more})


REBUILT = known({}, {})


class TestCheck:
    """Balancers held against each other and against the inventory."""

    def test_a_file_and_a_memory_that_contradict_each_other_are_told(self) -> None:
        [said] = agreement.contradiction("/etc/haproxy/slots.map", ENTRIES, {**ENTRIES, "hello": "blue"})
        assert "says 'hello green'" in said
        assert "the running HAProxy has 'hello blue'" in said
        assert agreement.contradiction("/etc/haproxy/slots.map", ENTRIES, ENTRIES) == []

    @pytest.mark.parametrize("second", [known(), REBUILT], ids=["alike", "rebuilt"])
    def test_balancers_that_agree_have_no_problems(self, second: Balancer) -> None:
        assert list(agreement.problems([APP], {"balancer1": known(), "balancer2": second})) == []

    @pytest.mark.parametrize("change", [{"hello": "blue"}, {"hello/green": "bbbbbbbbbbbb"}], ids=["slot", "release"])
    def test_balancers_that_disagree_are_named_with_what_each_serves(self, change: dict[str, str]) -> None:
        other = known({**ENTRIES, **change})
        [problem] = agreement.problems([APP], {"balancer2": other, "balancer1": known()})
        live = slots.live(other.entries)["hello"]
        said = f"balancer1 serves green aaaaaaaaaaaa, balancer2 serves {live.slot} {live.release}"
        assert problem.startswith(f"The balancers disagree on hello: {said} (slot, release).")

    @pytest.mark.parametrize("order", [("balancer1", "balancer2"), ("balancer2", "balancer1")])
    def test_the_last_switch_is_right_whoever_was_away(self, order: tuple[str, str]) -> None:
        last = {**ENTRIES, "hello": "blue", "hello/turn": "10"}
        both = {"balancer1": known(), "balancer2": known(last)}
        balancers = {name: both[name] for name in order}
        assert list(agreement.problems([APP], balancers)) == []
        assert agreement.start(["hello"], balancers) == last
        assert agreement.behind(last, balancers) == ["balancer1"]

    def test_an_app_that_comes_under_a_former_one_s_name_goes_on_from_its_turns(self) -> None:
        events = [history.removed("r1", "ann@desk", "1", "hello", 9)]
        fresh = known({"shop": "green"}, history=events)
        lines = agreement.start(["hello"], {"balancer1": fresh})
        assert lines == {"hello": "green", "hello/turn": "9"}
        away, back = known(ENTRIES), known(lines, history=events)
        for balancers in ({"balancer1": away, "balancer2": back}, {"balancer2": back, "balancer1": away}):
            assert agreement.newest("hello", balancers) == {}
            assert agreement.start(["hello"], balancers) == lines

    @pytest.mark.parametrize(
        ("balancer", "lacking"),
        [(known(), False), (known(behind=True), False), (known({**ENTRIES, "hello": "green"}), False), (known({}), True), (REBUILT, True)],
    )
    def test_whose_file_lacks_a_line_is_lacking(self, balancer: Balancer, lacking: bool) -> None:
        balancers = {"balancer1": known(), "balancer2": balancer}
        assert agreement.agree([APP], balancers).lacking == (["balancer2"] if lacking else [])

    @pytest.mark.parametrize(
        ("balancer", "behind"),
        [(known(), False), (known(behind=True), True), (known({**ENTRIES, "gone": "blue"}), False), (REBUILT, False)],
        ids=["up to date", "in memory", "has more", "rebuilt"],
    )
    def test_who_was_deployed_to_and_lacks_a_line_is_behind(self, balancer: Balancer, behind: bool) -> None:
        assert bool(agreement.behind(ENTRIES, {"balancer1": balancer})) is behind

    def test_an_app_that_is_gone_from_the_inventory_is_no_matter(self) -> None:
        assert list(agreement.problems([], {"balancer1": known(), "balancer2": known({**ENTRIES, "hello": "blue"})})) == []

    @pytest.mark.parametrize("others", [{}, {"balancer2": REBUILT}], ids=["alone", "beside a rebuilt one"])
    def test_a_live_app_does_not_move_to_another_port(self, others: dict[str, Balancer]) -> None:
        moved = replace(APP, ports={"blue": 5001, "green": 6002})
        assert list(agreement.problems([moved], {"balancer1": known(), **others})) == [
            "apps.hello.ports.green: 6002 is not 5002, on which the app is live; ports stay as they are."
        ]

    def test_an_app_that_was_never_live_may_move(self) -> None:
        moved = replace(APP, ports={"blue": 6001, "green": 6002})
        assert list(agreement.problems([moved], {"balancer1": known({"hello": "blue"})})) == []

    def test_before_its_first_release_a_new_app_has_an_empty_slot_as_live(self) -> None:
        assert agreement.start(["hello"], {"balancer1": REBUILT}) == {"hello": "green"}

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"ports": {"blue": 6001, "green": 5001}}, ["apps.shop.ports.green: 5001 is hello's"]),
            ({"domains": ["www.example.org"]}, ["apps.shop.domains: www.example.org is hello's"]),
            ({"default": True}, ["apps.shop.default: true is hello's"]),
            ({}, []),
        ],
        ids=["a port", "a host name", "the default", "nothing"],
    )
    def test_a_new_app_takes_nothing_from_one_that_is_live(self, change: dict[str, Any], said: list[str]) -> None:
        """As an app that was given another name: it would be off the air until its first release is live."""
        shop = replace(SHOP, **change)
        balancers = {"balancer1": known(domains={"www.example.org": "hello", "": "hello"}), "balancer2": REBUILT}
        for apps in ([shop], [APP, shop]):
            found = list(agreement.problems(apps, balancers))
            assert [sentence.partition(",")[0] for sentence in found] == said

    def test_a_name_moves_between_apps_that_are_both_live(self) -> None:
        entries = {**ENTRIES, "shop": "blue", "shop/blue": "cccccccccccc"}
        shop = replace(SHOP, domains=["www.example.org"], default=True)
        assert list(agreement.problems([shop], {"balancer1": known(entries, domains={"www.example.org": "hello", "": "hello"})})) == []

    @pytest.mark.parametrize("order", [("balancer1", "balancer2"), ("balancer2", "balancer1")])
    def test_a_rebuilt_balancer_learns_from_the_other(self, order: tuple[str, str]) -> None:
        both = {"balancer1": known(), "balancer2": REBUILT}
        assert agreement.start(["hello"], {name: both[name] for name in order}) == ENTRIES

    @pytest.mark.parametrize("order", [("balancer1", "balancer2"), ("balancer2", "balancer1")])
    def test_a_balancer_that_never_had_a_release_does_not_say_which_slot_is_live(self, order: tuple[str, str]) -> None:
        both = {"balancer1": known(), "balancer2": known({"hello": "blue"})}
        assert agreement.start(["hello"], {name: both[name] for name in order}) == ENTRIES

    def test_an_app_that_is_gone_from_the_inventory_is_forgotten(self) -> None:
        entries = {**ENTRIES, "hello-2": "green", "hello-2/green": "cccccccccccc"}
        assert agreement.start(["hello"], {"balancer1": known(entries)}) == ENTRIES

    def test_a_balancer_that_contradicts_itself_is_named(self) -> None:
        said = known(wrong=["It says this, but that."])
        assert list(agreement.problems([APP], {"balancer1": said})) == ["balancer1: It says this, but that."]


class TestAway:
    """A balancer that was away while an app was closed or opened."""

    @pytest.mark.parametrize(("older", "newer"), [(OPEN, CLOSED), (CLOSED, {**OPEN, "hello/turn": "6"})], ids=["closed", "opened"])
    def test_the_one_that_was_told_last_is_right(self, older: dict[str, str], newer: dict[str, str]) -> None:
        balancers = {"balancer1": known(older), "balancer2": known(newer)}
        assert list(agreement.problems([APP], balancers)) == []
        lines = agreement.start(["hello"], balancers)
        assert lines == newer
        assert agreement.behind(lines, balancers) == ["balancer1"]


class TestAgree:
    """All of it as one."""

    def test_what_balancers_know_is_one(self) -> None:
        event = {"run": "r1", "app": "hello", "event": "switched", "turn": 4, "at": "1"}
        counters, servers = {"hello_green": {"requests": 1, "failed": 0}}, {"hello_green": {"web1": ""}}
        one = known(history=[event], counters=counters, servers=servers, run="run1", by="ann@desk")
        found = agreement.agree([APP], {"balancer1": one, "balancer2": known({**ENTRIES, "hello/turn": "3"}, history=[event], run="run1")})
        assert (found.entries, found.behind, found.history, found.problems) == (ENTRIES, ["balancer2"], [event], [])
        assert found.counters == {"balancer1": one.counters, "balancer2": {}}
        assert found.servers == {"balancer1": one.servers, "balancer2": {}}
        assert (found.run, found.by) == ("run1", "ann@desk")

    def test_what_contradicts_it_is_told_beside_it(self) -> None:
        found = agreement.agree([APP], {"balancer1": known(), "balancer2": known({**ENTRIES, "hello": "blue"})})
        assert [problem.partition(":")[0] for problem in found.problems] == ["The balancers disagree on hello"]

    def test_no_balancer_knows_nothing(self) -> None:
        found = agreement.agree([APP], {})
        assert (found.entries, found.run, found.problems) == ({"hello": "green"}, "", [])

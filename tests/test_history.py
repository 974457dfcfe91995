"""What events mean."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import history
from ansible_collections.hostler.fleet.plugins.module_utils.history import merged
from ansible_collections.hostler.fleet.plugins.module_utils.model import Check


def event(number: int, **more: Any) -> dict[str, Any]:
    """Return an event, told from others by its number."""
    at = f"2026-01-01T00:00:{number:02}Z"
    return {"at": at, "run": "run1", "app": "hello", "event": "switched", "turn": number, "release": "\u00e4", **more}


class TestMerged:
    """The history of all balancers as one."""

    def test_what_two_balancers_recorded_a_second_apart_is_told_once(self) -> None:
        assert merged([[event(1), event(2)], [event(1), event(2, at="2026-01-01T00:00:03Z")]]) == [event(1), event(2)]

    @pytest.mark.parametrize(
        "other",
        [{"run": "run2"}, {"app": "shop"}, {"event": "failed"}, {"turn": 2}, {"balancer": "balancer2"}],
        ids=lambda value: next(iter(value)),
    )
    def test_what_differs_is_told_of_each(self, other: dict[str, Any]) -> None:
        assert len(merged([[event(1)], [event(1, **other)]])) == 2

    def test_a_balancer_that_was_away_is_no_hole(self) -> None:
        assert merged([[event(1), event(4)], [event(1), event(2), event(3), event(4)]]) == [event(1), event(2), event(3), event(4)]

    def test_within_a_second_the_switches_tell_the_order(self) -> None:
        """Else what one balancer watched would come after the failure that another saw in that second, and hide it."""
        watched = [event(1, event="watched", balancer=f"balancer{number}") for number in (1, 2)]
        failed = event(1, event="failed", turn=2)
        assert merged([[watched[0], failed], [watched[1], failed]]) == [*watched, failed]


def switch(turn: int, release: str, former: str = "", bad: str = "", **more: Any) -> dict[str, Any]:
    """Return the event of a switch."""
    return event(turn, release=release, bad=bad, **{"from": former, **more})


class TestMeaning:
    """What follows from them."""

    def test_only_an_app_s_own_events_since_its_last_removal_are_its(self) -> None:
        removed = event(2, event="removed")
        events = [event(1), removed, event(3, app="shop"), event(4)]
        assert history.of_app(events, "hello") == [event(4)]
        assert history.of_app([*events, removed], "hello") == []
        assert history.of_app(events, "shop") == [event(3, app="shop")]

    def test_a_release_is_bad_from_being_left_as_that_until_it_is_live_again(self) -> None:
        events = [switch(1, "a"), switch(2, "b", "a"), switch(3, "a", "b", bad="b")]
        assert history.bad(events) == {"b"}
        assert history.bad([*events, switch(4, "b", "a")]) == set()

    def test_the_order_of_switches_is_by_their_turns(self) -> None:
        events = [switch(3, "a", "b", bad="b"), switch(1, "a"), switch(2, "b", "a")]
        assert [one["turn"] for one in history.switches(events)] == [1, 2, 3]
        assert history.bad(events) == {"b"}

    @pytest.mark.parametrize(
        ("events", "live", "found"),
        [
            ([], "a", ""),
            ([switch(1, "a")], "a", ""),
            ([switch(1, "a"), switch(2, "b", "a")], "b", "a"),
            ([switch(2, "b", "a")], "b", "a"),
            ([switch(1, "a"), switch(2, "b", "a"), switch(3, "a", "b", bad="b")], "a", ""),
            ([switch(1, "a"), switch(2, "b", "a"), switch(3, "c", "b"), switch(4, "b", "c", bad="c")], "b", "a"),
        ],
        ids=["none", "the first", "the one before", "before the record", "that one is bad", "further back"],
    )
    def test_the_previous_release_was_live_last_and_is_not_bad(self, events: list[dict[str, Any]], live: str, found: str) -> None:
        assert history.previous(events, live) == found

    def test_how_the_last_one_ended_is_no_maintenance_s(self) -> None:
        failed = event(2, event="failed")
        assert history.outcome([event(1), failed, event(3, event="maintenance"), event(4, event="watched")]) == failed
        assert history.outcome([event(3, event="maintenance")]) == {}

    def test_who_made_a_release_live_last_is_found(self) -> None:
        events = [switch(1, "a"), switch(2, "b"), switch(3, "a"), switch(4, "a", app="shop"), event(5, release="a", event="failed")]
        assert history.last_made(events, "hello", "a") == switch(3, "a")
        assert history.last_made(events, "hello", "z") == {}


class TestMade:
    """Events that follow from a switch."""

    SWITCH = switch(3, "b", "a", slot="green", check={"path": "/"}, commit="c0ffee")

    def test_going_back_is_a_switch_of_the_next_turn(self) -> None:
        back = history.switched_back(self.SWITCH, "later", "blue", "a", Check("/former", "localhost"), "b")
        expected = {"event": "switched", "verb": "switch back", "turn": 4, "at": "later", "slot": "blue", "release": "a", "from": "b"}
        assert back.items() >= {**expected, "bad": "b", "check": {"path": "/former", "host": "localhost"}}.items()
        assert history.bad([self.SWITCH, back]) == {"b"}

    def test_a_failure_comes_after_what_was_done_of_it(self) -> None:
        failed = history.failed(self.SWITCH, "later", "no")
        assert (failed["event"], failed["turn"], failed["at"], failed["why"], failed["release"]) == ("failed", 4, "later", "no", "b")
        assert history.outcome(merged([[failed, self.SWITCH]])) == failed

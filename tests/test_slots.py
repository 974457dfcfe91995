"""The keys of the map of slots, and what they mean."""

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.model import Check
from ansible_collections.hostler.fleet.plugins.module_utils.slots import Live

ENTRIES = {
    "hello": "green",
    "hello/turn": "4",
    "hello/blue": "1f0c3a5e7b9d",
    "hello/green": "aaaaaaaaaaaa",
    "hello/green/path": "/status",
}
CHECK = Check("/ready", "hello.example.org")


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
    assert slots.unlike(ENTRIES, running) == said


def test_a_change_sets_adds_and_takes_out() -> None:
    changes = {"hello": "blue", "other": "blue", "hello/green/path": "", "none": ""}
    expected = {"hello": "blue", "hello/turn": "4", "hello/blue": "1f0c3a5e7b9d", "hello/green": "aaaaaaaaaaaa", "other": "blue"}
    assert slots.merge(ENTRIES, changes) == expected


def test_an_app_is_live_with_the_release_of_its_slot() -> None:
    assert slots.live(ENTRIES) == {"hello": Live("green", "aaaaaaaaaaaa", 4)}


def test_a_map_from_before_switches_were_counted_is_at_the_first() -> None:
    assert slots.live({"hello": "blue", "hello/blue": "aaaaaaaaaaaa"})["hello"].turn == 0


def test_an_app_that_was_never_deployed_is_not_live() -> None:
    assert slots.live({"hello": "blue", "hello/green": "aaaaaaaaaaaa"}) == {}


def test_before_the_first_deploy_a_slot_without_anything_is_named() -> None:
    assert (slots.slot_of({}, "hello"), slots.release_in({}, "hello", "green"), slots.turn_of({}, "hello")) == ("green", "", 0)


def test_a_release_is_asked_what_the_map_says_and_else_what_the_app_does() -> None:
    assert slots.check_in(ENTRIES, "hello", "green", CHECK) == Check("/status", "hello.example.org")
    assert slots.check_in(ENTRIES, "hello", "blue", CHECK) == CHECK


def test_what_is_expected_of_a_slot_is_what_is_read_of_it() -> None:
    lines = slots.expected("hello", "blue", "cccccccccccc", CHECK)
    after = slots.merge(ENTRIES, lines)
    assert slots.release_in(after, "hello", "blue") == "cccccccccccc"
    assert slots.check_in(after, "hello", "blue", Check("/", "localhost")) == CHECK


@pytest.mark.parametrize("check", [CHECK, None])
def test_of_a_slot_that_is_to_be_down_nothing_is_left(check: Check | None) -> None:
    after = slots.merge(ENTRIES, slots.expected("hello", "green", "", check))
    assert slots.below(after, ["hello/green"]) == []


def test_a_switch_ends_a_canary() -> None:
    trying = slots.merge(ENTRIES, slots.canary("hello", "blue", 10))
    assert slots.of_canaries(trying) == ["hello/canary", "hello/canary/percent"]
    after = slots.merge(trying, slots.switched("hello", "blue", 5))
    assert (slots.of_canaries(after), slots.live(after)["hello"]) == ([], Live("blue", "1f0c3a5e7b9d", 5))


def test_a_canary_of_nothing_takes_it_back() -> None:
    assert slots.merge(slots.canary("hello", "blue", 10), slots.canary("hello", "blue", 0)) == {}


@pytest.mark.parametrize("name", ["canary", "maintenance", "turn"])
def test_an_app_may_be_called_as_a_key_is(name: str) -> None:
    assert slots.of_canaries([name, f"{name}/turn", f"{name}/blue"]) == []


def test_a_difference_of_file_and_memory_is_told_but_for_a_canary() -> None:
    running = {**ENTRIES, **slots.canary("hello", "blue", 10)}
    assert slots.differ(ENTRIES, running) == []
    assert slots.differ({**ENTRIES, "hello/green/path": "/x"}, running) == ["hello/green/path"]
    assert slots.differ({key: ENTRIES[key] for key in ENTRIES if key != "hello"}, running) == ["hello"]


@pytest.mark.parametrize(
    ("known", "lacks"),
    [(ENTRIES, False), ({**ENTRIES, "shop": "blue"}, False), ({}, True), ({**ENTRIES, "hello": "blue"}, True)],
    ids=["the same", "more", "none", "otherwise"],
)
def test_who_has_more_lacks_nothing(known: dict[str, str], lacks: bool) -> None:
    assert slots.lacks(known, ENTRIES) is lacks


class TestBelow:
    """The lines that are taken out with what they stand below."""

    def test_only_the_key_itself_and_what_is_below_it_is_meant(self) -> None:
        keys = ["hello", "hello/blue", "hello/maintenance", "hello/maintenance/192.0.2.7", "hello/maintenance2", "hello-2/maintenance"]
        assert slots.below(keys, ["hello/maintenance"]) == ["hello/maintenance", "hello/maintenance/192.0.2.7"]
        assert slots.below(keys, ["hello"]) == keys[:5]
        assert slots.below(keys, []) == []

    def test_the_lines_of_an_app_are_no_other_s(self) -> None:
        assert slots.of_app({**ENTRIES, "hello-2": "blue", "hello-2/blue": "b"}, "hello") == ENTRIES


class TestMaintenance:
    """An app that is closed."""

    def test_it_has_a_line_and_one_for_each_address(self) -> None:
        closed = slots.closed("hello", "on", ["192.0.2.7", "::1"])
        assert closed == {"hello/maintenance": "on", "hello/maintenance/192.0.2.7": "pass", "hello/maintenance/::1": "pass"}
        assert slots.below(closed, [slots.maintenance("hello")]) == list(closed)

    def test_one_that_is_open_has_none(self) -> None:
        assert slots.closed("hello", "off", []) == {}

    def test_who_does_not_get_it_is_behind(self) -> None:
        assert slots.lacks(ENTRIES, slots.changed("hello", 5))


@pytest.mark.parametrize(("last", "clock", "turn"), [(0, 0, 1), (4, 0, 5), (4, 1000, 1000), (1000, 1000, 1001), (2000, 1000, 2001)])
def test_the_next_turn_is_later_than_any_that_is_known_and_than_the_time_whatever_clocks_say(last: int, clock: int, turn: int) -> None:
    assert slots.next_turn(last, clock) == turn

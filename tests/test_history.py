"""The history: what is added is there after a crash, and one bad line costs no other."""

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.hostler_balancer import history

from roles.balancer.action_plugins import check_slots
from roles.balancer.library import close_run
from tests.samples import run_module


def event(number: int, **more: Any) -> dict[str, Any]:
    """Return an event, told from others by its number."""
    at = f"2026-01-01T00:00:{number:02}Z"
    return {"at": at, "run": "run1", "app": "hello", "event": "switched", "turn": number, "release": "\u00e4", **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a history is to be."""
    return tmp_path / "hostler" / "history.jsonl"


class TestFile:
    """The file on one balancer."""

    def test_what_is_added_is_told_in_its_order(self, path: Path) -> None:
        history.append([event(3), event(1)], path)
        history.append([event(2)], path)
        assert history.recent(9, path) == [event(3), event(1), event(2)]

    def test_only_the_last_are_told(self, path: Path) -> None:
        history.append(map(event, range(5)), path)
        assert history.recent(2, path) == [event(3), event(4)]

    def test_a_new_balancer_has_none(self, path: Path) -> None:
        assert history.recent(9, path) == []

    def test_nothing_to_add_makes_no_file(self, path: Path) -> None:
        history.append([], path)
        assert not path.exists()

    @pytest.mark.parametrize("rest", ['{"at": "2026', "not json\n", "[1]\n", "\n", "\udcff\n"])
    def test_a_line_that_is_not_whole_costs_no_other(self, rest: str, path: Path) -> None:
        history.append([event(1)], path)
        with path.open("a", errors="surrogateescape") as file:
            file.write(rest)
        history.append([event(2)], path)
        assert history.recent(9, path) == [event(1), event(2)]

    def test_a_disk_without_room_for_all_of_it_is_told(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("os.write", lambda file, text: len(text) - 1)
        with pytest.raises(OSError, match="No space left on device.*history"):
            history.append([event(1)], path)

    def test_only_root_and_its_group_may_read_it(self, path: Path) -> None:
        history.append([event(1)], path)
        assert path.stat().st_mode & 0o777 == 0o640


def known(*events: dict[str, Any]) -> dict[str, Any]:
    return {"history": list(events)}


class TestMerged:
    """The history of all balancers as one."""

    def test_what_two_balancers_recorded_a_second_apart_is_told_once(self) -> None:
        balancers = {"balancer1": known(event(1), event(2)), "balancer2": known(event(1), event(2, at="2026-01-01T00:00:03Z"))}
        assert check_slots.history(balancers) == [event(1), event(2)]

    @pytest.mark.parametrize(
        "other",
        [{"run": "run2"}, {"app": "shop"}, {"event": "failed"}, {"turn": 2}, {"balancer": "balancer2"}],
        ids=lambda value: next(iter(value)),
    )
    def test_what_differs_is_told_of_each(self, other: dict[str, Any]) -> None:
        assert len(check_slots.history({"balancer1": known(event(1)), "balancer2": known(event(1, **other))})) == 2

    def test_a_balancer_that_was_away_is_no_hole(self) -> None:
        balancers = {"balancer1": known(event(1), event(4)), "balancer2": known(event(1), event(2), event(3), event(4))}
        assert check_slots.history(balancers) == [event(1), event(2), event(3), event(4)]

    def test_within_a_second_the_switches_tell_the_order(self) -> None:
        """Else what one balancer watched would come after the failure that another saw in that second, and hide it."""
        watched = [event(1, event="watched", balancer=f"balancer{number}") for number in (1, 2)]
        failed = event(1, event="failed", turn=2)
        balancers = {"balancer1": known(watched[0], failed), "balancer2": known(watched[1], failed)}
        assert check_slots.history(balancers) == [*watched, failed]


@pytest.mark.parametrize("check", [False, True])
def test_the_end_of_a_run_adds_what_is_left_to_say(check: bool, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not run_module(close_run, monkeypatch, check, run="run1", events=[event(1)])["failed"]
    assert history.recent(9) == ([] if check else [event(1)])

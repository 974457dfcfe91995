"""``set_slots``, the switch: the file and the running HAProxy, or neither."""

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import record
from ansible_collections.hostler.fleet.plugins.modules import set_slots
from tests.shared.fakes import HAProxy
from tests.shared.samples import run_module
from tests.shared.traffic import ENTRIES, REFUSAL, count, stat

SWITCH = {"hello": "green", "hello/turn": "5", "hello/canary": ""}
Result = dict[str, Any]


def full(*_: object) -> None:
    """Fail as a write to a full disk does."""
    raise OSError("No space left on device")


class TestSwitch:
    """A switch."""

    @pytest.fixture
    def switch(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module, with these options in place of a switch's own."""

        def switch(check: bool = False, **options: Any) -> Result:
            return run_module(set_slots, monkeypatch, check, **{"entries": SWITCH, "run": "one", **options})

        return switch

    def test_it_is_in_both_and_in_the_history(self, balancer: HAProxy, switch: Any) -> None:
        result = switch(events=[{"event": "switched"}])
        assert (result["failed"], result["changed"], result["entries"]) == (False, True, SWITCH)
        assert balancer.entries == slots_map.read(balancer.map) == {**ENTRIES, "hello": "green", "hello/turn": "5"}
        assert record.recent(9) == [{"at": "", "event": "switched"}]

    def test_events_get_the_time_unless_they_have_one(self, balancer: HAProxy, switch: Any) -> None:
        switch(at="now", events=[{"event": "switched"}, {"event": "removed", "at": "then"}])
        assert [event["at"] for event in record.recent(9)] == ["now", "then"]

    def test_again_it_changes_nothing(self, balancer: HAProxy, switch: Any) -> None:
        switch()
        balancer.changes.clear()
        assert not switch()["changed"]
        assert balancer.changes == []

    def test_a_share_of_a_canary_ends_with_it(self, balancer: HAProxy, switch: Any) -> None:
        balancer.entries["hello/canary"] = "green"
        switch()
        assert "hello/canary" not in balancer.entries

    def test_check_mode_changes_nothing_and_says_what_would(self, balancer: HAProxy, switch: Any) -> None:
        result = switch(check=True, run="another")
        assert (result["failed"], result["changed"]) == (False, True)
        assert "+hello green\n" in result["diff"]["prepared"]
        assert (balancer.changes, slots_map.read(balancer.map)) == ([], ENTRIES)

    @pytest.mark.parametrize("refused", ["set hello green", "add hello/turn"], ids=["the first line", "a later one"])
    def test_what_haproxy_refuses_leaves_both_as_they_were(self, refused: str, balancer: HAProxy, switch: Any) -> None:
        balancer.refusal, balancer.refused = REFUSAL, refused
        result = switch(events=[{"event": "switched"}], offline=True)
        assert result["failed"]
        assert REFUSAL in result["msg"]
        assert balancer.entries == slots_map.read(balancer.map) == ENTRIES
        assert record.recent(9) == []

    def test_who_has_lost_the_lock_changes_nothing(self, balancer: HAProxy, switch: Any) -> None:
        result = switch(run="another")
        assert "lost the fleet's lock: ann@desk broke it" in result["msg"]
        assert (balancer.changes, slots_map.read(balancer.map)) == ([], ENTRIES)

    @pytest.mark.parametrize("initial", [True, False], ids=["to begin with", "a switch"])
    def test_an_empty_id_is_no_lock(self, initial: bool, balancer: HAProxy, switch: Any) -> None:
        """As where the task that took the lock has failed: what is passed on from there is nobody's."""
        result = switch(run="", initial=initial, entries={**SWITCH, "shop": "blue"})
        assert "lost the fleet's lock" in result["msg"]
        assert (balancer.changes, slots_map.read(balancer.map)) == ([], ENTRIES)

    @pytest.mark.parametrize("check", [True, False], ids=["in check mode", "for good"])
    def test_without_a_lock_nothing_but_a_beginning_is_made(self, check: bool, balancer: HAProxy, switch: Any) -> None:
        assert switch(check, run=None)["msg"].startswith("run: the fleet's lock is needed to change what is live")
        assert (balancer.changes, slots_map.read(balancer.map)) == ([], ENTRIES)

    @pytest.mark.parametrize("offline", [True, False])
    def test_only_going_back_bears_a_haproxy_that_does_not_run(self, offline: bool, balancer: HAProxy, switch: Any) -> None:
        balancer.end()
        Path(balancer.socket).unlink()
        assert switch(offline=offline)["failed"] is not offline
        assert slots_map.read(balancer.map)["hello"] == ("green" if offline else "blue")

    @pytest.mark.parametrize("offline", [True, False], ids=["going back", "a switch"])
    def test_a_full_disk_is_told_with_what_visitors_get_now(
        self, offline: bool, balancer: HAProxy, switch: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A switch is not begun; who goes back does so for visitors, and the file is of before."""
        monkeypatch.setattr(slots_map, "write", full)
        result = switch(offline=offline, events=[{"event": "switched"}])
        assert (result["failed"], result["msg"]) == (True, "No space left on device")
        assert balancer.entries == ({**ENTRIES, "hello": "green", "hello/turn": "5"} if offline else ENTRIES)
        assert result["stands"].get("hello") == (None if offline else "blue")
        assert (slots_map.read(balancer.map), record.recent(9)) == (ENTRIES, [])

    def test_where_haproxy_is_down_too_the_file_tells(self, balancer: HAProxy, switch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(slots_map, "write", full)
        balancer.end()
        Path(balancer.socket).unlink()
        assert switch(offline=True)["stands"] == ENTRIES

    def test_after_a_refusal_it_is_told_too_but_not_by_who_has_lost_the_lock(self, balancer: HAProxy, switch: Any) -> None:
        """There, another run changes it."""
        balancer.refusal, balancer.refused = REFUSAL, "add hello/turn"
        assert switch()["stands"] == ENTRIES
        assert "stands" not in switch(run="another")

    def test_counters_are_from_just_before_it(self, balancer: HAProxy, switch: Any) -> None:
        balancer.statistics = [stat(blue=(70, 7))]
        found = switch(backends=["hello_blue", "hello_green"])["counters"]
        assert found == {"hello_blue": count(70, 7), "hello_green": count(0)}

    @pytest.mark.parametrize("lacks", [True, False], ids=["lacks a line", "lacks none"])
    def test_lines_to_begin_with_are_for_the_file_alone(self, lacks: bool, balancer: HAProxy, switch: Any) -> None:
        """Configuring must do where HAProxy is down: it may be what puts that right."""
        balancer.end()
        Path(balancer.socket).unlink()
        more = {"shop": "blue"} if lacks else {}
        result = switch(entries={"hello": "green", **more}, initial=True, run=None)
        assert (result["failed"], result.get("changed")) == (False, lacks)
        assert slots_map.read(balancer.map) == {**ENTRIES, **more}

    def test_a_history_that_cannot_be_written_does_not_fail_it(
        self, balancer: HAProxy, switch: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Visitors get the new release by then; a failure would have the run go back, and fail with that as well."""
        monkeypatch.setattr(record, "append", full)
        result = switch(events=[{"event": "switched"}])
        assert (result["failed"], result["changed"], balancer.entries["hello"]) == (False, True, "green")
        assert "cannot be written: No space left on device" in result["warnings"][0]

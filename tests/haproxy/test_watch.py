"""``watch_slot``: what is live now against what was."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, record
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.modules import watch_slot
from tests.shared.fakes import HAProxy
from tests.shared.samples import run_module
from tests.shared.traffic import count, stat

Result = dict[str, Any]


class TestWatch:
    """``watch_slot``: what is live now against what was."""

    @pytest.fixture
    def watch(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module after a switch to green at 100 and 0 requests, with these options in place of its own."""

        def watch(**options: Any) -> Result:
            switched = {"hello_blue": count(100), "hello_green": count(0)}
            given: Result = {"backend": "hello_green", "former": "hello_blue", "balancer": "balancer1", "at": "now"}
            given |= {"switched": switched, "before": {"balancer1": count(0)}, "seconds": 0, "event": {"event": "watched"}}
            given |= {"run": "one", "back": {"hello": "blue", "hello/turn": "9"}, "back_event": {"event": "switched"}}
            return run_module(watch_slot, monkeypatch, **{**given, **options})

        return watch

    def test_both_slots_count_for_the_history_and_all_is_well(self, balancer: HAProxy, watch: Any) -> None:
        balancer.statistics = [stat(blue=(110, 1), green=(50, 2))]
        result = watch()
        assert (result["failed"], result.get("count"), result.get("unlocked")) == (False, count(60, 3), False)
        assert result["down"] == []
        [event] = record.recent(9)
        assert event.items() >= {"event": "watched", "balancer": "balancer1", "at": "now", **count(60, 3)}.items()

    def test_a_part_of_a_watch_records_and_gives_back_nothing_unless_it_finds_fault(self, balancer: HAProxy, watch: Any) -> None:
        balancer.statistics = [stat(blue=(110, 1), green=(50, 2))]
        assert not watch(last=False, unlock=True)["unlocked"]
        assert record.recent(9) == []
        watch(after=4)
        assert record.recent(9)[-1]["seconds"] >= 4
        balancer.statistics = [stat(blue=(100, 0), green=(50, 10))]
        assert watch(last=False)["worse"]
        assert [event["event"] for event in record.recent(9)] == ["watched", "watched", "switched"]

    def test_what_fails_more_than_before_is_gone_back_from_at_once(self, balancer: HAProxy, watch: Any) -> None:
        balancer.statistics = [stat(blue=(100, 0), green=(50, 10))]
        result = watch(seconds=600, unlock=True)
        assert result["msg"] == ("hello_green is worse than what was live: 10 of 50 requests failed, and 0 of 100 requests failed before.")
        watched, back = record.recent(9)
        assert (watched["failed"], back) == (10, {"event": "switched", "at": "now"})
        assert balancer.changes == ["add hello/turn 9"]
        assert slots_map.read(balancer.map)["hello/turn"] == "9"
        assert lock.holder()["id"] == "one"

    @pytest.mark.parametrize(("balancer1", "worse"), [(count(0, 30), True), (count(0, 0), False)], ids=["none failed", "as many failed"])
    def test_each_balancer_is_held_against_what_it_had_itself(
        self, balancer1: dict[str, int], worse: bool, balancer: HAProxy, watch: Any
    ) -> None:
        balancer.statistics = [stat(blue=(100, 30), green=(50, 10))]
        switched = {"hello_blue": count(100, 30), "hello_green": count(0)}
        before = {"balancer1": balancer1, "balancer2": count(0, 30 - balancer1["failed"])}
        assert watch(switched=switched, before=before)["failed"] is worse

    def test_one_check_that_failed_is_not_yet_a_host_that_is_down(self, balancer: HAProxy, watch: Any) -> None:
        shaky = stat(blue=(100, 0), green=(50, 0)).replace("UP,L7OK", "UP 1/2,L7TOUT")
        balancer.statistics = [shaky]
        result = watch()
        assert (result["failed"], result["down"]) == (False, [])

    def test_a_host_that_went_down_is_told_and_is_no_fault_of_the_release(self, balancer: HAProxy, watch: Any) -> None:
        balancer.statistics = [stat(blue=(100, 0), green=(50, 0)).replace("hello_green,web2,UP,L7OK", "hello_green,web2,DOWN,L4TOUT")]
        result = watch()
        assert (result["failed"], result["down"]) == (False, ["web2"])

    def test_a_slot_without_any_web_host_is_told(self, balancer: HAProxy, watch: Any) -> None:
        balancer.statistics = [stat(blue=(100, 0), up=False)]
        assert "no web host is up: web1: DOWN, last check L4CON" in watch()["msg"]

    @pytest.mark.parametrize(("run", "holder"), [("one", {}), ("another", {"id": "one"})])
    def test_its_own_lock_is_given_back_if_all_is_well(self, run: str, holder: dict[str, str], balancer: HAProxy, watch: Any) -> None:
        balancer.statistics = [stat(blue=(100, 0))]
        assert watch(run=run, unlock=True)["unlocked"]
        assert {key: value for key, value in lock.holder().items() if key == "id"} == holder

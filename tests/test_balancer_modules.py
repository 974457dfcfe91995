"""What a balancer is told in a deploy: the gate, the switch, the watch after it, and a canary before it."""

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.hostler_balancer import history, lock, slots
from ansible.module_utils.hostler_balancer.runtime import Refused, Runtime, counters
from ansible.module_utils.hostler_balancer.traffic import since, worse
from hypothesis import given
from hypothesis import strategies as st

from roles.balancer.library import canary_slot, gate_slot, set_slots, watch_slot
from tests.haproxy import HAProxy
from tests.samples import run_module

ENTRIES = {"hello": "blue", "hello/blue": "1f0c3a5e7b9d"}
SWITCH = {"hello": "green", "hello/turn": "5", "hello/canary": ""}
NEW = {"hello/green": "aaaaaaaaaaaa", "hello/green/path": "/status"}
REFUSAL = "Unknown map identifier. Please use #<id> or <file>."


def stat(blue: tuple[int, int] = (0, 0), green: tuple[int, int] = (0, 0), up: bool = True) -> str:
    """Return ``show stat`` with requests and failures of each slot, and whether green has its two web hosts up."""
    lines = ["# pxname,svname,status,check_status,check_code,last_chk,req_tot,hrsp_5xx,", "visitors,FRONTEND,OPEN,,,,99,99,"]
    for slot, (requests, failed) in (("blue", blue), ("green", green)):
        state = "UP,L7OK,200,," if up else "DOWN,L4CON,,Connection refused,"
        lines += [f"hello_{slot},web{number},{state}7,7," for number in (1, 2)]
        lines += [f"hello_{slot},BACKEND,UP,,,,{requests},{failed},"]
    return "\n".join(lines) + "\n"


def count(requests: int, failed: int = 0) -> dict[str, int]:
    return {"requests": requests, "failed": failed}


@pytest.fixture
def balancer(haproxy: HAProxy, files: Path, monkeypatch: pytest.MonkeyPatch) -> HAProxy:
    """Return a HAProxy that has blue live, in memory and in the file, and whose lock the run `one` holds."""
    haproxy.entries = dict(ENTRIES)
    slots.write(haproxy.map, ENTRIES)
    lock.take({"id": "one", "who": "ann@desk", "what": "deploy", "since": "now"})
    for module in (gate_slot, watch_slot, canary_slot):
        monkeypatch.setattr(module, "PAUSE", 0)
    return haproxy


Result = dict[str, Any]


class TestSwitch:
    """``set_slots``: the file and the running HAProxy, or neither."""

    @pytest.fixture
    def switch(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module, with these options in place of a switch's own."""

        def switch(check: bool = False, **options: Any) -> Result:
            given = {"map": str(balancer.map), "socket": balancer.socket, "entries": SWITCH, "run": "one", **options}
            return run_module(set_slots, monkeypatch, check, **given)

        return switch

    def test_it_is_in_both_and_in_the_history(self, balancer: HAProxy, switch: Any) -> None:
        result = switch(events=[{"event": "switched"}])
        assert (result["failed"], result["changed"], result["entries"]) == (False, True, SWITCH)
        assert balancer.entries == slots.read(balancer.map) == {**ENTRIES, "hello": "green", "hello/turn": "5"}
        assert history.recent(9) == [{"event": "switched"}]

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
        assert (balancer.changes, slots.read(balancer.map)) == ([], ENTRIES)

    @pytest.mark.parametrize("refused", ["set hello green", "add hello/turn"], ids=["the first line", "a later one"])
    def test_what_haproxy_refuses_leaves_both_as_they_were(self, refused: str, balancer: HAProxy, switch: Any) -> None:
        balancer.refusal, balancer.refused = REFUSAL, refused
        result = switch(events=[{"event": "switched"}], offline=True)
        assert result["failed"]
        assert REFUSAL in result["msg"]
        assert balancer.entries == slots.read(balancer.map) == ENTRIES
        assert history.recent(9) == []

    def test_who_has_lost_the_lock_changes_nothing(self, balancer: HAProxy, switch: Any) -> None:
        result = switch(run="another")
        assert "lost the fleet's lock: ann@desk broke it" in result["msg"]
        assert (balancer.changes, slots.read(balancer.map)) == ([], ENTRIES)

    @pytest.mark.parametrize("offline", [True, False])
    def test_only_going_back_bears_a_haproxy_that_does_not_run(self, offline: bool, balancer: HAProxy, switch: Any) -> None:
        balancer.end()
        Path(balancer.socket).unlink()
        assert switch(offline=offline)["failed"] is not offline
        assert slots.read(balancer.map)["hello"] == ("green" if offline else "blue")

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
        result = switch(entries={"hello": "green", **more}, initial=True, run="")
        assert (result["failed"], result.get("changed")) == (False, lacks)
        assert slots.read(balancer.map) == {**ENTRIES, **more}

    def test_a_history_that_cannot_be_written_does_not_fail_it(
        self, balancer: HAProxy, switch: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Visitors get the new release by then; a failure would have the run go back, and fail with that as well."""

        def full(_: object) -> None:
            raise OSError("No space left on device")

        monkeypatch.setattr(history, "append", full)
        result = switch(events=[{"event": "switched"}])
        assert (result["failed"], result["changed"], balancer.entries["hello"]) == (False, True, "green")
        assert "cannot be written: No space left on device" in result["warnings"][0]


def test_what_haproxy_has_changed_is_put_back_where_it_refuses_a_later_line(haproxy: HAProxy) -> None:
    """One line added, one set and one taken out before it: each kind is put back."""
    haproxy.entries = {"hello": "blue", "hello/canary": "green", "last": "x"}
    haproxy.refusal, haproxy.refused = REFUSAL, "set last"
    with pytest.raises(Refused, match="HAProxy refused 'set map"):
        Runtime(haproxy.socket).change(haproxy.map, {"hello/turn": "5", "hello": "green", "hello/canary": "", "last": "y"})
    assert haproxy.entries == {"hello": "blue", "hello/canary": "green", "last": "x"}
    assert len(haproxy.changes) == 7


class TestGate:
    """``gate_slot``: this balancer sees the release up."""

    @pytest.fixture
    def gate(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module, with these options in place of a gate's own."""

        def gate(check: bool = False, **options: Any) -> Result:
            given = {"map": str(balancer.map), "socket": balancer.socket, "entries": NEW, "run": "one", "backend": "hello_green"}
            return run_module(gate_slot, monkeypatch, check, **{**given, "servers": ["web1", "web2"], "seconds": 30, **options})

        return gate

    def test_it_waits_until_all_are_up_twice_in_a_row(self, balancer: HAProxy, gate: Any) -> None:
        asked = [stat(up=False), stat(up=True), stat(up=False), stat(up=True), stat(up=True), "never asked for"]
        balancer.statistics = list(asked)
        result = gate()
        assert (result["failed"], result.get("changed")) == (False, True)
        assert balancer.statistics == asked[-1:]
        assert balancer.entries == slots.read(balancer.map) == {**ENTRIES, **NEW}

    def test_what_is_not_up_in_time_is_told(self, balancer: HAProxy, gate: Any) -> None:
        balancer.statistics = [stat(up=False)]
        result = gate(seconds=0, servers=["web1", "web9"])
        assert result["msg"].startswith(
            "This balancer does not see hello_green up after 0 s: web1: DOWN, last check L4CON  Connection refused; "
            "web9: not in HAProxy's configuration. The hosts themselves do, so look at what lies between"
        )

    def test_who_has_lost_the_lock_changes_nothing(self, balancer: HAProxy, gate: Any) -> None:
        assert "lost the fleet's lock" in gate(run="another")["msg"]
        assert (balancer.changes, slots.read(balancer.map)) == ([], ENTRIES)

    def test_check_mode_asks_nothing(self, balancer: HAProxy, gate: Any) -> None:
        balancer.end()
        assert gate(check=True) == {"failed": False, "changed": True}

    def test_a_line_that_another_has_just_added_stays(self, balancer: HAProxy, gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who needs no lock of the fleet, as for maintenance, is only kept apart while the file is read and written."""
        held = lock.held

        def late(run: str) -> Any:
            slots.write(balancer.map, {**slots.read(balancer.map), "hello/maintenance": "on"})
            return held(run)

        monkeypatch.setattr(lock, "held", late)
        balancer.statistics = [stat()]
        gate()
        assert slots.read(balancer.map)["hello/maintenance"] == "on"


class TestCounts:
    """Counters, and what is read from them."""

    def test_a_backend_s_own_row_counts(self, balancer: HAProxy) -> None:
        balancer.statistics = [stat(blue=(70, 7))]
        rows = Runtime(balancer.socket).statistics()
        assert counters(rows, "hello_blue") == count(70, 7)
        assert counters(rows, "unknown") == count(0)

    @pytest.mark.parametrize(
        ("now", "then", "between"),
        [
            (count(10, 2), count(4, 1), count(6, 1)),
            (count(3, 1), count(4, 1), count(3, 1)),
            (count(4, 0), count(4, 1), count(0, 0)),
        ],
        ids=["on", "over a reload", "never less than nothing"],
    )
    def test_what_was_counted_in_between(self, now: dict[str, int], then: dict[str, int], between: dict[str, int]) -> None:
        assert since(now, then) == between

    @pytest.mark.parametrize(
        ("here", "there", "said"),
        [
            (count(10, 2), count(100), False),
            (count(10, 3), count(100), True),
            (count(1000, 10), count(100), False),
            (count(1000, 11), count(100), True),
            (count(100, 21), count(100, 10), False),
            (count(100, 22), count(100, 10), True),
            (count(0, 0), count(0, 0), False),
        ],
        ids=["too few to say", "three", "1 %", "more than 1 %", "twice", "more than twice", "nobody came"],
    )
    def test_worse_is_clearly_worse(self, here: dict[str, int], there: dict[str, int], said: bool) -> None:
        assert worse(here, there) is said

    counts = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(lambda pair: count(max(pair), min(pair)))

    @given(counts)
    def test_nothing_is_worse_than_itself(self, one: dict[str, int]) -> None:
        assert not worse(one, one)

    @given(counts, counts)
    def test_no_two_are_worse_than_each_other(self, one: dict[str, int], other: dict[str, int]) -> None:
        assert not (worse(one, other) and worse(other, one))

    @given(counts, counts, st.integers(0, 10**6))
    def test_more_good_answers_make_nothing_worse(self, one: dict[str, int], other: dict[str, int], more: int) -> None:
        assert worse(one, other) or not worse(count(one["requests"] + more, one["failed"]), other)

    @given(counts, counts)
    def test_what_came_since_is_never_less_than_nothing_nor_more_than_is(self, now: dict[str, int], then: dict[str, int]) -> None:
        assert all(0 <= since(now, then)[key] <= now[key] for key in now)


class TestWatch:
    """``watch_slot``: what is live now against what was."""

    @pytest.fixture
    def watch(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module after a switch to green at 100 and 0 requests, with these options in place of its own."""

        def watch(**options: Any) -> Result:
            switched = {"hello_blue": count(100), "hello_green": count(0)}
            given: Result = {"map": str(balancer.map), "socket": balancer.socket, "backend": "hello_green", "former": "hello_blue"}
            given |= {"switched": switched, "before": count(0), "seconds": 0, "event": {"event": "watched"}}
            given |= {"run": "one", "back": {"hello": "blue", "hello/turn": "9"}, "back_event": {"event": "switched"}}
            return run_module(watch_slot, monkeypatch, **{**given, **options})

        return watch

    def test_both_slots_count_for_the_history_and_all_is_well(self, balancer: HAProxy, watch: Any) -> None:
        balancer.statistics = [stat(blue=(110, 1), green=(50, 2))]
        result = watch()
        assert (result["failed"], result.get("count"), result.get("unlocked")) == (False, count(60, 3), False)
        assert result["down"] == []
        [event] = history.recent(9)
        assert event.items() >= {"event": "watched", **count(60, 3)}.items()

    def test_a_part_of_a_watch_records_and_gives_back_nothing_unless_it_finds_fault(self, balancer: HAProxy, watch: Any) -> None:
        balancer.statistics = [stat(blue=(110, 1), green=(50, 2))]
        assert not watch(last=False, unlock=True)["unlocked"]
        assert history.recent(9) == []
        watch(after=4)
        assert history.recent(9)[-1]["seconds"] >= 4
        balancer.statistics = [stat(blue=(100, 0), green=(50, 10))]
        assert watch(last=False)["worse"]
        assert [event["event"] for event in history.recent(9)] == ["watched", "watched", "switched"]

    def test_what_fails_more_than_before_is_gone_back_from_at_once(self, balancer: HAProxy, watch: Any) -> None:
        balancer.statistics = [stat(blue=(100, 0), green=(50, 10))]
        result = watch(seconds=600, unlock=True)
        assert result["msg"] == ("hello_green is worse than what was live: 10 of 50 requests failed, and 0 of 100 requests failed before.")
        watched, back = history.recent(9)
        assert (watched["failed"], back["event"]) == (10, "switched")
        assert balancer.changes == ["add hello/turn 9"]
        assert slots.read(balancer.map)["hello/turn"] == "9"
        assert lock.holder()["id"] == "one"

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


class TestCanary:
    """``canary_slot``: a share of the requests for a while."""

    @pytest.fixture
    def canary(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module, which gives green ten of a hundred requests."""

        def canary(**options: Any) -> Result:
            given = {"map": str(balancer.map), "socket": balancer.socket, "run": "one", "app": "hello", "slot": "green", "live": "blue"}
            return run_module(canary_slot, monkeypatch, **{**given, "percent": 10, "seconds": 0, "event": {"event": "canary"}, **options})

        return canary

    def test_the_share_is_given_and_taken_back_and_never_in_the_file(self, balancer: HAProxy, canary: Any) -> None:
        balancer.statistics = [stat(blue=(100, 0)), stat(blue=(190, 0), green=(10, 0))]
        result = canary()
        assert (result["failed"], result.get("count")) == (False, count(10))
        assert balancer.changes == [
            "add hello/canary green",
            "add hello/canary/percent 10",
            "del hello/canary",
            "del hello/canary/percent",
        ]
        assert slots.read(balancer.map) == balancer.entries == ENTRIES

    def test_a_worse_one_is_told_at_once_and_gets_no_more(self, balancer: HAProxy, canary: Any) -> None:
        balancer.statistics = [stat(blue=(100, 0)), stat(blue=(190, 0), green=(10, 5))]
        result = canary(seconds=600)
        assert result["msg"] == (
            "The canary is worse than what is live: 5 of 10 requests failed, and 0 of 90 requests failed on the live slot."
        )
        assert balancer.entries == ENTRIES

    def test_a_reload_that_forgets_it_does_not_end_it(self, balancer: HAProxy, canary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """As when a certificate is renewed meanwhile: its share would be tried no more, and the release be taken for good."""
        balancer.statistics = [stat(), stat(), stat(blue=(90, 0), green=(10, 5))]
        monkeypatch.setattr("time.sleep", lambda _: balancer.entries.pop("hello/canary"))
        canary(seconds=600)
        assert balancer.changes == [
            "add hello/canary green",
            "add hello/canary/percent 10",
            "add hello/canary green",
            "del hello/canary/percent",
        ]

    def test_what_was_counted_before_a_reload_counts(self, balancer: HAProxy, canary: Any) -> None:
        """Two failures before it and two after it are more than an app may have now and then."""
        balancer.statistics = [stat(), stat(blue=(90, 0), green=(10, 2)), stat(blue=(50, 0), green=(5, 2))]
        assert "4 of 15 requests failed, and 0 of 140 requests failed on the live slot" in canary(seconds=600)["msg"]

    @pytest.mark.parametrize(("requests", "warned"), [(0, True), (1, False)])
    def test_a_canary_that_nobody_has_tried_is_told(self, requests: int, warned: bool, balancer: HAProxy, canary: Any) -> None:
        balancer.statistics = [stat(), stat(green=(requests, 0))]
        result = canary()
        assert (result["failed"], "had no request" in str(result.get("warnings"))) == (False, warned)

    def test_who_has_lost_the_lock_gives_it_nothing(self, balancer: HAProxy, canary: Any) -> None:
        assert "lost the fleet's lock" in canary(run="another")["msg"]
        assert balancer.changes == []

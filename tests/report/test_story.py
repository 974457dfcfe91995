"""The story made of the balancers' events."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils import history
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.report.story import cells, story, told
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer, silent
from tests.shared.judged import NEW, OLD, SWITCHED, balancer, event


def watched(run: str, balancer: str, requests: int, failed: int) -> dict[str, Any]:
    """Return a balancer's counts."""
    return {**event(run, "watched"), "balancer": balancer, "requests": requests, "failed": failed}


class TestHistory:
    """The story made of the balancers' events."""

    def test_counts_are_added_up_over_balancers(self) -> None:
        [one] = story([event("r1", "switched"), watched("r1", "balancer1", 100, 1), watched("r1", "balancer2", 50, 2)])
        assert (one["verb"], one["ended"], one["failed"], one["requests"], one["bad"]) == ("deploy", "live", 3, 150, False)

    def test_what_was_not_watched_has_no_counts(self) -> None:
        [one] = story([event("r1", "switched")])
        assert (one["failed"], one["requests"]) == (None, None)
        assert cells([one])[1][7] == ""

    def test_one_event_with_the_times_of_two_balancers_is_one_entry(self) -> None:
        assert len(story([event("r1", "switched"), event("r1", "switched", at="2026-11-22T16:00:02Z")])) == 1

    def test_a_deploy_that_failed_before_the_switch_says_why(self) -> None:
        [one] = story([event("r1", "failed", why="it does not import")])
        assert (one["ended"], one["why"], one["release"]) == ("failed", "it does not import", NEW)
        assert cells([one])[1][8] == "failed: it does not import"

    def test_a_deploy_that_was_switched_back_is_one_entry_and_its_release_bad(self) -> None:
        back = event("r1", "switched", verb="switch back", turn=11, release=OLD, bad=NEW, **{"from": NEW})
        [one] = story([event("r1", "switched"), watched("r1", "balancer1", 9, 9), back, event("r1", "failed", turn=11, why="worse")])
        assert (one["verb"], one["release"], one["ended"], one["bad"], one["failed"]) == ("deploy", NEW, "switched back", True, 9)

    def test_a_release_that_was_left_by_going_back_is_bad_until_it_is_live_again(self) -> None:
        events = [event("r1", "switched"), event("r2", "switched", verb="rollback", release=OLD, bad=NEW, **{"from": NEW})]
        assert [one["bad"] for one in story(events)] == [True, False]
        assert [row[3] for row in cells(story(events))[1:]] == [f"{NEW} (bad)", OLD]
        assert [one["bad"] for one in story([*events, event("r3", "switched")])] == [False, False, False]

    def test_what_was_bad_before_an_app_was_removed_is_so_no_more(self) -> None:
        """Its turns begin anew then, and the same source gives the same release."""
        bad = event("r2", "switched", verb="rollback", release=OLD, bad=NEW, **{"from": NEW})
        again = event("r4", "switched", turn=1)
        told = story([event("r1", "switched"), bad, event("r3", "removed", verb="remove"), again])
        assert {one["bad"] for one in told} == {False}

    def test_what_became_of_its_data_is_told_too(self) -> None:
        moved = history.moved("r2", "ann@desk", "2026-11-22T16:00:02Z", "hello", "db1", "db2")
        restored = history.restored("r3", "ann@desk", "2026-11-22T16:00:03Z", "hello", "latest")
        closed = history.maintenance("r4", "ann@desk", "2026-11-22T16:00:04Z", "hello", "on", [])
        told = story([event("r1", "switched"), moved, moved, restored, closed])
        assert [(one["verb"], one["release"], one["from"], one["ended"], one["bad"]) for one in told] == [
            ("deploy", NEW, OLD, "live", False),
            ("failover", "", "db1", "moved to db2", False),
            ("restore", "", "", "brought back to latest", False),
        ]
        assert cells(told)[2] == ["2026-11-22 16:00:02", "hello", "failover", "", "db1", "", "ann@desk", "", "moved to db2"]

    def test_the_newest_are_last_and_older_ones_left_out(self) -> None:
        events = [event("r3", "switched"), event("r1", "switched"), event("r2", "switched"), event("r4", "switched", app="other")]
        assert [one["run"] for one in story(events, count=2)] == ["r3", "r4"]
        assert [one["run"] for one in story(events, app="hello")] == ["r1", "r2", "r3"]

    def test_what_is_no_event_is_passed_over(self) -> None:
        assert story([{}, {"app": "hello"}, watched("r1", "balancer1", 1, 0) | {"verb": ""}]) == []

    def test_a_commit_is_told_short_and_with_a_sign_for_more_than_it(self) -> None:
        assert cells(story([event("r1", "switched")]))[1][5] == "0123456789+"
        assert cells(story([event("r1", "switched", dirty="")]))[1][5] == "0123456789"

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from(["", "a", "b", "c"]))))
    def test_bad_is_what_a_plan_takes_for_bad(self, done: list[tuple[str, str, str]]) -> None:
        events = [
            {**SWITCHED, "run": f"r{turn}", "at": f"{turn:03}", "turn": turn, "release": release, "from": left, "bad": bad}
            for turn, (release, left, bad) in enumerate(done)
        ]
        entries = story(events, count=100)
        assert {one["release"] for one in entries if one["bad"]} == history.bad(events) & {event["release"] for event in events}


def balancers(*events: Json) -> dict[str, Balancer]:
    """Return what a balancer says that knows these events."""
    return {"balancer1": Balancer.of({**balancer(), "history": list(events)})}


class TestTold:
    """What is told of it."""

    def test_what_is_known_is_told(self) -> None:
        said = told(balancers(event("r1", "switched")), {}, "", 20)
        assert (said["lines"], said["report"]["silent"], len(said["report"]["entries"])) == ([], [], 1)
        assert said["tables"] == [cells(said["report"]["entries"])]

    def test_who_did_not_answer_is_told(self) -> None:
        said = told(balancers(event("r1", "switched")), {"balancer2": "gone"}, "", 20)
        assert said["lines"] == ["balancer2 did not answer; this is what the others know."]
        assert said["report"]["silent"] == ["balancer2"]

    def test_where_none_answers_there_is_no_story(self) -> None:
        with pytest.raises(Refused, match="No balancer answers. balancer1: gone away"):
            told({}, silent({"balancer1": {"msg": "gone\n away"}}), "", 20)

    def test_an_app_that_nobody_knows_is_told_with_those_that_there_are(self) -> None:
        with pytest.raises(Refused) as refused:
            told(balancers(event("r1", "switched")), {}, "shop", 20)
        assert str(refused.value) == "app: nothing is known of 'shop'; there is hello."

    def test_before_the_first_deploy_there_is_none(self) -> None:
        assert told(balancers(), {}, "", 20)["lines"] == ["Nothing was deployed yet."]

"""A fleet held against its map and its inventory: each kind of drift is told."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import judge
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Served
from ansible_collections.hostler.fleet.plugins.module_utils.said import Kept
from tests.shared.judged import DRIFTS, HOLDER, NEW, Fleet, map_line, never_deployed


def test_a_fleet_that_is_well_has_no_problem() -> None:
    assert Fleet().judged().problems == []


@pytest.mark.parametrize(("change", "said"), DRIFTS.values(), ids=DRIFTS)
def test_each_kind_of_drift_is_told_in_one_sentence(change: Callable[[Fleet], object], said: list[str]) -> None:
    fleet = Fleet()
    change(fleet)
    assert fleet.judged().problems == said


def test_the_page_s_certificate_is_held_as_an_app_s_is() -> None:
    page = Served("fleet.example.org", ["fleet.example.org"], False, "selfsigned", "")
    assert Fleet().judged([page]).problems == [
        f"{name} has no certificate of fleet.example.org; run site.yml." for name in ("balancer1", "balancer2")
    ]
    assert "fleet.example.org" not in Fleet().judged([page]).apps


@pytest.mark.parametrize(
    "change",
    [
        lambda fleet: fleet.web["web1"]["apps"]["hello"]["blue"].update(active="inactive", runs=""),
        lambda fleet: fleet.web["web1"]["apps"]["hello"]["blue"].update(release="", changed=None),
        lambda fleet: fleet.web["web1"]["apps"]["hello"]["green"].update(changed=None),
        lambda fleet: fleet.compared.update(balancer1={}),
    ],
    ids=["a standby that is down", "an empty standby", "a release from before there was a list", "files not looked at"],
)
def test_what_is_no_drift(change: Callable[[Fleet], object]) -> None:
    fleet = Fleet()
    change(fleet)
    assert fleet.judged().problems == []


def test_a_changed_release_in_both_slots_is_one_problem() -> None:
    fleet = Fleet()
    for said in fleet.balancers.values():
        map_line(said, "hello/blue", NEW)
    for slot in fleet.web["web1"]["apps"]["hello"].values():
        slot.update(release=NEW, runs=NEW, changed=["app"])
    assert len(fleet.judged().problems) == 1


def test_what_is_live_is_told_with_its_numbers_of_all_balancers() -> None:
    report = Fleet().judged()
    assert report.apps["hello"].json() == {
        "slot": "green",
        "release": NEW,
        "turn": 4,
        "since": "2026-11-22T16:57:02Z",
        "by": "ann@desk",
        "verb": "deploy",
        "commit": "0123456789abcdef",
        "rate": 12,
        "requests": 400,
        "failed": 10,
        "used": 8,
        "places": 64,
    }


@pytest.mark.parametrize(("used", "told"), [(25, False), (26, True), (32, True)])
def test_places_that_are_nearly_all_in_use_on_one_balancer_are_told_and_are_no_problem(used: int, told: bool) -> None:
    """Who comes to that balancer finds none, whatever the others have left; a standby's are nobody's matter."""
    fleet = Fleet()
    of_one = fleet.balancers["balancer2"]["loads"]
    of_one["hello_blue"] = {"web1": {**of_one["hello_green"]["web1"], "used": 16}}
    of_one["hello_green"]["web1"]["used"], of_one["hello_green"]["web2"]["used"] = 16, used - 16
    report = fleet.judged()
    assert report.problems == []
    assert [warning.partition(";")[0] for warning in report.warnings] == [f"balancer2: {used} of the 32 places of hello are in use"] * told


@pytest.mark.parametrize(("used", "told"), [(159, False), (160, True)])
def test_connections_that_are_nearly_all_in_use_are_told_and_are_no_problem(used: int, told: bool) -> None:
    fleet = Fleet()
    fleet.data(used=used)
    report = fleet.judged()
    assert report.problems == []
    assert [warning.partition(";")[0] for warning in report.warnings] == [
        f"db1: {used} of the 200 connections that PostgreSQL allows are in use"
    ] * told


def test_a_host_with_the_data_that_does_not_answer_is_judged_by_nothing_else() -> None:
    fleet = Fleet()
    DRIFTS["what has the data is away"][0](fleet)
    report = fleet.judged()
    assert (report.databases, report.hosts["db1"].differ) == ({}, None)


@pytest.mark.parametrize(
    ("change", "primary", "standbys"),
    [
        (lambda fleet: None, "", []),
        (lambda fleet: fleet.data(), "db1", []),
        (lambda fleet: [fleet.data(), fleet.away("db1")], "db1", []),
        (lambda fleet: fleet.two(), "db1", ["db2"]),
        (DRIFTS["one follows the other after a failover"][0], "db2", ["db1"]),
        (DRIFTS["who is followed is away, and writes"][0], "db1", ["db2"]),
        (DRIFTS["who was followed is away since another one took over"][0], "db2", ["db1"]),
        (DRIFTS["of who is followed nothing can be told"][0], "db1", ["db2"]),
        (lambda fleet: [fleet.two(), fleet.away("db1"), fleet.away("db2")], "db1", ["db2"]),
    ],
)
def test_which_host_is_written_to_is_told_beside_those_that_follow(
    change: Callable[[Fleet], object], primary: str, standbys: list[str]
) -> None:
    fleet = Fleet()
    change(fleet)
    report = fleet.judged()
    assert (report.primary, report.standbys) == (primary, standbys)


def test_without_places_nothing_is_full() -> None:
    fleet = Fleet()
    for said in fleet.balancers.values():
        said["loads"]["hello_green"] = {"web1": {"rate": 0, "requests": 0, "failed": 0, "used": 0, "places": 0}}
    assert fleet.judged().warnings == []


def test_once_per_fleet_is_on_the_first_host_that_has_the_release() -> None:
    fleet = Fleet()
    moved = fleet.unit("web1", "report")
    fleet.unit("web2", "report").update(moved)
    fleet.web["web1"]["units"]["hello"] = []
    assert fleet.judged().problems == []


@pytest.mark.parametrize(
    "drift",
    ["a worker follows another release", "a job is not there", "a worker is left over", "a cold standby is warm", "out of rotation"],
)
def test_what_a_run_at_work_makes_fit_is_no_problem(drift: str) -> None:
    """A worker may take its time to end, and a canary in a cold standby takes as long as it is meant to."""
    fleet = Fleet()
    DRIFTS[drift][0](fleet)
    fleet.balancers["balancer1"]["holder"] = HOLDER
    assert fleet.judged().problems == []


def test_a_worker_that_is_down_is_a_problem_whoever_is_at_work() -> None:
    change, said = DRIFTS["a worker is stopped"]
    fleet = Fleet()
    change(fleet)
    fleet.balancers["balancer1"]["holder"] = HOLDER
    assert fleet.judged().problems == said


def test_who_holds_the_lock_is_told_once_and_without_what_only_a_run_needs() -> None:
    fleet = Fleet()
    for said in fleet.balancers.values():
        said["holder"] = HOLDER
    report = fleet.judged()
    assert [lock.json() for lock in report.locks] == [{"who": "ann@desk", "what": "deploy", "since": "2026-11-22T16:57:02+00:00"}]
    assert report.problems == []


def test_an_app_that_was_never_deployed_has_nothing_live_and_no_problem() -> None:
    report = never_deployed().judged()
    assert report.problems == []
    assert (report.apps["hello"].slot, {row.is_ for row in report.slots}) == ("", {""})


class TestBackups:
    """What is kept of the data, and whether that was seen to be good."""

    NOW = datetime(2026, 11, 28, 12, tzinfo=timezone(timedelta()))

    def told(self, drill: Json | None = None, days: float = 0.5, **more: Any) -> list[str]:
        """Return what is said of a host whose newest backup is so many days old, and the first one twenty."""
        ages = [20.0, days]
        backups = [{"label": "F", "kind": "full", "at": self.NOW.timestamp() - age * 86400, "size": 1, "damaged": False} for age in ages]
        said = {"here": True, "wrong": "", "backups": backups, "drill": drill or self.drill(), **more}
        return list(judge.of_backups({"backup1": Kept.of(said)}, self.NOW))

    def drill(self, days: float = 3, wrong: str = "") -> Json:
        """Return what came of a drill, and when one last succeeded; never, where that is negative."""
        return {"wrong": wrong, "succeeded": 0 if days < 0 else int(self.NOW.timestamp() - days * 86400), "databases": {}}

    def test_what_is_young_and_proven_is_no_problem(self) -> None:
        assert self.told() == []

    @pytest.mark.parametrize(
        ("more", "begins"),
        [
            ({"days": 2.1}, "backup1: the newest backup is of 2026-11-26"),
            ({"backups": []}, "backup1 has no backup of the data yet"),
            ({"here": False, "backups": [], "drill": None}, "backup1 keeps nothing of the fleet's data yet"),
            ({"wrong": "pgBackRest: no", "backups": []}, "backup1: what it keeps cannot be read: pgBackRest: no"),
        ],
    )
    def test_what_is_not_there_or_old_is_told(self, more: Json, begins: str) -> None:
        [line] = self.told(**more)
        assert line.startswith(begins)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({}, []),
            ({"backups": []}, ["backup1 has no backup of the data in the bucket yet; see 'journalctl -u hostler-backup-s3@full' there."]),
            ({"wrong": "NoSuchBucket", "backups": []}, ["backup1: what it keeps in the bucket cannot be read: NoSuchBucket"]),
        ],
    )
    def test_a_bucket_is_told_of_beside(self, changes: Json, said: list[str]) -> None:
        good = {"wrong": "", "backups": [{"at": self.NOW.timestamp() - 3600}], "drill": None}
        assert self.told(s3={**good, **changes}) == said

    def test_of_a_bucket_a_month_s_drill_is_enough(self) -> None:
        kept: Json = {"wrong": "", "backups": [{"at": self.NOW.timestamp() - 3600}], "drill": self.drill(days=39)}
        assert self.told(s3=kept) == []
        [said] = self.told(s3={**kept, "drill": self.drill(days=41)})
        assert said.startswith("backup1: no restore drill of the bucket has succeeded since ")
        assert said.endswith("see 'journalctl -u hostler-drill-s3' there.")

    def test_a_drill_that_failed_or_is_old_or_never_was_is_told(self) -> None:
        assert self.told(self.drill(wrong="it is damaged"))[0].startswith("backup1: the restore drill failed: it is damaged;")
        assert self.told(self.drill(days=11))[0].startswith("backup1: no restore drill has succeeded since 2026-11-17")
        # Never, and the first backup is of twenty days ago
        assert self.told(self.drill(days=-1))[0].startswith("backup1: no restore drill has succeeded since 2026-11-08")

    def test_a_host_that_has_not_answered_says_why(self) -> None:
        told = judge.of_backups({"backup1": Kept.of({"msg": "no way"})}, self.NOW)
        assert list(told) == ["backup1: what it keeps cannot be read: no way"]

"""What is told of the fleet: lines, and tables."""

from collections.abc import Callable

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.report import status
from tests.shared.judged import DRIFTS, HOLDER, NEW, OLD, Fleet, never_deployed

Change = Callable[[Fleet], object]
WRITTEN = "PostgreSQL 17.6 answers, apps write to it; 12 of 200 connections in use."


def test_the_table_has_a_row_for_each_slot() -> None:
    heads, blue, green, *_ = status.cells(Fleet().judged())
    assert heads == [head for head in status.HEADS if head != "secrets"]
    assert blue == ["web1", "hello", "blue", OLD, "standby", "2026-11-22 16:56", "2", "40 M", "0", "0 of 0", "ok", "up"]
    assert green == ["web1", "hello", "green", NEW, "live", "2026-11-22 16:56", "2", "40 M", "6", "2 of 200", "ok", "up"]


def test_secrets_have_a_column_where_there_are_some() -> None:
    fleet = Fleet()
    fleet.web["web1"]["apps"]["hello"]["green"]["secrets"] = "one"
    report = fleet.judged()
    assert [row[8] for row in status.cells(report)] == ["secrets", "", "one", "", ""]
    assert report.problems == []


def test_jobs_and_workers_have_a_table_of_their_own() -> None:
    """What runs once per fleet is not told of the other hosts."""
    assert status.unit_cells(Fleet().judged()) == [
        status.UNIT_HEADS,
        ["web1", "hello", "mail", "worker", NEW, "active", "2026-11-22 16:56", ""],
        ["web1", "hello", "report", "job", NEW, "waits", "2026-11-22 16:56", "2026-11-23 03:00"],
        ["web2", "hello", "mail", "worker", NEW, "active", "2026-11-22 16:56", ""],
    ]


def test_a_host_that_does_not_answer_is_a_row() -> None:
    fleet = Fleet()
    fleet.web["web2"] = {"msg": "gone"}
    rows = status.cells(fleet.judged())
    assert [(row[0], row[10]) for row in rows if row[0] == "web2"] == [("web2", "no answer")]
    assert sum(row[0] == "web1" for row in rows) == 2


def test_balancers_that_see_otherwise_are_named() -> None:
    assert status.seen_by({"balancer1": "", "balancer2": "DOWN"}) == "balancer1 up, balancer2 down"
    assert status.seen_by({"balancer1": "", "balancer2": None}) == "balancer1 up, balancer2 ?"
    assert status.seen_by({"balancer1": "", "balancer2": ""}) == "up"


@pytest.mark.parametrize("change", [change for change, _ in DRIFTS.values()], ids=DRIFTS)
def test_whatever_is_wrong_the_tables_have_a_cell_in_each_column(change: Callable[[Fleet], object]) -> None:
    fleet = Fleet()
    change(fleet)
    report = fleet.judged()
    assert len({len(row) for row in status.cells(report)}) == 1
    assert all(len(row) == len(status.UNIT_HEADS) for row in status.unit_cells(report))
    assert all(isinstance(line, str) for line in status.lines(report))


def test_an_app_that_was_never_deployed_has_empty_slots() -> None:
    report = never_deployed().judged()
    assert list(status.lines(report)) == ["hello was never deployed."]
    assert {(row[4], row[10]) for row in status.cells(report)[1:]} == {("", "empty")}


def test_what_is_live_is_told_in_a_line() -> None:
    report = Fleet().judged()
    [line] = status.lines(report)
    told = "12 requests/s, 10 of 400 failed, 8 of 64 places in use."
    assert line == f"hello: {NEW} is live in green since 2026-11-22 16:57 UTC, by ann@desk (deploy); {told}"


@pytest.mark.parametrize(("answers", "told"), [(True, ["db1: PostgreSQL 17.6 answers; 12 of 200 connections in use."]), (False, [])])
def test_how_postgresql_does_is_told_in_a_line_where_it_answers(answers: bool, told: list[str]) -> None:
    fleet = Fleet()
    fleet.data(answers=answers)
    _, *lines = status.lines(fleet.judged())
    assert lines == told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda fleet: fleet.two(lag=7), [f"db1: {WRITTEN}", "db2 follows db1 (7 s behind)."]),
        (lambda fleet: fleet.two(streams=False), [f"db1: {WRITTEN}", "db2 follows db1 by the archive alone."]),
        (lambda fleet: fleet.two(answers=False), [f"db1: {WRITTEN}"]),
        (lambda fleet: fleet.two(unmade=True, answers=False), [f"db1: {WRITTEN}"]),
        (lambda fleet: [fleet.two(), fleet.away("db1")], ["db2 follows db1 (0 s behind)."]),
        (lambda fleet: [fleet.two(), fleet.away("db2")], [f"db1: {WRITTEN}"]),
        (DRIFTS["one follows the other after a failover"][0], ["db1 follows db2 (0 s behind).", f"db2: {WRITTEN.replace('12', '0')}"]),
        (DRIFTS["who was followed is away since another one took over"][0], [f"db2: {WRITTEN.replace('12', '0')}"]),
        (DRIFTS["of who is followed nothing can be told"][0], ["db2 follows db1 (0 s behind)."]),
        (DRIFTS["nobody takes writes"][0], ["db1 follows by the archive alone.", "db2 follows db1 by the archive alone."]),
    ],
)
def test_of_two_hosts_with_the_data_it_is_told_who_is_written_to_and_who_follows(change: Change, told: list[str]) -> None:
    fleet = Fleet()
    change(fleet)
    _, *lines = status.lines(fleet.judged())
    assert lines == told


def test_a_host_with_the_data_that_does_not_answer_is_a_row_too() -> None:
    fleet = Fleet()
    DRIFTS["what has the data is away"][0](fleet)
    assert status.cells(fleet.judged())[-1][0] == "db1"


def test_what_is_nearly_full_is_told_last() -> None:
    fleet = Fleet()
    fleet.balancers["balancer1"]["loads"]["hello_green"]["web1"].update(used=16, places=16)
    fleet.balancers["balancer1"]["loads"]["hello_green"]["web2"].update(used=0, places=0)
    *_, line = status.lines(fleet.judged())
    assert line.startswith("WARNING: balancer1: 16 of the 16 places of hello are in use; ")


def test_processes_that_ended_for_want_of_memory_are_told_and_are_no_problem_by_themselves() -> None:
    """They have been replaced by now."""
    fleet = Fleet()
    fleet.web["web2"]["apps"]["hello"]["green"]["killed"] = 3
    report = fleet.judged()
    _, line = status.lines(report)
    assert line.startswith(
        "web2: of hello's processes in green, 3 had to end since 2026-11-22 16:56 UTC, because its memory was used up; raise 'memory'"
    )
    assert report.problems == []


def test_who_holds_the_lock_is_told() -> None:
    fleet = Fleet()
    for said in fleet.balancers.values():
        said["holder"] = HOLDER
    *_, line = status.lines(fleet.judged())
    assert line == "ann@desk holds the fleet's lock since 2026-11-22T16:57:02+00:00, for deploy."

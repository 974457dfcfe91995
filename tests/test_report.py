"""What is told of the fleet and of its past: each kind of drift, the table, the JSON; and what a release is held against."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.hostler_balancer import runtime
from ansible.module_utils.hostler_release import assets, bundle, manifest, units
from ansible.module_utils.hostler_release.host import App
from hypothesis import given
from hypothesis import strategies as st

from roles.balancer.action_plugins import check_slots
from roles.balancer.library import compare_files, read_slots
from roles.release.action_plugins import plan_releases
from roles.release.library import see_slots, stage_release
from roles.report.action_plugins import judge_fleet, print_report, tell_history, tell_status
from tests.samples import ROOT, app, write

OLD, NEW = "1f0c3a5e7b9d", "aaaaaaaaaaaa"
ENTRIES = {"hello": "green", "hello/turn": "4", "hello/blue": OLD, "hello/green": NEW}
HOLDER = {"id": "5", "who": "ann@desk", "what": "deploy", "since": "2026-11-22T16:57:02+00:00", "pid": "7", "machine": "m", "born": "1"}
SWITCHED = {"run": "r1", "app": "hello", "at": "2026-11-22T16:57:02Z", "event": "switched", "verb": "deploy", "by": "ann@desk", "turn": 4}
SWITCHED |= {"release": NEW, "from": OLD, "slot": "green", "commit": "0123456789abcdef", "dirty": True, "bad": ""}
Said = dict[str, Any]
Change = Callable[[Said], object]


def balancer() -> Said:
    """Return what ``read_slots`` says of a balancer that is well."""
    load = {"rate": 3, "requests": 100, "failed": 1}
    return {
        "entries": dict(ENTRIES),
        "live": read_slots.live(ENTRIES),
        "ports": {"hello_blue": 5001, "hello_green": 5002},
        "names": {"hello.example.org": "hello"},
        "runs": True,
        "wrong": [],
        "behind": False,
        "differ": [],
        "servers": {"hello_blue": {"web1": "", "web2": ""}, "hello_green": {"web1": "", "web2": ""}},
        "counters": {"hello_blue": {"requests": 0, "failed": 0}, "hello_green": {"requests": 200, "failed": 5}},
        "loads": {"hello_green": {"web1": dict(load), "web2": dict(load)}},
        "history": [SWITCHED],
        "holder": {},
    }


def unit(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return what ``see_slots`` says of a job or worker that is well."""
    times = {"since": "2026-11-22T16:56:50Z", "next": "2026-11-23T03:00:00Z" if kind == "job" else ""}
    state = {"once": False, "wanted": True, "release": NEW, "changed": False, "active": "active", "result": "success"}
    return {"name": name, "kind": kind, **state, **times, **more}


def web() -> Said:
    """Return what ``see_slots`` says of a web host that is well."""
    slot = {
        "wrong": "",
        "active": "active",
        "since": "2026-11-22T16:56:50Z",
        "processes": 2,
        "memory": 40 * 2**20,
        "secrets": "",
        "changed": [],
    }
    return {
        "apps": {"hello": {"blue": {**slot, "release": OLD, "runs": OLD}, "green": {**slot, "release": NEW, "runs": NEW}}},
        "units": {"hello": [unit("mail", "worker"), unit("report", "job", once=True)]},
    }


class Fleet:
    """A fleet that is well; a test changes what its hosts say."""

    def __init__(self) -> None:
        """Begin with two balancers and two web hosts."""
        self.balancers = {"balancer1": balancer(), "balancer2": balancer()}
        self.web = {"web1": web(), "web2": web()}
        # What runs once is the first host's
        self.unit("web2", "report").update(release="", active="inactive", result="", since="", next="")
        self.compared: dict[str, Said] = {host: {"differ": []} for host in (*self.balancers, *self.web)}

    def unit(self, host: str, name: str) -> dict[str, Any]:
        """Return what a host says of a job or worker."""
        found: dict[str, Any] = next(row for row in self.web[host]["units"]["hello"] if row["name"] == name)
        return found

    def judged(self) -> dict[str, Any]:
        """Return the report on it."""
        apps = [app(hosts=["hello.example.org"])]
        told = {host: said for host, said in self.balancers.items() if "entries" in said}
        entries = check_slots.start(apps, told)
        known = {
            "entries": entries,
            "problems": list(check_slots.problems(apps, told)),
            "behind": check_slots.behind(entries, told),
            "history": check_slots.history(told),
        }
        args = {"apps": apps, "known": known, "balancers": self.balancers, "web": self.web, "compared": self.compared}
        return judge_fleet.judge(args, "2026-11-22T17:00:00Z")


def map_line(said: Said, key: str, value: str) -> None:
    """Set a line of a balancer's map, in file and memory."""
    said["entries"][key] = value
    said["live"] = read_slots.live(said["entries"])


LIVE = "the live slot green of hello"
DRIFTS: dict[str, tuple[Callable[[Fleet], object], list[str]]] = {
    "another release is linked": (
        lambda fleet: fleet.web["web2"]["apps"]["hello"]["green"].update(release=OLD, runs=OLD),
        [f"web2: {LIVE} links {OLD}, and the map names {NEW}; run site.yml."],
    ),
    "no release is linked": (
        lambda fleet: fleet.web["web2"]["apps"]["hello"]["green"].update(release="", active="inactive"),
        [f"web2: {LIVE} links no release, and the map names {NEW}; run site.yml."],
    ),
    "another release answers": (
        lambda fleet: fleet.web["web1"]["apps"]["hello"]["green"].update(runs=OLD),
        [f"web1: {LIVE} links {NEW}, but {OLD} answers; run site.yml."],
    ),
    "stopped": (
        lambda fleet: fleet.web["web1"]["apps"]["hello"]["green"].update(active="inactive", runs=""),
        [f"web1: {LIVE} is inactive; see 'journalctl -u hello@green' there, or run site.yml."],
    ),
    "former secrets are held": (
        lambda fleet: [fleet.web["web1"]["apps"]["hello"][slot].update(secrets=name) for slot, name in (("blue", "one"), ("green", "two"))],
        ["web1: the standby of hello still holds the former secrets one; run deploy.yml."],
    ),
    "unwell": (
        lambda fleet: fleet.web["web1"]["apps"]["hello"]["green"].update(wrong="GET /status answered 503, not 200"),
        [f"web1: {LIVE} is not healthy: GET /status answered 503, not 200; see 'journalctl -u hello@green' there."],
    ),
    "well, but not for a balancer": (
        lambda fleet: fleet.balancers["balancer2"]["servers"]["hello_green"].update(web1="DOWN, last check L4TOUT"),
        [f"balancer2: {LIVE} is not up on web1, though it is healthy there: DOWN, last check L4TOUT."],
    ),
    "out of rotation": (
        lambda fleet: [servers.update(web1="MAINT") for servers in fleet.balancers["balancer2"]["servers"].values()],
        [
            "balancer2: web1 is out of rotation in hello_blue, hello_green; unless a run of patch.yml is at work, run it again, or any "
            "other verb that takes the lock: that puts it back."
        ],
    ),
    "not known to a balancer": (
        lambda fleet: fleet.balancers["balancer2"]["servers"]["hello_green"].pop("web1"),
        [f"balancer2: {LIVE} is not up on web1, though it is healthy there: not in HAProxy's configuration."],
    ),
    "balancers disagree": (
        lambda fleet: map_line(fleet.balancers["balancer2"], "hello", "blue"),
        [
            f"The balancers disagree on hello: balancer1 serves green {NEW}, balancer2 serves blue {OLD} (slot, release). On those that "
            "are wrong, set the line 'hello <slot>' in /etc/haproxy/slots.map and run 'systemctl reload haproxy'; then run this again."
        ],
    ),
    "a balancer is behind": (
        lambda fleet: map_line(fleet.balancers["balancer2"], "hello/turn", "3"),
        ["balancer2 is behind: it lacks lines of the map that others have; run site.yml."],
    ),
    "a balancer was made anew": (
        lambda fleet: fleet.balancers["balancer2"].update(entries={}, live={}),
        ["balancer2 is behind: it lacks lines of the map that others have; run site.yml."],
    ),
    "a balancer contradicts itself": (
        lambda fleet: fleet.balancers["balancer2"].update(wrong=["/etc/haproxy/slots.map says this, but that."], differ=["hello"]),
        ["balancer2: /etc/haproxy/slots.map says this, but that."],
    ),
    "file and memory differ": (
        lambda fleet: fleet.balancers["balancer1"].update(differ=["hello/green/path"]),
        [
            "balancer1: /etc/haproxy/slots.map and the running HAProxy differ in hello/green/path; if the file is right, run "
            "'systemctl reload haproxy' there."
        ],
    ),
    "HAProxy is down": (
        lambda fleet: fleet.balancers["balancer1"].update(runs=False, servers={}, loads={}, counters={}),
        ["balancer1: HAProxy does not run; run site.yml."],
    ),
    "a file differs": (
        lambda fleet: fleet.compared["balancer1"].update(differ=["/etc/haproxy/haproxy.cfg"]),
        ["balancer1: /etc/haproxy/haproxy.cfg differs from the inventory; run site.yml."],
    ),
    "a release was changed": (
        lambda fleet: fleet.web["web2"]["apps"]["hello"]["blue"].update(changed=["app", "environment"]),
        [
            f"web2: app, environment of hello's release {OLD} was changed by hand, in /srv/hello/releases/{OLD}; put it back, or deploy "
            "a change in its place."
        ],
    ),
    "a worker follows another release": (
        lambda fleet: fleet.unit("web2", "mail").update(release=OLD),
        [f"web2: the worker mail of hello follows {OLD}, and {NEW} is live; run playbooks/restart.yml -e app=hello."],
    ),
    "a job is not there": (
        lambda fleet: fleet.unit("web1", "report").update(release="", active="inactive"),
        [f"web1: the job report of hello follows no release, and {NEW} is live; run playbooks/restart.yml -e app=hello."],
    ),
    "a job of once per fleet is there twice": (
        lambda fleet: fleet.unit("web2", "report").update(release=NEW, active="active"),
        [f"web2: the job report of hello is there, from {NEW}, but {NEW} has none there; run playbooks/restart.yml -e app=hello."],
    ),
    "a worker is left over": (
        lambda fleet: fleet.unit("web1", "mail").update(release=OLD, wanted=False),
        [f"web1: the worker mail of hello is there, from {OLD}, but {NEW} has none there; run playbooks/restart.yml -e app=hello."],
    ),
    "a worker is stopped": (
        lambda fleet: fleet.unit("web2", "mail").update(active="failed"),
        [
            "web2: the worker mail of hello is failed; see 'journalctl -u hello.mail' there, or run playbooks/restart.yml -e app=hello.",
        ],
    ),
    "a timer is stopped": (
        lambda fleet: fleet.unit("web1", "report").update(active="inactive"),
        [
            "web1: the timer of the job report of hello is inactive; see 'journalctl -u hello.report' there, or run "
            "playbooks/restart.yml -e app=hello.",
        ],
    ),
    "a job failed": (
        lambda fleet: fleet.unit("web1", "report").update(result="timeout"),
        ["web1: the job report of hello failed when it last ran (timeout); see 'journalctl -u hello.report' there."],
    ),
    "a unit was changed": (
        lambda fleet: fleet.unit("web1", "mail").update(changed=True),
        ["web1: the unit of the worker mail of hello was changed by hand; run playbooks/restart.yml -e app=hello."],
    ),
    "a web host is away": (
        lambda fleet: fleet.web.update(web2={"msg": "The host cannot be reached:\n timed out"}),
        ["web2: The host cannot be reached: timed out"],
    ),
    "a balancer is away": (
        lambda fleet: fleet.balancers.update(balancer1={"msg": "The host cannot be reached: timed out"}),
        ["balancer1: The host cannot be reached: timed out"],
    ),
    "every host is away": (
        lambda fleet: fleet.__dict__.update(
            balancers={host: {"msg": "gone"} for host in fleet.balancers}, web={host: {} for host in fleet.web}, compared={}
        ),
        ["balancer1: gone", "balancer2: gone", "web1: It was not asked.", "web2: It was not asked."],
    ),
}


class TestStatus:
    """A fleet held against its map and its inventory."""

    def test_a_fleet_that_is_well_has_no_problem(self) -> None:
        assert Fleet().judged()["problems"] == []

    @pytest.mark.parametrize(("change", "said"), DRIFTS.values(), ids=DRIFTS)
    def test_each_kind_of_drift_is_told_in_one_sentence(self, change: Callable[[Fleet], object], said: list[str]) -> None:
        fleet = Fleet()
        change(fleet)
        report = fleet.judged()
        assert report["problems"] == said
        assert len({len(row) for row in tell_status.cells(report)}) == 1
        assert all(len(row) == len(tell_status.UNIT_HEADS) for row in tell_status.unit_cells(report))
        assert all(isinstance(line, str) for line in tell_status.lines(report))

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
    def test_what_is_no_drift(self, change: Callable[[Fleet], object]) -> None:
        fleet = Fleet()
        change(fleet)
        assert fleet.judged()["problems"] == []

    def test_an_app_that_was_never_deployed_has_nothing_live(self) -> None:
        fleet = Fleet()
        for said in fleet.balancers.values():
            said.update(entries={"hello": "blue"}, live={}, history=[])
        for said in fleet.web.values():
            said["units"]["hello"] = []
            for slot in said["apps"]["hello"].values():
                slot.update(release="", active="inactive", runs="", changed=None)
        report = fleet.judged()
        assert report["problems"] == []
        assert list(tell_status.lines(report)) == ["hello was never deployed."]
        assert {(row[4], row[10]) for row in tell_status.cells(report)[1:]} == {("", "empty")}

    def test_a_changed_release_in_both_slots_is_one_problem(self) -> None:
        fleet = Fleet()
        for said in fleet.balancers.values():
            map_line(said, "hello/blue", NEW)
        for slot in fleet.web["web1"]["apps"]["hello"].values():
            slot.update(release=NEW, runs=NEW, changed=["app"])
        assert len(fleet.judged()["problems"]) == 1

    def test_what_is_live_is_told_with_its_numbers_of_all_balancers(self) -> None:
        report = Fleet().judged()
        assert report["apps"]["hello"] == {
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
        }
        [line] = tell_status.lines(report)
        assert line == (f"hello: {NEW} is live in green since 2026-11-22 16:57 UTC, by ann@desk (deploy); 12 requests/s, 10 of 400 failed.")

    def test_the_table_has_a_row_for_each_slot(self) -> None:
        heads, blue, green, *_ = tell_status.cells(Fleet().judged())
        assert heads == [head for head in tell_status.HEADS if head != "secrets"]
        assert blue == ["web1", "hello", "blue", OLD, "standby", "2026-11-22 16:56", "2", "40 M", "0", "0 of 0", "ok", "up"]
        assert green == ["web1", "hello", "green", NEW, "live", "2026-11-22 16:56", "2", "40 M", "6", "2 of 200", "ok", "up"]

    def test_secrets_have_a_column_where_there_are_some(self) -> None:
        fleet = Fleet()
        fleet.web["web1"]["apps"]["hello"]["green"]["secrets"] = "one"
        report = fleet.judged()
        assert [row[8] for row in tell_status.cells(report)] == ["secrets", "", "one", "", ""]
        assert report["problems"] == []

    def test_jobs_and_workers_have_a_table_of_their_own(self) -> None:
        """What runs once per fleet is not told of the other hosts."""
        assert tell_status.unit_cells(Fleet().judged()) == [
            tell_status.UNIT_HEADS,
            ["web1", "hello", "mail", "worker", NEW, "active", "2026-11-22 16:56", ""],
            ["web1", "hello", "report", "job", NEW, "waits", "2026-11-22 16:56", "2026-11-23 03:00"],
            ["web2", "hello", "mail", "worker", NEW, "active", "2026-11-22 16:56", ""],
        ]

    def test_once_per_fleet_is_on_the_first_host_that_has_the_release(self) -> None:
        fleet = Fleet()
        moved = fleet.unit("web1", "report")
        fleet.unit("web2", "report").update(moved)
        fleet.web["web1"]["units"]["hello"] = []
        assert fleet.judged()["problems"] == []

    def test_a_host_that_does_not_answer_is_a_row(self) -> None:
        fleet = Fleet()
        fleet.web["web2"] = {"msg": "gone"}
        rows = tell_status.cells(fleet.judged())
        assert [(row[0], row[10]) for row in rows if row[0] == "web2"] == [("web2", "no answer")]
        assert sum(row[0] == "web1" for row in rows) == 2

    def test_balancers_that_see_otherwise_are_named(self) -> None:
        assert tell_status.seen_by({"balancer1": "", "balancer2": "DOWN"}) == "balancer1 up, balancer2 down"
        assert tell_status.seen_by({"balancer1": "", "balancer2": None}) == "balancer1 up, balancer2 ?"
        assert tell_status.seen_by({"balancer1": "", "balancer2": ""}) == "up"

    def test_who_holds_the_lock_is_told_once_and_without_what_only_a_run_needs(self) -> None:
        fleet = Fleet()
        for said in fleet.balancers.values():
            said["holder"] = HOLDER
        report = fleet.judged()
        assert report["locks"] == [{"who": "ann@desk", "what": "deploy", "since": "2026-11-22T16:57:02+00:00"}]
        assert list(tell_status.lines(report))[-1] == "ann@desk holds the fleet's lock since 2026-11-22T16:57:02+00:00, for deploy."
        assert report["problems"] == []

    def test_the_report_is_json_and_has_what_the_manual_says(self) -> None:
        report = Fleet().judged()
        assert json.loads(json.dumps(report)) == report
        manual = judge_fleet.ActionModule.__doc__ or ""
        parts = [report, report["apps"]["hello"], *report["hosts"].values(), *report["slots"], *report["units"]]
        assert [key for part in parts for key in part if key not in manual] == []


class TestPrint:
    """How a report is printed."""

    def test_columns_are_aligned_and_what_is_empty_is_a_dash(self) -> None:
        assert print_report.table([["a", "long head", "c"], ["value", "", "x"]]) == ["a      long head  c", "value  -          x"]

    def test_problems_come_last_and_a_table_without_rows_is_left_out(self) -> None:
        assert print_report.text(["said"], [[["a"], ["b"]]], ["This is wrong."]) == "said\n\na\nb\n\nPROBLEM: This is wrong."
        assert print_report.text(["said"], [[["a"]]], []) == "said"


def event(run: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return an event of the history."""
    number = int(run.lstrip("r"))
    return {**SWITCHED, "run": run, "event": kind, "at": f"2026-11-22T16:00:{number:02}Z", "turn": 10 * number, **more}


def watched(run: str, balancer: str, requests: int, failed: int) -> dict[str, Any]:
    """Return a balancer's counts."""
    return {**event(run, "watched"), "balancer": balancer, "requests": requests, "failed": failed}


class TestHistory:
    """The story made of the balancers' events."""

    def test_counts_are_added_up_over_balancers(self) -> None:
        [one] = tell_history.story([event("r1", "switched"), watched("r1", "balancer1", 100, 1), watched("r1", "balancer2", 50, 2)])
        assert (one["verb"], one["ended"], one["failed"], one["requests"], one["bad"]) == ("deploy", "live", 3, 150, False)

    def test_what_was_not_watched_has_no_counts(self) -> None:
        [one] = tell_history.story([event("r1", "switched")])
        assert (one["failed"], one["requests"]) == (None, None)
        assert tell_history.cells([one])[1][7] == ""

    def test_one_event_with_the_times_of_two_balancers_is_one_entry(self) -> None:
        assert len(tell_history.story([event("r1", "switched"), event("r1", "switched", at="2026-11-22T16:00:02Z")])) == 1

    def test_a_deploy_that_failed_before_the_switch_says_why(self) -> None:
        [one] = tell_history.story([event("r1", "failed", why="it does not import")])
        assert (one["ended"], one["why"], one["release"]) == ("failed", "it does not import", NEW)
        assert tell_history.cells([one])[1][8] == "failed: it does not import"

    def test_a_deploy_that_was_switched_back_is_one_entry_and_its_release_bad(self) -> None:
        back = event("r1", "switched", verb="switch back", turn=11, release=OLD, bad=NEW, **{"from": NEW})
        [one] = tell_history.story(
            [event("r1", "switched"), watched("r1", "balancer1", 9, 9), back, event("r1", "failed", turn=11, why="worse")]
        )
        assert (one["verb"], one["release"], one["ended"], one["bad"], one["failed"]) == ("deploy", NEW, "switched back", True, 9)

    def test_a_release_that_was_left_by_going_back_is_bad_until_it_is_live_again(self) -> None:
        events = [event("r1", "switched"), event("r2", "switched", verb="rollback", release=OLD, bad=NEW, **{"from": NEW})]
        assert [one["bad"] for one in tell_history.story(events)] == [True, False]
        assert [row[3] for row in tell_history.cells(tell_history.story(events))[1:]] == [f"{NEW} (bad)", OLD]
        assert [one["bad"] for one in tell_history.story([*events, event("r3", "switched")])] == [False, False, False]

    def test_what_was_bad_before_an_app_was_removed_is_so_no_more(self) -> None:
        """Its turns begin anew then, and the same source gives the same release."""
        bad = event("r2", "switched", verb="rollback", release=OLD, bad=NEW, **{"from": NEW})
        again = event("r4", "switched", turn=1)
        told = tell_history.story([event("r1", "switched"), bad, event("r3", "removed", verb="remove"), again])
        assert {one["bad"] for one in told} == {False}

    def test_the_newest_are_last_and_older_ones_left_out(self) -> None:
        events = [event("r3", "switched"), event("r1", "switched"), event("r2", "switched"), event("r4", "switched", app="other")]
        assert [one["run"] for one in tell_history.story(events, count=2)] == ["r3", "r4"]
        assert [one["run"] for one in tell_history.story(events, app="hello")] == ["r1", "r2", "r3"]

    def test_what_is_no_event_is_passed_over(self) -> None:
        assert tell_history.story([{}, {"app": "hello"}, watched("r1", "balancer1", 1, 0) | {"verb": ""}]) == []

    def test_a_commit_is_told_short_and_with_a_sign_for_more_than_it(self) -> None:
        assert tell_history.cells(tell_history.story([event("r1", "switched")]))[1][5] == "0123456789+"
        assert tell_history.cells(tell_history.story([event("r1", "switched", dirty="")]))[1][5] == "0123456789"

    def test_the_manual_has_every_key(self) -> None:
        [one] = tell_history.story([event("r1", "switched")])
        assert [key for key in one if key not in (tell_history.ActionModule.__doc__ or "")] == []

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from(["", "a", "b", "c"]))))
    def test_bad_is_what_a_plan_takes_for_bad(self, done: list[tuple[str, str, str]]) -> None:
        events = [
            {**SWITCHED, "run": f"r{turn}", "turn": turn, "release": release, "from": left, "bad": bad}
            for turn, (release, left, bad) in enumerate(done)
        ]
        assert tell_history.bad(events) == {("hello", release) for release in plan_releases.bad(events, "hello")}


class TestRead:
    """What a balancer says of itself."""

    def test_a_difference_of_file_and_memory_is_told_but_for_a_canary(self) -> None:
        running = {**ENTRIES, "hello/canary": "blue", "hello/canary/percent": "10"}
        assert read_slots.differ(ENTRIES, running) == []
        assert read_slots.differ({**ENTRIES, "hello/green/path": "/x"}, running) == ["hello/green/path"]
        assert read_slots.differ({key: ENTRIES[key] for key in ENTRIES if key != "hello"}, running) == ["hello"]

    def test_a_contradiction_is_told_not_failed_with(self) -> None:
        path = Path("/etc/haproxy/slots.map")
        [said] = read_slots.contradiction(path, ENTRIES, {**ENTRIES, "hello": "blue"})
        assert "says 'hello green'" in said
        assert "the running HAProxy has 'hello blue'" in said
        assert read_slots.contradiction(path, ENTRIES, ENTRIES) == []

    def test_who_is_about_to_deploy_is_refused_with_it(self) -> None:
        known = {**balancer(), "wrong": ["It says this, but that."]}
        assert list(check_slots.problems([app(default=True)], {"balancer1": known})) == ["balancer1: It says this, but that."]

    def test_a_haproxy_that_is_down_is_told(self, tmp_path: Path) -> None:
        found = read_slots.look(
            write(tmp_path, {"map": "hello blue\n"}) / "map", runtime.Runtime(str(tmp_path / "none")), tmp_path / "none"
        )
        assert (found["runs"], found["wrong"], found["differ"], found["entries"]) == (False, [], [], {"hello": "blue"})

    def test_a_file_that_a_hand_has_changed_is_told_with_all_the_rest(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runtime.Runtime, "entries", lambda *_: ENTRIES)
        monkeypatch.setattr(runtime.Runtime, "statistics", lambda _: [{"pxname": "hello_blue", "svname": "BACKEND"}])
        text = "".join(f"{key} {value}\n" for key, value in {**ENTRIES, "hello": "blue"}.items())
        found = read_slots.look(write(tmp_path, {"map": text}) / "map", runtime.Runtime("none"), tmp_path / "none")
        assert (found["runs"], found["differ"], list(found["counters"])) == (True, ["hello"], ["hello_blue"])
        assert ["says 'hello blue'" in said for said in found["wrong"]] == [True]

    def test_a_haproxy_that_does_not_answer_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def hang(*_: Any) -> None:
            raise runtime.Refused("HAProxy does not answer on it: timed out")

        monkeypatch.setattr(runtime.Runtime, "entries", hang)
        found = read_slots.look(write(tmp_path, {"map": "hello blue\n"}) / "map", runtime.Runtime("none"), tmp_path / "none")
        assert found["wrong"] == ["HAProxy does not answer on it: timed out."]

    def test_loads_are_those_of_servers(self) -> None:
        row = {"pxname": "hello_blue", "svname": "web1", "rate": "7", "req_tot": "9", "hrsp_5xx": "1"}
        rows = [row, {**row, "svname": "BACKEND"}, {**row, "pxname": "hello_green"}]
        assert runtime.loads(rows, "hello_blue") == {"web1": {"rate": 7, "requests": 9, "failed": 1}}


class TestFiles:
    """Files held against what they were or should be."""

    @pytest.fixture
    def release(self, tmp_path: Path) -> Path:
        """Return a release's folder, laid out."""
        files = {"app/app.py": "app = 1\n", "app/hello/page.html": "hello\n", "environment": 'A="1"\n', "gunicorn.conf.py": "workers = 2\n"}
        manifest.write(write(tmp_path / "release", files))
        return tmp_path / "release"

    def test_what_nobody_touched_is_as_it_was(self, release: Path) -> None:
        write(release, {"app/__pycache__/app.cpython-313.pyc": "compiled", "app/hello/__pycache__/x.pyc": "compiled"})
        assert manifest.changed(release) == []

    def test_what_it_was_lent_by_another_release_is_no_change(self, release: Path) -> None:
        write(release, {"app/static/page.1.css": "one", assets.NOTE: '["static/page.1.css"]'})
        assert manifest.changed(release) == []

    @pytest.mark.parametrize(
        ("change", "parts"),
        [
            ({"app/hello/page.html": "bye\n"}, ["app"]),
            ({"app/new.py": ""}, ["app"]),
            ({"environment": 'A="2"\n'}, ["environment"]),
            ({"gunicorn.conf.py": "", "app/app.py": ""}, ["app", "gunicorn.conf.py"]),
            ({"release.json": "{"}, ["release.json"]),
        ],
        ids=["edited", "added", "environment", "two parts", "the list itself"],
    )
    def test_a_change_is_told_by_its_part(self, release: Path, change: dict[str, str], parts: list[str]) -> None:
        write(release, change)
        assert manifest.changed(release) == parts

    def test_what_was_removed_is_told(self, release: Path) -> None:
        (release / "environment").unlink()
        (release / "app/app.py").unlink()
        assert manifest.changed(release) == ["app", "environment"]

    def test_a_release_is_laid_out_with_it(self, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(App, "home", tmp_path / "srv")
        for step in ("_hand_over", "check_import"):
            monkeypatch.setattr(stage_release, step, lambda *_: None)
        bundle.pack(release / "app", [Path("app.py"), Path("hello/page.html")], tmp_path / "bundle.tar.gz")
        params = {
            "release": NEW,
            "bundle": str(tmp_path / "bundle.tar.gz"),
            "env": "{}",
            "settings": "workers = 2\n",
            "generation": "",
            "units": {},
            "import_seconds": 1,
        }
        stage_release.make_release(App("hello"), params, tmp_path / "venv")
        laid_out = App("hello").release(NEW)
        assert (laid_out / "app/__pycache__").is_dir()
        assert manifest.changed(laid_out) == []
        assert (laid_out / manifest.NAME).stat().st_mode & 0o777 == 0o640
        assert manifest.digests(laid_out)["app"] == manifest.digests(release)["app"]

    def test_of_a_release_without_a_list_nothing_is_known(self, release: Path) -> None:
        (release / manifest.NAME).unlink()
        assert manifest.changed(release) is None

    def test_the_digest_is_the_one_that_the_id_is_made_of(self, release: Path) -> None:
        assert manifest.digests(release)["app"] == bundle.digest(release / "app", [Path("app.py"), Path("hello/page.html")])

    def test_no_value_of_the_environment_is_in_the_list(self, release: Path) -> None:
        write(release, {"environment": 'SECRET="swordfish"\n'})
        manifest.write(release)
        assert "swordfish" not in (release / manifest.NAME).read_text()

    def test_a_file_is_unlike_if_its_text_is(self, tmp_path: Path) -> None:
        file = write(tmp_path, {"file": "text\n"}) / "file"
        assert not compare_files.unlike(file, "text")
        assert compare_files.unlike(file, "other")
        assert compare_files.unlike(tmp_path / "none", "")

    def test_every_template_of_the_balancer_is_compared(self) -> None:
        folder = ROOT / "roles/balancer/templates"
        listed = (ROOT / "roles/balancer/vars/main.yml").read_text(encoding="utf-8")
        names = [str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.j2")]
        assert [name for name in names if f"  - {name}\n" not in listed] == []


def test_what_systemd_does_not_know_is_none() -> None:
    assert (see_slots.number("[not set]"), see_slots.number("9")) == (0, 9)


def test_jobs_and_workers_are_told_whether_they_are_here_or_should_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "home", tmp_path / "srv")
    text = "# Managed by Hostler, role:release\nEnvironment=RELEASE={}\n[Install]\n"
    places = {f"every/hello.{name}.service": text.format(NEW) for name in ("mail", "new")}
    write(App("hello").release(NEW), {f"units/{place}": unit for place, unit in {**places, "once/hello.report.timer": text}.items()})
    here = {"hello.mail.service": text.format(NEW) + "# by hand\n", "hello.old.service": text.format(OLD)}
    monkeypatch.setattr(units, "installed", lambda _: here)

    state = {"ActiveState": "active", "Result": "success", "ExecMainStartTimestamp": ""}
    monkeypatch.setattr(see_slots, "show", lambda names, *_: dict.fromkeys(names, state))
    told = {row["name"]: row for row in see_slots.see_units(App("hello"), NEW)}
    keys = ("kind", "once", "wanted", "release", "changed")
    assert {name: [row[key] for key in keys] for name, row in told.items()} == {
        "mail": ["worker", False, True, NEW, True],
        "new": ["worker", False, True, "", False],
        "old": ["worker", False, False, OLD, False],
        "report": ["job", True, True, "", False],
    }


def test_a_moment_is_told_in_utc() -> None:
    assert see_slots.moment("Sun 2026-11-22 16:57:02 UTC") == "2026-11-22T16:57:02Z"
    assert see_slots.moment("") == see_slots.moment("n/a") == ""

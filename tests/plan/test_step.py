"""Who does which task of a step, and with which options of its module."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.model import Check, Step
from ansible_collections.hostler.fleet.plugins.module_utils.plan.releases import plan
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts
from tests.shared.planned import CHECK, WEB, WORKERS, Fleet
from tests.shared.samples import app

VERBS = ["deploy", "restart", "rollback"]
HERE = {"hello/blue": "a", "hello/blue/path": "/status", "hello/blue/host": "localhost"}


def step_of(verb: str, **changes: Any) -> Step:
    """Return the step from b, which is live in green, to c for a deploy, a for a rollback or b again."""
    return Fleet("a", "b", **changes).step(verb, "c")


def in_place(**changes: Any) -> Step:
    """Return the step that puts right b, which is live in green but down on a host."""
    fleet = Fleet("a", "b", **changes)
    fleet.up["green"] = {"web1"}
    return fleet.step("deploy", "b")


class TestWho:
    """Who does what."""

    @pytest.mark.parametrize("verb", VERBS)
    def test_every_task_has_options_and_hosts_that_there_are(self, verb: str) -> None:
        step = step_of(verb, balancers=2, workers=WORKERS, hooks={"before": "true", "after": "true"})
        assert set(step.on) - {"follow_back"} == set(step.options)
        assert {host for hosts in step.on.values() for host in hosts} <= {*WEB, "balancer1", "balancer2"}

    def test_a_deploy_goes_from_web_hosts_to_balancers(self) -> None:
        step = step_of("deploy", balancers=2, release_command="flask db upgrade", canary_percent=10)
        both = ["balancer1", "balancer2"]
        tasks = ("start", "gate", "command", "canary", "switch", "watch", "restore", "restart")
        assert [step.on[task] for task in tasks] == [WEB, both, WEB[:1], both, both, both, both, WEB]
        assert (step.first, step.options["command"]["command"], step.options["command"]["slot"]) == ("web1", "flask db upgrade", "blue")

    def test_a_warm_standby_needs_the_switch_alone(self) -> None:
        step = step_of("rollback")
        assert step.warm
        assert (step.on["start"], step.on["gate"], step.on["switch"]) == ([], [], ["balancer1"])

    def test_the_first_release_has_nothing_to_hold_a_canary_against(self) -> None:
        assert Fleet(canary_percent=10).step("deploy", "a").on["canary"] == []

    @pytest.mark.parametrize("verb", ["rollback", "restart"])
    def test_only_a_deploy_has_a_canary_and_a_command(self, verb: str) -> None:
        step = step_of(verb, canary_percent=10, release_command="flask db upgrade")
        assert (step.on["canary"], step.on["command"]) == ([], [])

    @pytest.mark.parametrize(("once", "hosts", "only"), [(True, WEB[:1], "web1"), (False, WEB, "")], ids=["once", "each host"])
    def test_a_command_runs_once_or_on_each_web_host(self, once: bool, hosts: list[str], only: str) -> None:
        """On one of several, it tells what the others do not have."""
        step = step_of("deploy", release_command="flask init-db", release_command_once=once)
        assert (step.on["command"], step.options["command"]["only"]) == (hosts, only)

    @pytest.mark.parametrize(("once", "hosts"), [(True, []), (False, ["web2"])])
    def test_a_web_host_that_is_new_runs_what_each_of_them_runs(self, once: bool, hosts: list[str]) -> None:
        fleet = Fleet("a", release_command="flask init-db", release_command_once=once)
        fleet.whole["web2"].remove("a")
        step = fleet.step("deploy", "a")
        assert step.in_place
        assert (step.on["command"], step.on["bears"]) == (hosts, [])

    def test_what_is_live_is_asked_whether_it_bears_what_the_command_did(self) -> None:
        """Before anyone gets the new release; the new one is asked too."""
        fleet = Fleet("a", "b", release_command="flask db upgrade", after_migration="flask check")
        fleet.entries["hello/green/path"] = "/former"
        step = fleet.step("deploy", "c")
        assert (step.on["bears"], step.on["after_migration"]) == (WEB, WEB[:1])
        assert step.options["bears"] == {
            "name": "hello",
            "live": {"slot": "green", "release": "b", "port": 5002, "check": Check("/former", "localhost").json()},
            "standby": {"slot": "blue", "release": "c", "port": 5001, "check": CHECK.json()},
        }
        asked = {"name": "hello", "slot": "green", "command": "flask check", "seconds": 300, "judges": "b"}
        assert step.options["after_migration"] == asked

    def test_also_where_the_switch_is_all_that_is_left(self) -> None:
        fleet = Fleet("a", "b", release_command="flask db upgrade")
        step = fleet.step("deploy", "a")
        assert (step.warm, step.on["command"], step.on["bears"], step.on["after_migration"]) == (True, WEB[:1], WEB, [])

    @pytest.mark.parametrize(("up", "asked"), [({"web2"}, ["web2"]), (set(), [])], ids=["on a host", "everywhere"])
    def test_what_was_down_before_does_not_keep_its_successor_from_going_live(self, up: set[str], asked: list[str]) -> None:
        fleet = Fleet("a", "b", release_command="flask db upgrade", after_migration="flask check")
        fleet.up["green"] = up
        on = fleet.step("deploy", "c").on
        assert (on["bears"], on["after_migration"], on["command"]) == (asked, asked, WEB[:1])

    @pytest.mark.parametrize("verb", VERBS)
    def test_without_a_command_nobody_is_asked_for_that(self, verb: str) -> None:
        """A rollback and a restart run none."""
        changes = {} if verb == "deploy" else {"release_command": "flask db upgrade", "after_migration": "flask check"}
        on = step_of(verb, **changes).on
        assert (on["command"], on["bears"], on["after_migration"]) == ([], [], [])

    def test_at_the_first_deploy_nothing_is_live_that_could_bear_it(self) -> None:
        on = Fleet(release_command="flask db upgrade", after_migration="flask check").step("deploy", "a").on
        assert (on["command"], on["bears"], on["after_migration"]) == (WEB[:1], [], [])

    def test_a_command_has_the_limits_of_its_app(self) -> None:
        command = step_of("deploy", release_command="x", release_command_seconds=60, release_command_lock_seconds=0).options["command"]
        assert (command["seconds"], command["lock_seconds"]) == (60, 0)

    def test_hooks_run_once_and_only_where_there_are_some(self) -> None:
        assert (step_of("deploy").on["before"], step_of("deploy").on["after"]) == ([], [])
        step = step_of("deploy", hooks={"before": "ask", "after": "tell"})
        assert (step.on["before"], step.on["after"]) == (WEB[:1], WEB[:1])
        facts = {"app": "hello", "verb": "deploy", "release": "c", "from": "b", "commit": "c0ffee", "by": "ann@desk"}
        assert step.options["before"] == {"command": "ask", "folder": "/etc/hostler", "facts": facts}
        assert step.options["after"] == {"command": "tell", "folder": "/etc/hostler", "facts": facts}

    @pytest.mark.parametrize("verb", VERBS)
    def test_the_switch_of_who_goes_back_stands_whatever_becomes_of_jobs_and_workers(self, verb: str) -> None:
        """A host that is lost would else undo a rollback, which has a reason. Elsewhere they are a part of what is put back."""
        on = step_of(verb, workers=WORKERS).on
        goes_back = verb == "rollback"
        assert (on["follow"], on["follow_back"]) == (([], WEB) if goes_back else (WEB, []))
        assert on["follow_live"] == ([] if goes_back else WEB)

    @pytest.mark.parametrize("verb", VERBS)
    def test_an_app_without_jobs_and_workers_is_not_asked_for_them(self, verb: str) -> None:
        on = step_of(verb).on
        assert on["follow"] + on["follow_back"] + on["follow_live"] == []

    def test_only_a_restart_starts_workers_anew_that_have_not_changed(self) -> None:
        assert [step_of(verb, workers=WORKERS).options["follow"]["restart"] for verb in VERBS] == [False, True, False]
        assert not step_of("restart", workers=WORKERS).options["follow_live"]["restart"]


class TestCold:
    """The former release is stopped once the new one has been watched."""

    @pytest.mark.parametrize("verb", VERBS)
    def test_balancers_expect_nothing_of_it_before_it_is_stopped(self, verb: str) -> None:
        """Which was live in green until now; whoever goes back leaves it as well."""
        step = Fleet("a", "b", standby="cold", balancers=2).step(verb, "c")
        former = "hello/green" if step.slot == "blue" else "hello/blue"
        assert (step.on["empty"], step.on["cool"]) == (["balancer1", "balancer2"], WEB)
        assert step.options["empty"]["entries"] == {former: "", f"{former}/path": "", f"{former}/host": ""}
        cool = step.options["cool"]
        assert (f"hello/{cool['slot']}", cool["release"]) == (former, "")

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_warm_one_runs_on(self, verb: str) -> None:
        step = step_of(verb)
        assert (step.on["empty"], step.on["cool"]) == ([], [])

    @pytest.mark.parametrize(("standby", "gives"), [("warm", True), ("cold", False)])
    def test_the_lock_is_held_until_balancers_expect_nothing_of_it(self, standby: str, gives: bool) -> None:
        assert Fleet("a", "b", standby=standby).step("deploy", "c").options["watch"]["unlock"] is gives

    def test_the_way_back_starts_it_from_disk_behind_the_gate(self) -> None:
        step = Fleet("a", "b", standby="cold").step("rollback")
        assert (step.warm, step.release, step.on["start"], step.on["gate"]) == (False, "a", WEB, ["balancer1"])

    def test_after_the_first_release_there_is_nothing_to_stop(self) -> None:
        step = Fleet(standby="cold").step("deploy", "a")
        assert (step.on["empty"], step.on["cool"]) == ([], [])

    def test_a_failed_deploy_leaves_the_standby_as_it_was(self) -> None:
        """Empty."""
        assert Fleet("a", "b", standby="cold").step("deploy", "c").options["restart"]["release"] == ""

    def test_one_that_was_warm_is_stopped_by_the_next_run_and_then_nothing_is_to_be_done(self) -> None:
        """As after the key was changed, or where a run was killed before it came to that."""
        fleet = Fleet("a", "b")
        assert fleet.plan("deploy", "b") is None
        fleet.app = replace(fleet.app, standby="cold")
        step = fleet.step("deploy", "b")
        assert (step.in_place, step.on["cool"], step.options["cool"]["slot"]) == (True, WEB, "blue")
        fleet.entries = slots.merge(fleet.entries, step.options["empty"]["entries"])
        assert fleet.plan("deploy", "b") is None


class TestInPlace:
    """The release is live already, and is only put right."""

    def test_nothing_moves_and_nothing_is_told(self) -> None:
        step = in_place(hooks={"before": "true", "after": "true"}, canary_percent=10, release_command="true")
        moves = ("before", "command", "bears", "canary", "switch", "watch", "after")
        assert [step.on[task] for task in moves] == [[]] * len(moves)
        assert (step.on["start"], step.on["gate"]) == (WEB, ["balancer1"])
        assert step.options["start"]["live"]
        assert not step_of("deploy").options["start"]["live"]

    def test_what_a_live_slot_is_expected_to_run_is_never_put_back(self) -> None:
        """There is no other release of the slot; the standby's would take the app down on all hosts."""
        step = in_place(workers=WORKERS)
        assert [key for key in step.options["restore"]["entries"] if key.startswith(("hello/blue", "hello/green"))] == []
        assert step.options["restore"]["entries"]["hello"] == "green"

    def test_nothing_is_restarted_and_jobs_and_workers_do_not_go_back(self) -> None:
        step = in_place(workers=WORKERS)
        assert (step.on["restart"], step.on["follow_live"]) == ([], [])
        assert step.on["follow"] == WEB


class TestOptions:
    """What modules get."""

    def test_a_release_that_was_built_is_laid_out_first(self) -> None:
        stage = Fleet("a", "b", keep_releases=7).step("deploy", "c", clock=1000).options["start"]["stage"]
        built = Fleet().built("c")
        keys = ("release", "lock", "settings", "units", "generation", "newest", "bundle", "packages", "adds")
        assert stage == {"keep": 7, "writable": [], "planned": 1000, **{key: getattr(built, key) for key in keys}}
        assert step_of("restart").options["start"]["stage"] == {}

    def test_the_slot_is_started_on_its_own_port(self) -> None:
        start = step_of("deploy", ports={"blue": 6001, "green": 6002}).options["start"]
        expected = {"name": "hello", "slot": "blue", "release": "c", "port": 6001, "check": CHECK.json(), "generation": "own"}
        assert start.items() >= expected.items()

    def test_today_s_secrets_are_what_a_release_from_disk_is_started_with_where_they_are_asked_for(self) -> None:
        fleet = Fleet("a", "b")
        fleet.generations = {"a": "one", "b": "two"}
        fleet.secrets = {host: {"two"} for host in WEB}
        assert fleet.step("rollback", current_secrets=True).options["start"]["generation"] == "two"

    def test_balancers_are_told_what_to_ask_and_wait_for_who_runs_it(self) -> None:
        fleet = Fleet("a", "b", "c")
        fleet.whole["web2"].discard("a")
        gate = fleet.step("rollback", release="a").options["gate"]
        lines = {"hello/green": "a", "hello/green/path": "/status", "hello/green/host": "localhost"}
        assert gate == {"run": "run1", "entries": lines, "backend": "hello_green", "servers": ["web1"]}

    def test_the_switch_makes_the_slot_live_at_the_next_turn_and_is_recorded(self) -> None:
        step = step_of("deploy")
        lines = {"hello": "blue", "hello/turn": "3", "hello/canary": "", "hello/canary/percent": ""}
        assert step.options["switch"]["entries"] == lines
        assert step.options["switch"]["events"] == [step.event]
        assert step.options["switch"]["backends"] == ["hello_blue", "hello_green"]
        assert (step.event["turn"], step.event["from"], step.event["bad"]) == (3, "b", "")
        assert step_of("rollback").event["bad"] == "b"

    def test_a_canary_gets_the_standby_and_is_held_against_what_is_live(self) -> None:
        canary = step_of("deploy", canary_percent=10, canary_seconds=5).options["canary"]
        expected = {"app": "hello", "slot": "blue", "live": "green", "percent": 10, "seconds": 5}
        assert canary.items() >= expected.items()
        assert canary["event"] == {"run": "run1", "app": "hello", "turn": 3, "event": "canary"}

    def test_who_watches_knows_the_way_back_and_what_was_before(self) -> None:
        watch = step_of("deploy", balancers=2, watch_seconds=9).options["watch"]
        assert (watch["backend"], watch["former"], watch["seconds"], watch["alone"]) == ("hello_blue", "hello_green", 9, False)
        assert watch["before"] == {name: {"requests": 7, "failed": 0} for name in ("balancer1", "balancer2")}
        assert watch["back"] == {"hello": "green", "hello/turn": "4", "hello/canary": "", "hello/canary/percent": ""}
        back = watch["back_event"]
        assert (back["verb"], back["release"], back["from"], back["bad"], back["turn"]) == ("switch back", "b", "c", "c", 4)
        assert step_of("deploy").options["watch"]["alone"]

    def test_what_was_there_is_put_back_in_both_slots(self) -> None:
        """The live slot is live again, at a later turn than the switch's; and the other has what it had, down where it had nothing."""
        step = step_of("deploy")
        back = {"hello": "green", "hello/turn": "4", "hello/canary": "", "hello/canary/percent": ""}
        assert step.options["restore"] == {"run": "run1", "offline": True, "entries": {**back, **HERE}}
        restart = step.options["restart"]
        assert (restart["slot"], restart["release"], restart["optional"], restart["stage"]) == ("blue", "a", True, {})
        first = Fleet().step("deploy", "a")
        assert first.options["restore"]["entries"].items() >= dict.fromkeys(HERE, "").items()
        assert first.options["restart"]["release"] == ""

    def test_what_the_slot_had_is_asked_for_as_before(self) -> None:
        fleet = Fleet("a", "b")
        fleet.entries["hello/blue/path"] = "/former"
        step = fleet.step("deploy", "c")
        assert step.options["restore"]["entries"]["hello/blue/path"] == "/former"
        assert step.options["restart"]["check"] == Check("/former", "localhost").json()

    def test_jobs_and_workers_go_back_to_what_was_live(self) -> None:
        assert step_of("deploy", workers=WORKERS).options["follow_live"]["release"] == "b"

    @pytest.mark.parametrize("verb", VERBS)
    def test_it_survives_the_way_through_ansible(self, verb: str) -> None:
        step = step_of(verb)
        assert Step.of(asdict(step)) == step


class TestUnlock:
    """A watch gives the lock back where nothing comes after it."""

    @pytest.mark.parametrize(
        ("balancers", "due", "gives"),
        [(1, "", [False, True]), (2, "", [False, False]), (1, "erase", [False, False]), (1, "units", [False, False])],
        ids=["an only balancer", "two", "something to erase", "jobs and workers"],
    )
    def test_only_the_last_of_a_run_does_so(self, balancers: int, due: str, gives: list[bool]) -> None:
        """Another balancer's may still find fault, and who has no lock is not switched back; and something may be due after it."""
        fleet = Fleet("a", balancers=balancers)
        given = fleet.given("deploy", "b")
        shop = app(name="shop", default=False, domains=["shop.example"], **({"workers": WORKERS} if due == "units" else {}))
        for said in given.hosts.values():
            said["shop"] = Parts(secrets=["former"] if due == "erase" else [])
        both = replace(given, apps=[fleet.app, shop], built={**given.built, "shop": fleet.built("x")})
        steps, _ = plan(replace(both, prepared=True), check=True)
        assert [step.options["watch"]["unlock"] for step in steps] == gives

"""What a deploy, a rollback and a restart would do, from what hosts and balancers know; nothing is touched."""

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from hypothesis import given
from hypothesis import strategies as st

from roles.release.action_plugins import plan_releases
from roles.release.action_plugins.plan_releases import Plan, Refused, bad, previous
from tests.samples import action, app

WEB = ["web1", "web2"]
CHECK = {"path": "/status", "host": "localhost"}
Step = dict[str, Any]


class Fleet:
    """A fleet that does what is planned, and notes it as the balancers do."""

    def __init__(self, *live: str, **changes: Any) -> None:
        """Deploy these releases, one after the other; `changes` are the app's."""
        self.app = app(**changes)
        self.entries: dict[str, str] = {"hello": "green"}
        self.events: list[dict[str, Any]] = []
        self.whole = {host: set[str]() for host in WEB}
        self.up = {"blue": set(WEB), "green": set(WEB)}
        self.unlinked: set[str] = set()  # hosts whose slots have nothing
        self.generations: dict[str, str] = {}  # of the releases that have secrets
        self.secrets = {host: set[str]() for host in WEB}
        self.units: dict[str, dict[str, str]] = {host: {} for host in WEB}
        self.made: dict[str, str] = {}  # units of what is built
        self.asked = True
        for release in live:
            self.do("deploy", release)

    @property
    def live(self) -> str:
        """The release that is live."""
        return self.entries.get(f"hello/{self.entries['hello']}", "")

    def args(self, verb: str, built: str = "", **options: Any) -> dict[str, Any]:
        """Return the action's arguments."""
        in_slots = {slot: self.entries[f"hello/{slot}"] for slot in plan_releases.OTHER if f"hello/{slot}" in self.entries}
        slots = {host: {} if host in self.unlinked else in_slots for host in WEB}
        has = {
            host: {"slots": slots[host], "secrets": sorted(self.secrets[host]), "generations": self.generations, "units": self.units[host]}
            for host in WEB
        }
        gone = {host: {release for release, name in self.generations.items() if name not in self.secrets[host]} for host in WEB}
        parts = {host: {"apps": {"hello": {**has[host], "whole": sorted(self.whole[host] - gone[host])}}} for host in WEB}
        seen = {f"hello_{slot}": {host: "" if host in up else "DOWN" for host in WEB} for slot, up in self.up.items()}
        known = {"entries": self.entries, "history": self.events, "servers": {"balancer1": seen}, "run": "run1", "by": "ann@desk"}
        made = {
            "release": built,
            "check": CHECK,
            "commit": "c0ffee",
            "dirty": False,
            "generation": self.generations.get(built, ""),
            "units": self.made,
        }
        options = {"app": "", "release": "", "prepared": False, **options}
        return {
            "verb": verb,
            "apps": [self.app],
            "built": {"hello": made},
            "known": known,
            "web": WEB,
            "hosts": self.hosts(parts),
            **options,
        }

    def hosts(self, parts: dict[str, Any]) -> dict[str, Any]:
        """Return what the web hosts say; nothing where they were not asked."""
        return parts if self.asked else {}

    def plan(self, verb: str, built: str = "", **options: Any) -> Step | None:
        """Return the step that is planned."""
        step: Step | None = plan_releases.VERBS[verb](Plan(self.app, self.args(verb, built, **options)))
        return step

    def do(self, verb: str, built: str = "", fails: str = "", **options: Any) -> Step | None:
        """Do what is planned; it `fails` before the switch or after it."""
        step = self.plan(verb, built, **options)
        if not step or step["in_place"]:
            return step
        for host in WEB:
            self.whole[host].add(step["release"])
        back = {**step["event"], "verb": "switch back", "turn": step["turn"] + 2, "release": step["live_release"]}
        back |= {"from": step["release"], "bad": step["release"] if fails == "after" else ""}
        self.events += [step["event"]] if fails != "before" else []
        self.events += [back] if fails in ("after", "lost") else []
        self.events += [{**step["event"], "event": "failed", "turn": step["turn"] + 2}] if fails else []
        if fails:
            self.entries["hello/turn"] = str(step["turn"] + 2)
        else:
            key = f"hello/{step['slot']}"
            self.entries |= {"hello": step["slot"], "hello/turn": str(step["turn"] + 1), key: step["release"]}
            self.entries |= {f"{key}/{part}": value for part, value in step["check"].items()}
        return step


class TestDeploy:
    """``deploy``."""

    def test_the_first_release_goes_to_the_slot_that_has_nothing(self) -> None:
        step = Fleet().plan("deploy", "a", canary_percent="")
        assert step
        assert (step["slot"], step["live"], step["live_release"], step["warm"], step["in_place"]) == ("blue", "green", "", False, False)

    def test_a_new_release_goes_to_the_standby(self) -> None:
        step = Fleet("a", release_command="flask db upgrade").plan("deploy", "b")
        assert step
        assert (step["slot"], step["live"], step["live_release"], step["warm"]) == ("green", "blue", "a", False)
        assert (step["command"], step["servers"], step["turn"]) == ("flask db upgrade", WEB, 1)
        expected = {"event": "switched", "verb": "deploy", "release": "b", "from": "a", "slot": "green", "turn": 2, "commit": "c0ffee"}
        assert step["event"].items() >= expected.items()

    def test_what_is_live_and_well_needs_nothing(self) -> None:
        assert Fleet("a").plan("deploy", "a") is None

    @pytest.mark.parametrize("lost", ["down", "not on disk", "not in the slot", "neither on disk nor in the slot"])
    def test_what_is_live_but_not_well_is_put_right_in_place(self, lost: str) -> None:
        fleet = Fleet("a")
        if lost == "down":
            fleet.up["blue"].remove("web2")
        if "on disk" in lost:
            fleet.whole["web2"].clear()
        if "in the slot" in lost:
            fleet.unlinked = {"web2"}
        step = fleet.plan("deploy", "a")
        assert step
        assert (step["in_place"], step["slot"], step["command"]) == (True, "blue", "")

    @pytest.mark.parametrize(("up", "warm"), [(["web1", "web2"], True), (["web1"], False)])
    def test_what_the_standby_runs_everywhere_is_only_switched_to(self, up: list[str], warm: bool) -> None:
        fleet = Fleet("a", "b")
        fleet.up["blue"] = set(up)
        step = fleet.plan("deploy", "a")
        assert step
        assert (step["warm"], step["slot"]) == (warm, "blue")

    def test_a_release_that_was_left_by_going_back_is_refused_unless_it_is_named(self) -> None:
        fleet = Fleet("a", "b")
        fleet.do("rollback")
        with pytest.raises(Refused, match=r"the release b was live and was left by going back.*-e release=b"):
            fleet.plan("deploy", "b")
        fleet.do("deploy", "b", release="b")
        assert fleet.live == "b"
        fleet.do("deploy", "c")
        assert fleet.plan("deploy", "b"), "once it was named, it is as good as any"


class TestUnits:
    """Jobs and workers follow what is live."""

    MADE: dict[str, str] = {  # noqa: RUF012 no test changes it
        "every/hello.mail.service": "\n[Install]\n",
        "once/hello.report.service": "",
        "once/hello.report.timer": "\n[Install]\n",
    }
    WORKERS: list[dict[str, str]] = [{"name": "mail", "command": "celery"}]  # noqa: RUF012 no test changes it

    @pytest.mark.parametrize(
        ("units", "idle"),
        [
            ({"web1": {"hello.mail.service": "a", "hello.report.timer": "a"}, "web2": {"hello.mail.service": "a"}}, True),
            ({"web1": {"hello.mail.service": "a", "hello.report.timer": "a"}, "web2": {}}, False),
            ({"web1": {"hello.mail.service": "a"}, "web2": {"hello.mail.service": "a", "hello.report.timer": "a"}}, False),
            ({"web1": {"hello.mail.service": "a", "hello.report.timer": "a"}, "web2": {"hello.mail.service": "b"}}, False),
            ({"web1": {"hello.mail.service": "a", "hello.report.timer": ""}, "web2": {"hello.mail.service": "a"}}, False),
        ],
        ids=["as it should be", "lost", "another host is the first", "another release", "half done"],
    )
    def test_a_host_that_does_not_follow_is_put_right_in_place(self, units: dict[str, dict[str, str]], idle: bool) -> None:
        fleet = Fleet("a", workers=self.WORKERS)
        fleet.made, fleet.units = self.MADE, units
        step = fleet.plan("deploy", "a")
        assert (step is None) is idle
        assert idle or (step and step["in_place"] and step["units"])

    @pytest.mark.parametrize(("had", "left", "asked"), [(False, False, False), (True, False, True), (False, True, True)])
    def test_only_an_app_that_has_or_had_any_is_asked_for_them(self, had: bool, left: bool, asked: bool) -> None:
        fleet = Fleet("a", **({"workers": self.WORKERS} if had else {}))
        fleet.app = app()
        fleet.do("deploy", "b")
        fleet.units["web2"] = {"hello.mail.service": "a"} if left else {}
        for step in (fleet.plan("rollback"), fleet.plan("restart"), fleet.plan("deploy", "c")):
            assert step
            assert step["units"] is asked
            assert step["event"]["units"] is False


class TestRollback:
    """``rollback``."""

    def test_the_previous_release_is_switched_to(self) -> None:
        step = Fleet("a", "b", canary_percent=10).plan("rollback")
        assert step
        assert (step["release"], step["slot"], step["warm"], step["servers"]) == ("a", "blue", True, WEB)
        assert (step["canary_percent"], step["watch_seconds"], step["command"]) == (0, 0, "")

    def test_two_in_a_row_go_further_back(self) -> None:
        fleet = Fleet("a", "b", "c")
        assert [step["release"] for step in (fleet.do("rollback"), fleet.do("rollback")) if step] == ["b", "a"]

    @pytest.mark.parametrize(
        ("releases", "options", "said"),
        [
            ([], {}, "hello has never been live; there is nothing to go back from"),
            (["a"], {}, "hello has no previous release that was not left by going back; name one with -e release=<id>"),
            (["a", "b"], {"release": "b"}, "the release b is live already"),
            (["a", "b"], {"release": "z"}, "no web host has the release z any more; each keeps 5. Deploy its source again"),
        ],
        ids=["never live", "nothing before", "already live", "on no host"],
    )
    def test_what_cannot_be_is_refused(self, releases: list[str], options: dict[str, str], said: str) -> None:
        with pytest.raises(Refused, match=said):
            Fleet(*releases).plan("rollback", **options)

    @pytest.mark.parametrize("fails", ["before", "after"])
    def test_after_a_deploy_that_failed_it_must_be_named(self, fails: str) -> None:
        fleet = Fleet("a", "b")
        fleet.do("deploy", "c", fails)
        with pytest.raises(Refused, match="the last deploy failed and changed nothing; the fleet serves b, .*-e release=a"):
            fleet.plan("rollback")
        fleet.do("rollback", release="a")
        assert fleet.live == "a"

    def test_a_deploy_that_lost_a_host_in_the_switch_is_run_again(self) -> None:
        fleet = Fleet("a", "b")
        fleet.do("deploy", "c", "lost")
        fleet.do("deploy", "c")
        assert fleet.live == "c"

    def test_what_could_not_be_put_right_is_gone_back_from(self) -> None:
        fleet = Fleet("a", "b")
        step = fleet.plan("rollback")
        assert step
        fleet.events.append({**step["event"], "event": "failed", "verb": "deploy", "release": "b", "turn": step["turn"]})
        fleet.do("rollback")
        assert fleet.live == "a"

    def test_one_that_failed_is_tried_again(self) -> None:
        fleet = Fleet("a", "b")
        fleet.do("rollback", fails="before")
        fleet.do("rollback")
        assert fleet.live == "a"

    def test_what_is_only_on_disk_starts_on_the_hosts_that_have_it(self) -> None:
        fleet = Fleet("a", "b", "c")
        fleet.whole["web2"].discard("a")
        step = fleet.plan("rollback", release="a")
        assert step
        assert (step["warm"], step["servers"]) == (False, ["web1"])

    def test_hosts_that_were_not_asked_yet_refuse_nothing(self) -> None:
        fleet = Fleet("a", "b", "c")
        fleet.asked = False
        step = fleet.plan("rollback", release="a")
        assert step
        assert not step["warm"]

    @pytest.mark.parametrize(
        ("standby", "live", "warm"),
        [({"web1"}, {"web1"}, True), ({"web2"}, {"web1"}, False), (set(), set(), False)],
        ids=["there", "elsewhere", "nothing serves"],
    )
    def test_the_standby_is_enough_wherever_the_live_slot_serves(self, standby: set[str], live: set[str], warm: bool) -> None:
        fleet = Fleet("a", "b")
        fleet.up = {"blue": standby, "green": live}
        step = fleet.plan("rollback")
        assert step
        assert step["warm"] is warm

    def test_what_was_live_before_the_oldest_switch_on_record_counts(self) -> None:
        fleet = Fleet("a", "b")
        assert previous(fleet.events[1:], "hello", "b") == "a"

    def test_where_the_history_lacks_what_is_live_the_standby_is_the_previous_one(self) -> None:
        """As on a balancer whose disk was full: what it has last is not what was live last."""
        fleet = Fleet()
        for release in "abc":
            fleet.do("deploy", release)
        fleet.events = fleet.events[:1]
        step = fleet.plan("rollback")
        assert step
        assert (step["release"], step["warm"]) == ("b", True)

    def test_without_a_history_the_standby_is_the_previous_one(self) -> None:
        fleet = Fleet("a", "b")
        fleet.events.clear()
        step = fleet.plan("rollback")
        assert step
        assert step["release"] == "a"


class TestRestart:
    """``restart``."""

    def test_the_same_release_goes_to_the_other_slot_and_is_never_warm(self) -> None:
        fleet = Fleet("a")
        steps = [step for step in (fleet.do("restart"), fleet.do("restart")) if step]
        assert [(step["release"], step["slot"], step["warm"]) for step in steps] == [("a", "green", False), ("a", "blue", False)]
        assert bad(fleet.events, "hello") == set()

    def test_what_was_never_live_is_refused(self) -> None:
        with pytest.raises(Refused, match="there is nothing to restart"):
            Fleet().plan("restart")


@pytest.mark.parametrize("value", ["0", 0], ids=["-e watch_seconds=0", "as a number"])
def test_an_option_of_the_run_goes_before_the_app_s_even_where_it_is_nothing(value: object) -> None:
    step = Fleet(watch_seconds=7, canary_percent=10).plan("deploy", "a", watch_seconds=value, canary_percent=value)
    assert step
    assert (step["watch_seconds"], step["canary_percent"], step["canary_seconds"]) == (0, 0, 30)


deeds = st.lists(
    st.tuples(
        st.sampled_from(["deploy", "rollback", "restart"]), st.sampled_from("abcd"), st.booleans(), st.sampled_from(["", "before", "after"])
    ),
    max_size=14,
)


@given(deeds)
def test_whatever_was_done_the_previous_release_is_a_good_one(done: list[tuple[str, str, bool, str]]) -> None:
    """It was live once, is not live now, and nobody went back from it since; and where there is such a release, it is found."""
    fleet = Fleet()
    were: set[str] = set()
    left: set[str] = set()
    for verb, release, named, fails in done:
        before = fleet.live
        try:
            step = fleet.do(verb, release, fails, release=release if named else "")
        except Refused:
            continue
        if step and not step["in_place"] and fails != "before":
            were.add(step["release"])
            left -= {step["release"]}
            left |= {before} if verb == "rollback" else set()
            left |= {step["release"]} if fails == "after" else set()
            left -= {fleet.live}
        assert bad(fleet.events, "hello") - {""} == left - {""}
        good = were - left - {fleet.live, ""}
        found = previous(fleet.events, "hello", fleet.live)
        assert found in good if good else not found


class TestSecrets:
    """What is left of former secrets."""

    @staticmethod
    def fleet(*had: str, **changes: Any) -> Fleet:
        """Return a fleet with the releases a and b, and these generations of secrets on its web hosts."""
        fleet = Fleet("a", "b", **changes)
        fleet.generations = {"a": "one", "b": "two", "c": "two", "d": "three"}
        fleet.secrets = {host: set(had) for host in WEB}
        return fleet

    @pytest.mark.parametrize(
        ("had", "release", "erase", "clears"),
        [
            ({"two"}, "c", False, False),
            ({"one", "two"}, "c", True, False),
            ({"two", "three"}, "d", True, True),
            ({"two"}, "e", True, True),
        ],
        ids=["same", "left by a run that was killed", "changed", "none any more"],
    )
    def test_a_deploy_erases_all_but_its_own(self, had: set[str], release: str, erase: bool, clears: bool) -> None:
        step = self.fleet(*had).plan("deploy", release)
        assert step
        assert (step["erase"], step["clears"], step["standby"]) == (erase, clears, "green")

    def test_what_is_live_is_put_right_where_former_ones_were_left(self) -> None:
        fleet = self.fleet("one", "two")
        step = fleet.plan("deploy", "b")
        assert step
        assert (step["in_place"], step["erase"], step["clears"], step["standby"]) == (True, True, True, "blue")
        fleet.secrets["web1"] = fleet.secrets["web2"] = {"two"}
        assert fleet.plan("deploy", "b") is None

    def test_who_wants_to_keep_them_does(self) -> None:
        fleet = self.fleet("one", "two", keep_secrets=True)
        assert fleet.plan("deploy", "b") is None
        step = fleet.plan("deploy", "d")
        assert step
        assert (step["erase"], step["clears"]) == (False, False)

    def test_the_way_back_to_erased_ones_is_refused_until_today_s_are_asked_for(self) -> None:
        fleet = self.fleet("two")
        del fleet.entries["hello/blue"]
        with pytest.raises(Refused, match="the release a was made with secrets that have been changed since.*-e current_secrets=true"):
            fleet.plan("rollback")
        step = fleet.plan("rollback", current_secrets=True)
        assert step
        assert (step["release"], step["servers"], step["generation"], step["warm"]) == ("a", WEB, "two", False)

    def test_a_release_that_has_its_own_keeps_them(self) -> None:
        step = self.fleet("one", "two").plan("rollback")
        assert step
        assert (step["warm"], step["generation"]) == (True, "own")

    @pytest.mark.parametrize("has", [{"two"}, {"one", "two"}], ids=["erased", "left there"])
    def test_today_s_go_to_every_host_that_has_the_release(self, has: set[str]) -> None:
        """Where the former ones could not be erased on one host, or an earlier run came to one host only."""
        fleet = self.fleet("one", "two")
        fleet.secrets["web2"] = has
        step = fleet.plan("rollback", current_secrets=True)
        assert step
        assert (step["servers"], step["generation"], step["warm"]) == (WEB, "two", False)


class TestChosen:
    """Which apps are meant."""

    BOTH: list[dict[str, Any]] = [{"name": "hello"}, {"name": "shop"}]  # noqa: RUF012 no test changes it

    @pytest.mark.parametrize(
        ("verb", "only", "names"),
        [("deploy", "", ["hello", "shop"]), ("deploy", "shop", ["shop"]), ("rollback", "shop", ["shop"])],
    )
    def test_all_for_a_deploy_or_the_one_that_is_named(self, verb: str, only: str, names: list[str]) -> None:
        assert [each["name"] for each in plan_releases.chosen(self.BOTH, verb, only)] == names

    def test_the_only_one_needs_no_name(self) -> None:
        assert plan_releases.chosen(self.BOTH[:1], "rollback", "") == self.BOTH[:1]

    @pytest.mark.parametrize(
        ("verb", "only", "said"),
        [
            ("deploy", "shoe", "app: there is no app 'shoe'; there is hello, shop."),
            ("rollback", "", "app: which one? Name it, such as -e app=hello; there is hello, shop."),
            ("restart", "", "app: which one? Name it, such as -e app=hello; there is hello, shop."),
        ],
    )
    def test_what_is_meant_has_to_be_clear(self, verb: str, only: str, said: str) -> None:
        with pytest.raises(Refused) as refused:
            plan_releases.chosen(self.BOTH, verb, only)
        assert str(refused.value) == said


class TestPrepared:
    """What only site.yml can do is not left to a deploy."""

    def said(self, change: str, **options: Any) -> list[str]:
        args = Fleet("a").args("deploy", "b", **options)
        if change == "web":
            args["hosts"]["web2"]["apps"] = {}
        elif change == "unasked":
            args["hosts"] = {}
        elif change == "balancer":
            for servers in args["known"]["servers"]["balancer1"].values():
                del servers["web2"]
        return list(plan_releases.unprepared(args, args["apps"]))

    @pytest.mark.parametrize(("change", "prepared"), [("", False), ("web", True), ("unasked", False)])
    def test_hosts_that_are_prepared_have_no_problem(self, change: str, prepared: bool) -> None:
        assert self.said(change, prepared=prepared) == []

    def test_a_web_host_without_the_app_is_told(self) -> None:
        assert self.said("web") == ["web2 is not prepared for hello yet; run site.yml."]

    def test_a_balancer_that_does_not_know_a_web_host_is_told_once(self) -> None:
        assert self.said("balancer") == ["balancer1 does not know hello on web2 yet, or HAProxy is down there; run site.yml."]


class TestAction:
    """All apps of a run."""

    def test_steps_and_what_needs_none(self) -> None:
        fleet = Fleet("a")
        assert action(plan_releases.ActionModule, **fleet.args("deploy", "a")).run() == {
            "changed": False,
            "steps": [],
            "idle": ["hello: a is live on all hosts; nothing to do."],
        }
        [step] = action(plan_releases.ActionModule, **fleet.args("deploy", "b")).run()["steps"]
        assert step == fleet.plan("deploy", "b")

    def test_everything_that_is_wrong_is_said_at_once(self) -> None:
        fleet = Fleet()
        args = fleet.args("restart")
        args["hosts"]["web1"]["apps"] = {}
        with pytest.raises(AnsibleActionFail) as failed:
            action(plan_releases.ActionModule, **args).run()
        assert str(failed.value).splitlines() == [
            "web1 is not prepared for hello yet; run site.yml.",
            "hello has never been live; there is nothing to restart.",
        ]

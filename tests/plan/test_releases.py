"""What a deploy, a rollback and a restart would do, from what hosts and balancers know; nothing is touched."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils import history
from ansible_collections.hostler.fleet.plugins.module_utils.model import Check, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.releases import mistakes, plan, unprepared
from tests.shared.planned import CHECK, WEB, WORKERS, Fleet
from tests.shared.samples import app


class TestDeploy:
    """``deploy``."""

    def test_the_first_release_goes_to_the_slot_that_has_nothing(self) -> None:
        step = Fleet().step("deploy", "a", asked={"canary_percent": ""})
        assert (step.slot, step.live, step.live_release, step.warm, step.in_place) == ("blue", "green", "", False, False)

    def test_a_new_release_goes_to_the_standby(self) -> None:
        fleet = Fleet("a", release_command="flask db upgrade")
        step, way = fleet.step("deploy", "b"), fleet.way("deploy", "b")
        assert (step.slot, step.live, step.live_release, step.warm, step.turn) == ("green", "blue", "a", False, 2)
        assert way
        assert (way.command, way.servers) == ("flask db upgrade", WEB)
        expected = {"event": "switched", "verb": "deploy", "release": "b", "from": "a", "slot": "green", "turn": 2, "commit": "c0ffee"}
        assert step.event.items() >= expected.items()

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
        way = fleet.way("deploy", "a")
        assert way
        assert (way.in_place, way.slot, way.command) == (True, "blue", "")

    @pytest.mark.parametrize(("up", "warm"), [(["web1", "web2"], True), (["web1"], False)])
    def test_what_the_standby_runs_everywhere_is_only_switched_to(self, up: list[str], warm: bool) -> None:
        fleet = Fleet("a", "b")
        fleet.up["blue"] = set(up)
        step = fleet.step("deploy", "a")
        assert (step.warm, step.slot) == (warm, "blue")

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
        fleet = Fleet("a", workers=WORKERS)
        fleet.made, fleet.units = self.MADE, units
        step = fleet.plan("deploy", "a")
        assert (step is None) is idle
        assert idle or (step and step.in_place and step.on["follow"] == WEB)

    @pytest.mark.parametrize(("had", "left", "asked"), [(False, False, False), (True, False, True), (False, True, True)])
    def test_only_an_app_that_has_or_had_any_is_asked_for_them(self, had: bool, left: bool, asked: bool) -> None:
        fleet = Fleet("a", workers=WORKERS if had else [])
        fleet.app = app()
        fleet.do("deploy", "b")
        fleet.units["web2"] = {"hello.mail.service": "a"} if left else {}
        for step in (fleet.step("rollback"), fleet.step("restart"), fleet.step("deploy", "c")):
            assert step.on["follow"] + step.on["follow_back"] == (WEB if asked else [])
            assert step.event["units"] is False


class TestRollback:
    """``rollback``."""

    def test_the_previous_release_is_switched_to(self) -> None:
        way = Fleet("a", "b", canary_percent=10).way("rollback")
        assert way
        assert (way.release, way.slot, way.warm, way.servers) == ("a", "blue", True, WEB)
        assert (way.canary_percent, way.watch_seconds, way.command) == (0, 0, "")

    def test_two_in_a_row_go_further_back(self) -> None:
        fleet = Fleet("a", "b", "c")
        assert [step.release for step in (fleet.do("rollback"), fleet.do("rollback")) if step] == ["b", "a"]

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
    def test_what_cannot_be_is_refused(self, releases: list[str], options: dict[str, Any], said: str) -> None:
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
        step = fleet.step("rollback")
        fleet.events.append({**step.event, "event": "failed", "verb": "deploy", "release": "b", "turn": step.turn - 1})
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
        way = fleet.way("rollback", release="a")
        assert way
        assert (way.warm, way.servers) == (False, ["web1"])

    def test_hosts_that_were_not_asked_yet_refuse_nothing(self) -> None:
        fleet = Fleet("a", "b", "c")
        fleet.asked = False
        assert not fleet.step("rollback", release="a").warm

    @pytest.mark.parametrize(
        ("standby", "live", "warm"),
        [({"web1"}, {"web1"}, True), ({"web2"}, {"web1"}, False), (set(), set(), False)],
        ids=["there", "elsewhere", "nothing serves"],
    )
    def test_the_standby_is_enough_wherever_the_live_slot_serves(self, standby: set[str], live: set[str], warm: bool) -> None:
        fleet = Fleet("a", "b")
        fleet.up = {"blue": standby, "green": live}
        assert fleet.step("rollback").warm is warm

    def test_what_was_live_before_the_oldest_switch_on_record_counts(self) -> None:
        fleet = Fleet("a", "b")
        assert history.previous(fleet.own[1:], "b") == "a"

    def test_where_the_history_lacks_what_is_live_the_standby_is_the_previous_one(self) -> None:
        """As on a balancer whose disk was full: what it has last is not what was live last."""
        fleet = Fleet()
        for release in "abc":
            fleet.do("deploy", release)
        fleet.events = fleet.events[:1]
        step = fleet.step("rollback")
        assert (step.release, step.warm) == ("b", True)

    def test_without_a_history_the_standby_is_the_previous_one(self) -> None:
        fleet = Fleet("a", "b")
        fleet.events.clear()
        assert fleet.step("rollback").release == "a"


class TestRestart:
    """``restart``."""

    def test_the_same_release_goes_to_the_other_slot_and_is_never_warm(self) -> None:
        fleet = Fleet("a")
        steps = [step for step in (fleet.do("restart"), fleet.do("restart")) if step]
        assert [(step.release, step.slot, step.warm) for step in steps] == [("a", "green", False), ("a", "blue", False)]
        assert history.bad(fleet.own) == set()

    def test_what_was_never_live_is_refused(self) -> None:
        with pytest.raises(Refused, match="there is nothing to restart"):
            Fleet().plan("restart")


@pytest.mark.parametrize("value", ["0", 0], ids=["-e watch_seconds=0", "as a number"])
def test_an_option_of_the_run_goes_before_the_app_s_even_where_it_is_nothing(value: object) -> None:
    way = Fleet(watch_seconds=7, canary_percent=10).way("deploy", "a", asked={"watch_seconds": value, "canary_percent": value})
    assert way
    assert (way.watch_seconds, way.canary_percent, way.canary_seconds) == (0, 0, 30)


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
        if step and not step.in_place and fails != "before":
            were.add(step.release)
            left -= {step.release}
            left |= {before} if verb == "rollback" else set()
            left |= {step.release} if fails == "after" else set()
            left -= {fleet.live}
        assert history.bad(fleet.own) == left - {""}
        good = were - left - {fleet.live, ""}
        found = history.previous(fleet.own, fleet.live)
        assert found in good if good else not found


class TestSecrets:
    """What is left of former secrets."""

    GENERATIONS: dict[str, str] = {"a": "one", "b": "two", "c": "two", "d": "three"}  # noqa: RUF012 no test changes it

    @staticmethod
    def fleet(*had: str, **changes: Any) -> Fleet:
        """Return a fleet with the releases a and b, and these generations of secrets on its web hosts."""
        fleet = Fleet("a", "b", **changes)
        fleet.generations = dict(TestSecrets.GENERATIONS)
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
        step = self.fleet(*had).step("deploy", release)
        assert (step.on["erase"] != [], step.on["empty"] != []) == (erase, clears)
        assert step.options["erase"] == {"name": "hello", "slot": "green", "generation": self.GENERATIONS.get(release, "")}
        assert "hello/green" in step.options["empty"]["entries"]

    def test_what_is_live_is_put_right_where_former_ones_were_left(self) -> None:
        fleet = self.fleet("one", "two")
        step = fleet.step("deploy", "b")
        assert (step.in_place, step.on["erase"], step.on["empty"]) == (True, WEB, ["balancer1"])
        assert step.options["erase"] == {"name": "hello", "slot": "blue", "generation": "two"}
        assert step.options["empty"]["entries"] == {"hello/blue": "", "hello/blue/path": "", "hello/blue/host": ""}
        fleet.secrets["web1"] = fleet.secrets["web2"] = {"two"}
        assert fleet.plan("deploy", "b") is None

    def test_who_wants_to_keep_them_does(self) -> None:
        fleet = self.fleet("one", "two", keep_secrets=True)
        assert fleet.plan("deploy", "b") is None
        step = fleet.step("deploy", "d")
        assert (step.on["erase"], step.on["empty"]) == ([], [])

    def test_the_way_back_to_erased_ones_is_refused_until_today_s_are_asked_for(self) -> None:
        fleet = self.fleet("two")
        del fleet.entries["hello/blue"]
        with pytest.raises(Refused, match="the release a was made with secrets that have been changed since.*-e current_secrets=true"):
            fleet.plan("rollback")
        way = fleet.way("rollback", current_secrets=True)
        assert way
        assert (way.release, way.servers, way.generation, way.warm) == ("a", WEB, "two", False)

    def test_a_release_that_has_its_own_keeps_them(self) -> None:
        way = self.fleet("one", "two").way("rollback")
        assert way
        assert (way.warm, way.generation) == (True, "own")

    @pytest.mark.parametrize("has", [{"two"}, {"one", "two"}], ids=["erased", "left there"])
    def test_today_s_go_to_every_host_that_has_the_release(self, has: set[str]) -> None:
        """Where the former ones could not be erased on one host, or an earlier run came to one host only."""
        fleet = self.fleet("one", "two")
        fleet.secrets["web2"] = has
        way = fleet.way("rollback", current_secrets=True)
        assert way
        assert (way.servers, way.generation, way.warm) == (WEB, "two", False)


class TestPrepared:
    """What only site.yml can do is not left to a deploy."""

    def said(self, change: str, check: bool = False, **options: Any) -> list[str]:
        given = Fleet("a").given("deploy", "b", **options)
        if change == "web":
            given.hosts["web2"] = {}
        elif change == "unasked":
            given.hosts.clear()
        elif change == "balancer":
            for servers in given.known.servers["balancer1"].values():
                del servers["web2"]
        return list(unprepared(given, given.apps, check))

    @pytest.mark.parametrize(("change", "prepared"), [("", False), ("web", True), ("unasked", False)])
    def test_hosts_that_are_prepared_have_no_problem(self, change: str, prepared: bool) -> None:
        assert self.said(change, prepared=prepared) == []

    @pytest.mark.parametrize("change", ["", "web", "balancer"])
    def test_where_site_yml_came_here_in_check_mode_hosts_are_as_they_were(self, change: str) -> None:
        """As bare ones."""
        assert self.said(change, check=True, prepared=True) == []

    @pytest.mark.parametrize("check", [False, True])
    def test_a_web_host_without_the_app_is_told(self, check: bool) -> None:
        """In check mode too: what the run refuses is not promised."""
        assert self.said("web", check) == ["web2 is not prepared for hello yet; run site.yml."]

    @pytest.mark.parametrize("check", [False, True])
    def test_a_balancer_that_does_not_know_a_web_host_is_told_once(self, check: bool) -> None:
        """As one that was renamed in the inventory."""
        assert self.said("balancer", check) == ["balancer1 does not know hello on web2 yet, or HAProxy is down there; run site.yml."]


class TestCheck:
    """What a release is seen up by."""

    def test_what_was_built_says_it(self) -> None:
        way = Fleet("a", health="/other").way("deploy", "b")
        assert way
        assert way.check == CHECK

    def test_a_release_in_a_slot_is_asked_what_the_map_says(self) -> None:
        fleet = Fleet("a", "b")
        fleet.entries["hello/blue/path"] = "/former"
        way = fleet.way("rollback")
        assert way
        assert way.check == Check("/former", "localhost")

    def test_one_that_is_only_on_disk_is_asked_what_its_own_switch_was_recorded_with(self) -> None:
        fleet = Fleet("a", "b", "c", health="/today")
        fleet.events[0]["check"] = {"path": "/former", "host": "a.example"}
        way = fleet.way("rollback", release="a")
        assert way
        assert way.check == Check("/former", "a.example")


class TestMistakes:
    """What an operator says by -e."""

    def test_a_release_that_the_source_does_not_give_is_told_with_the_way_to_it(self) -> None:
        [said] = mistakes(Fleet("a").given("deploy", "b", release="a"))
        assert said.startswith("release: a is not what the source gives, which is hello b.")
        assert "playbooks/rollback.yml -e release=a" in said
        assert list(mistakes(Fleet("a").given("rollback", release="z"))) == []


class TestAll:
    """All apps of a run."""

    def test_steps_and_what_needs_none(self) -> None:
        fleet = Fleet("a")
        assert plan(fleet.given("deploy", "a"), check=False) == ([], ["hello: a is live on all hosts; nothing to do."])
        assert plan(fleet.given("deploy", "b"), check=False) == ([fleet.step("deploy", "b")], [])

    def test_everything_that_is_wrong_is_said_at_once(self) -> None:
        given = Fleet().given("restart")
        given.hosts["web1"] = {}
        with pytest.raises(Refused) as refused:
            plan(given, check=False)
        assert str(refused.value).splitlines() == [
            "web1 is not prepared for hello yet; run site.yml.",
            "hello has never been live; there is nothing to restart.",
        ]

    def test_a_mistake_is_said_before_anything_is_decided(self) -> None:
        with pytest.raises(Refused) as refused:
            plan(Fleet().given("deploy", "b", release="a"), check=False)
        assert str(refused.value).startswith("release: a is not what the source gives")
        assert "\n" not in str(refused.value)

    def test_check_mode_refuses_what_the_run_refuses(self) -> None:
        given = Fleet("a").given("deploy", "b")
        given.hosts["web1"] = {}
        for check in (False, True):
            with pytest.raises(Refused, match="web1 is not prepared"):
                plan(given, check)
        assert [step.release for step in plan(replace(given, prepared=True), check=True)[0]] == ["b"]

    def test_a_host_that_lacks_a_package_is_told_unless_this_run_has_installed_it(self) -> None:
        fleet = Fleet("a", packages=["ffmpeg", "libmagic1"])
        given = replace(fleet.given("deploy", "b"), installed={"web1": ["ffmpeg", "libmagic1"], "web2": ["libmagic1"]})
        for check in (False, True):
            with pytest.raises(Refused, match=r"^web2 lacks ffmpeg, of the packages of hello; run site.yml.$"):
                plan(given, check)
        assert plan(replace(given, prepared=True), check=True)[0]
        assert plan(replace(fleet.given("restart"), installed=given.installed), check=True)[0]

    def test_only_a_deploy_means_all_apps_of_several(self) -> None:
        shop = app(name="shop", default=False, domains=["shop.example"])
        given = replace(Fleet("a").given("rollback"), apps=[app(), shop])
        with pytest.raises(Refused, match="which one"):
            plan(given, check=True)
        fleet = Fleet("a")
        given = fleet.given("deploy", "b")
        both = replace(given, apps=[app(), shop], built={**given.built, "shop": fleet.built("x")})
        steps = [(step.app, step.release, step.live_release) for step in plan(replace(both, prepared=True), check=True)[0]]
        assert steps == [("hello", "b", "a"), ("shop", "x", "")]


class TestHistory:
    """Events of maintenance and of removal between those of releases."""

    MAINTENANCE: dict[str, Any] = history.maintenance("run1", "ann@desk", "now", "hello", "on", [])

    def test_maintenance_does_not_hide_that_the_last_deploy_failed(self) -> None:
        fleet = Fleet("a", "b")
        fleet.do("deploy", "c", "before")
        fleet.events.append(self.MAINTENANCE)
        with pytest.raises(Refused, match="hello: the last deploy failed and changed nothing"):
            fleet.plan("rollback")

    def test_maintenance_after_a_good_deploy_is_no_matter(self) -> None:
        fleet = Fleet("a", "b")
        fleet.events.append(self.MAINTENANCE)
        step = fleet.step("rollback")
        assert (step.release, step.warm) == ("a", True)

    def test_maintenance_alone_does_not_hide_the_release_in_the_standby(self) -> None:
        fleet = Fleet("a", "b")
        fleet.events = [self.MAINTENANCE]
        assert fleet.step("rollback").release == "a"

    def test_what_was_before_a_removal_was_another_app_s(self) -> None:
        former = Fleet("b", "a")
        former.do("rollback")
        removed = history.removed("run1", "ann@desk", "now", "hello", 9)
        fleet = Fleet("a", "b")
        fleet.events = [*former.events, removed, *fleet.events]
        assert history.bad(history.of_app(former.events, "hello")) == {"a"}
        assert history.bad(fleet.own) == set()
        assert fleet.step("rollback").release == "a"
        fleet.events = [*former.events, removed]
        assert fleet.own == []

"""Upgrades of the system: which hosts they are due for."""

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.patch import Due, after_failure, decided
from tests.shared.planned import agree_on
from tests.shared.samples import app

NOTHING = Due([], reboot=False, stale=[])
DUE = Due(["libssl3", "tzdata"], reboot=False, stale=[])
SEEN = {"hello_blue": {"web1": "", "web2": ""}, "hello_green": {"web1": "DOWN", "web2": "DOWN"}}


class TestDecision:
    """Who is upgraded, and what is against it."""

    def decide(self, check: bool = False, **changes: Any) -> dict[str, Any]:
        """Return what is decided for two web hosts, two balancers and both hosts of data, of which all but web1 have nothing due."""
        hosts = ["web1", "web2", "balancer1", "balancer2", "backup1", "db1"]
        entries = {"hello": "blue", "hello/blue": "a", "shop": "blue"}
        known = agree_on(entries, servers=changes.pop("servers", dict.fromkeys(hosts[2:4], SEEN)), **changes.pop("known", {}))
        due = {**dict.fromkeys(hosts, NOTHING), **changes.pop("due", {"web1": DUE})}
        asked: dict[str, Any] = {"web": hosts[:2], "balancers": hosts[2:4], "backups": hosts[4:5], "databases": hosts[5:], "anyway": False}
        asked |= {"with_balancers": False, "with_databases": False, **changes}
        return decided([app(timeout=30), app(name="shop", timeout=120)], known, due, **asked, check=check)

    def test_a_host_with_nothing_due_is_left_alone(self) -> None:
        decided = self.decide()
        assert (decided["web"], decided["balancers"], decided["live"]) == (["web1"], [], ["hello_blue"])
        assert decided["lines"][:2] == ["web1: 2 packages (libssl3, tzdata).", "web2: nothing is due."]

    @pytest.mark.parametrize(
        ("due", "line"),
        [
            ({"reboot": True}, "web1: a reboot."),
            ({"packages": ["tzdata"], "reboot": True}, "web1: 1 package (tzdata); a reboot."),
        ],
    )
    def test_what_an_earlier_upgrade_left_is_due_too(self, due: dict[str, Any], line: str) -> None:
        decided = self.decide(due={"web1": replace(NOTHING, **due)})
        assert (decided["web"], decided["lines"][0]) == (["web1"], line)

    def test_a_slot_that_uses_what_was_replaced_is_due_for_a_restart(self) -> None:
        decided = self.decide(due={"web1": replace(NOTHING, stale=["hello@blue.service"])})
        line = "web1: a restart of hello@blue.service, which use what was replaced."
        assert (decided["web"], decided["lines"][0]) == (["web1"], line)

    def test_open_requests_get_as_long_as_the_slowest_app_lets_them(self) -> None:
        assert self.decide()["patience"] == 125

    @pytest.mark.parametrize(("said", "chosen"), [(True, ["balancer2"]), (False, [])])
    def test_balancers_are_upgraded_only_where_that_is_said(self, said: bool, chosen: list[str]) -> None:
        decided = self.decide(due={"balancer2": DUE}, with_balancers=said)
        assert (decided["web"], decided["balancers"]) == ([], chosen)
        assert any("what is due on balancer2 is left" in line for line in decided["lines"]) is not said

    @pytest.mark.parametrize(("said", "chosen"), [(True, ["db1"]), (False, [])])
    @pytest.mark.parametrize(
        ("due", "told"),
        [
            (
                DUE,
                "PostgreSQL of db1 is restarted where this upgrades it or what it uses: apps are without their data for some seconds then.",
            ),
            (replace(DUE, reboot=True), "While db1 is rebooted, which takes a minute or so, apps are without their data."),
            (replace(NOTHING, stale=["postgresql@17-main.service"]), "PostgreSQL of db1 is restarted where"),
        ],
    )
    def test_what_has_the_data_is_upgraded_only_where_that_is_said_and_what_that_takes_is_told(
        self, due: Due, told: str, said: bool, chosen: list[str]
    ) -> None:
        decided = self.decide(due={"db1": due}, with_databases=said, with_balancers=True)
        assert (decided["web"], decided["balancers"], decided["data"]) == ([], [], chosen)
        assert any(line.startswith(told) for line in decided["lines"]) is said
        assert any("-e databases=true only" in line and "what is due on db1 is left" in line for line in decided["lines"]) is not said

    def test_who_keeps_backups_goes_with_who_has_the_data_and_before_it(self) -> None:
        """For a while they may have two pgBackRests, of which neither takes the other's word."""
        due = {"db1": DUE, "backup1": DUE}
        decided = self.decide(due=due, with_databases=True)
        assert decided["data"] == ["backup1", "db1"]
        assert [line for line in decided["lines"] if "apps are without" in line and "backup1" in line] == []
        assert self.decide(due=due)["data"] == []
        assert self.decide(due=due, backups=["db1"], with_databases=True)["data"] == ["db1"]

    @pytest.mark.parametrize("said", [True, False])
    def test_of_data_with_nothing_due_nothing_more_is_told(self, said: bool) -> None:
        decided = self.decide(due={}, with_databases=said)
        assert decided["data"] == []
        assert decided["lines"][-1] == "db1: nothing is due."

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            (
                {"servers": {"balancer1": SEEN, "balancer2": {"hello_blue": {"web1": "", "web2": "DOWN, last check L4CON"}}}},
                "balancer2 does not see hello_blue up on web2: DOWN, last check L4CON. Hosts are upgraded only while all others serve.",
            ),
            ({"servers": {"balancer1": {"hello_blue": {"web1": ""}}}}, "balancer1 does not see hello_blue up on web2: not in HAProxy's"),
            ({"servers": {"balancer1": SEEN, "balancer2": {}}}, "balancer2: HAProxy does not run; run site.yml."),
            ({"known": {"behind": ["balancer2"]}}, "balancer2 is behind: it lacks lines of the map that others have; run site.yml."),
            ({"web": ["web1"]}, "web1 is the only web host: while it is upgraded, nobody is served. Where that may be, run this with"),
        ],
    )
    def test_a_fleet_that_would_not_serve_is_refused_and_check_mode_says_so(self, changes: dict[str, Any], said: str) -> None:
        with pytest.raises(Refused, match=said):
            self.decide(**changes)
        assert any(line.startswith(said) for line in self.decide(check=True, **changes)["lines"])
        assert self.decide(due={}, **changes)["web"] == []  # nothing is due, and nothing is against that

    def test_an_only_web_host_is_upgraded_where_that_is_said(self) -> None:
        assert self.decide(web=["web1"], anyway=True)["web"] == ["web1"]


@pytest.mark.parametrize(
    ("down", "later", "said"),
    [
        ([], [], "web1 is not upgraded, or not well since; the reason is above. It gets requests as before. The others serve."),
        (["web1 in hello_blue"], ["web2"], "It gets no requests before it is healthy: web1 in hello_blue. The others serve; web2 was not"),
    ],
)
def test_after_a_failure_it_is_said_who_serves(down: list[str], later: list[str], said: str) -> None:
    told = after_failure("web1", down, later)
    assert said in told
    assert told.endswith("Look at web1, then run patch.yml again.")

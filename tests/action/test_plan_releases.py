"""The action ``plan_releases``: what the balancers say goes in, and steps come out."""

from dataclasses import asdict
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.hostler.fleet.plugins.action import plan_releases
from tests.shared.judged import balancer
from tests.shared.planned import WEB, Fleet
from tests.shared.samples import action

ASKED = {"app": "", "release": "", "current_secrets": False, "canary_percent": "", "canary_seconds": "", "watch_seconds": ""}


def args(fleet: Fleet, verb: str, built: str = "", **changes: Any) -> dict[str, Any]:
    """Return the action's arguments; `changes` are of what each balancer said."""
    known = fleet.known()
    said = {
        name: {
            **balancer(),
            "entries": dict(fleet.entries),
            "ports": {},
            "domains": {},
            "servers": known.servers[name],
            "counters": known.counters[name],
            "history": [{"at": "", **event} for event in fleet.events],
            **changes,
        }
        for name in fleet.balancers
    }
    given = {"verb": verb, "apps": [fleet.app.json()], "built": {"hello": fleet.built(built).json()}, "balancers": said, "web": WEB}
    hosts = {host: {"packages": [], "apps": {name: parts.json() for name, parts in apps.items()}} for host, apps in fleet.said().items()}
    return {**given, "hosts": hosts, "prepared": False, "folder": "/etc/hostler", "asked": ASKED}


def test_steps_and_what_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_releases, "clock", lambda: 0)
    fleet = Fleet("a")
    result = action(plan_releases.ActionModule, **args(fleet, "deploy", "a")).run()
    assert (result["steps"], result["idle"]) == ([], ["hello: a is live on all hosts; nothing to do."])
    result = action(plan_releases.ActionModule, **args(fleet, "deploy", "b")).run()
    [step] = result["steps"]
    expected = asdict(fleet.step("deploy", "b"))
    assert step == expected
    assert (result["idle"], result["changed"]) == ([], False)


def test_only_who_has_something_to_do_stays() -> None:
    fleet = Fleet("a")
    assert action(plan_releases.ActionModule, **args(fleet, "deploy", "a")).run()["busy"] == fleet.balancers
    assert action(plan_releases.ActionModule, **args(fleet, "deploy", "b")).run()["busy"] == sorted([*fleet.balancers, *WEB])


def test_a_rollback_to_what_the_standby_runs_leaves_web_hosts_alone() -> None:
    fleet = Fleet("a", "b")
    assert action(plan_releases.ActionModule, **args(fleet, "rollback")).run()["busy"] == fleet.balancers


def test_everything_that_is_wrong_is_said_at_once() -> None:
    given = args(Fleet(), "restart")
    given["hosts"]["web1"]["apps"] = {}
    with pytest.raises(AnsibleActionFail) as failed:
        action(plan_releases.ActionModule, **given).run()
    assert str(failed.value).splitlines() == [
        "web1 is not prepared for hello yet; run site.yml.",
        "hello has never been live; there is nothing to restart.",
    ]


def test_nothing_is_planned_while_a_balancer_contradicts_itself() -> None:
    with pytest.raises(AnsibleActionFail, match="balancer1: It says this, but that."):
        action(plan_releases.ActionModule, **args(Fleet("a"), "deploy", "b", wrong=["It says this, but that."])).run()


@pytest.mark.parametrize(
    ("asked", "verb", "release", "cold"),
    [(False, "rollback", "", False), (False, "restart", "", True), (True, "restart", "", False)],
    ids=["a warm standby", "something to start", "hosts have been asked"],
)
def test_web_hosts_are_asked_only_where_something_is_to_be_started(asked: bool, verb: str, release: str, cold: bool) -> None:
    fleet = Fleet("a", "b")
    fleet.asked = asked
    assert action(plan_releases.ActionModule, **args(fleet, verb, release)).run()["cold"] is cold


def test_who_was_away_is_brought_up_to_date_in_all_apps() -> None:
    fleet = Fleet("a", "b", balancers=2)
    given = args(fleet, "deploy", "c")
    given["balancers"]["balancer2"]["entries"] = {"hello": "blue", "hello/blue": "a", "hello/turn": "1"}
    result = action(plan_releases.ActionModule, **given).run()
    assert result["behind"] == ["balancer2"]
    assert result["catch_up"] == {"run": "run1", "entries": fleet.entries, "instead_of": ["hello"]}


def test_in_check_mode_hosts_need_not_be_prepared_where_site_yml_would_have_done_so() -> None:
    given = args(Fleet("a"), "deploy", "b")
    given["hosts"]["web1"]["apps"] = {}
    with pytest.raises(AnsibleActionFail, match="web1 is not prepared for hello yet; run site.yml."):
        action(plan_releases.ActionModule, check=True, **given).run()
    given["prepared"] = True
    assert len(action(plan_releases.ActionModule, check=True, **given).run()["steps"]) == 1


def test_what_an_operator_says_goes_into_it() -> None:
    given = args(Fleet("a"), "deploy", "b")
    given["asked"] = {**ASKED, "watch_seconds": "3"}
    [step] = action(plan_releases.ActionModule, **given).run()["steps"]
    assert step["options"]["watch"]["seconds"] == 3

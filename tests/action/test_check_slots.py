"""The actions that decide on what the balancers know: what they return, and that a refusal is a failure."""

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.hostler.fleet.plugins.action import check_maintenance, check_patch, check_removal, check_slots
from tests.shared.judged import Fleet
from tests.shared.planned import agree_on
from tests.shared.samples import action, app

APPS = [app(domains=["hello.example.org"]).json()]


class TestSlots:
    """``check_slots``."""

    def test_what_is_agreed_on_is_returned(self) -> None:
        known = action(check_slots.ActionModule, apps=APPS, balancers=Fleet().balancers).run()
        assert (known["entries"]["hello"], known["behind"], known["problems"], known["changed"]) == ("green", [], [], False)

    def test_problems_fail_unless_they_are_only_to_be_told(self) -> None:
        balancers = Fleet().balancers
        balancers["balancer2"]["wrong"] = ["It says this, but that."]
        with pytest.raises(AnsibleActionFail, match="balancer2: It says this, but that."):
            action(check_slots.ActionModule, apps=APPS, balancers=balancers).run()
        told = action(check_slots.ActionModule, apps=APPS, balancers=balancers, tell=True).run()
        assert told["problems"] == ["balancer2: It says this, but that."]

    def test_who_did_not_answer_is_left_out_of_what_is_only_told(self) -> None:
        balancers = {**Fleet().balancers, "balancer1": {"msg": "gone"}}
        assert list(action(check_slots.ActionModule, apps=APPS, balancers=balancers, tell=True).run()["servers"]) == ["balancer2"]


KNOWN = agree_on({"hello": "blue"}).json()
GOOD: dict[str, tuple[type[ActionBase], dict[str, Any], str]] = {
    "maintenance": (check_maintenance.ActionModule, {"apps": APPS, "app": "", "state": "on", "allow": "", "known": KNOWN}, "options"),
    "removal": (check_removal.ActionModule, {"apps": APPS, "app": "shop"}, "app"),
    "patch": (
        check_patch.ActionModule,
        {
            "apps": APPS,
            "web": ["web1"],
            "balancers": [],
            "due": {"web1": {"packages": [], "reboot": False}},
            "stale": {},
            "known": KNOWN,
            "databases": [],
            "backups": [],
            "with_balancers": False,
            "with_databases": False,
            "anyway": False,
        },
        "lines",
    ),
}
BAD: dict[str, dict[str, Any]] = {
    "maintenance": {"state": "ajar"},
    "removal": {"app": "hello"},
    "patch": {"due": {"web1": {"packages": ["tzdata"], "reboot": False}}, "known": {**KNOWN, "behind": ["b1"], "servers": {"b1": {}}}},
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_decided_is_returned_and_what_cannot_be_is_a_failure(name: str) -> None:
    kind, args, key = GOOD[name]
    result = action(kind, **args).run()
    assert (result["changed"], key in result) == (False, True)
    with pytest.raises(AnsibleActionFail):
        action(kind, **{**args, **BAD[name]}).run()


def test_in_check_mode_what_is_against_an_upgrade_is_only_told() -> None:
    kind, args, _ = GOOD["patch"]
    lines = action(kind, check=True, **{**args, **BAD["patch"]}).run()["lines"]
    assert any(line.startswith("b1: HAProxy does not run") for line in lines)


def test_before_the_lock_is_taken_no_line_is_decided_on() -> None:
    result = action(check_maintenance.ActionModule, apps=APPS, app="", state="on", allow="").run()
    assert (result["msg"], "options" in result) == ("hello is closed for maintenance.", False)

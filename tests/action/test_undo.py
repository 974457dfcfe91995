"""The actions that end a step: they take what hosts returned as it is."""

from dataclasses import asdict
from typing import Any

from ansible_collections.hostler.fleet.plugins.action import end_step, plan_undo
from tests.shared.planned import Fleet
from tests.shared.samples import action


def test_what_is_put_back_is_returned_with_the_time() -> None:
    step = Fleet("a", "b").step("deploy", "c")
    result = action(
        plan_undo.ActionModule,
        step=asdict(step),
        failed={"web1": {"msg": "no"}, "web2": {}},
        switched={"balancer1": {}},
        commanded={"web1": {"commanded": "hello"}},
    ).run()
    assert {"on", "events", "hook", "msg", "changed"} <= result.keys()
    assert (result["on"], result["events"][0]["why"]) == ({"restart": [], "follow": []}, "no")
    assert result["events"][0]["at"].endswith("Z")
    assert "The release command has run" in result["msg"]


def test_a_good_end_is_told_and_the_hook_with_it() -> None:
    step = Fleet("a", "b").step("deploy", "c")
    watched: dict[str, Any] = {"balancer1": {"count": {"requests": 9, "failed": 0}, "down": []}}
    result = action(end_step.ActionModule, step=asdict(step), watched=watched).run()
    assert result["msg"].startswith("hello: c is live in blue; 0 of 9 requests failed")
    assert result["hook"]["facts"]["result"] == "live"

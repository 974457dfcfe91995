"""Decide which database host apps write to from now on."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision, now
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.database.primary import Host
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.failover import Asked, events, plan


class ActionModule(Decision):
    """``plan_failover``: takes ``asked``, what the operator says; ``said``, what ``database_info`` said, by host, empty for one that is not
    reached; and ``reached``, by host whether it comes to the PostgreSQL of that one.

    With ``apps`` and ``known``, what balancers know, it also returns ``events`` for the history.
    """

    def decide(self, args: Json) -> Json:
        """Return what ``plan.failover.Plan`` has, and ``msg``, its lines as one text."""
        asked = Asked.of(args["asked"])
        hosts = {name: _host(said) for name, said in args["said"].items()}
        if (said := args["said"].get(asked.to or asked.rejoin, {})).get("failed"):
            raise Refused(f"{asked.to or asked.rejoin}: {said.get('msg', 'it cannot be asked')}")
        away = [name for name, one in hosts.items() if one is None]
        reached = [name for name, does in args["reached"].items() if does]
        made = plan(asked, hosts, dict.fromkeys(away, reached))
        result: Json = {**made.json(), "msg": "\n".join(made.lines)}
        if "known" in args:
            result["events"] = events([App.of(app) for app in args["apps"]], Known.of(args["known"]), now(), made)
        return result


def _host(said: Json) -> Host | None:
    """Return what a host has; one that is reached and whose PostgreSQL cannot be asked has data and does not answer."""
    return Host(ours=True) if said.get("failed") else Host.of(said) if "ours" in said else None

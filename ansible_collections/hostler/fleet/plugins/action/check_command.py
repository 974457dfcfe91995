"""Decide where a command of the operator's is run."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json
from ansible_collections.hostler.fleet.plugins.module_utils.plan.once import Asked, decided
from ansible_collections.hostler.fleet.plugins.module_utils.said import parts_of


class ActionModule(Decision):
    """``check_command``: takes ``apps``; ``known``, what ``check_slots`` said; ``web``, for each web host what ``host_facts`` returned; and
    ``asked``, what the operator says.
    """

    def decide(self, args: Json) -> Json:
        """Return ``hosts``, ``release`` and ``options`` of ``run_command``."""
        said = args["asked"]
        asked = Asked(said["app"], said["command"], said["host"], int(said["seconds"]))
        hosts = {host: parts_of(result.get("ansible_facts", {}).get("hostler", {})) for host, result in args["web"].items()}
        found = decided(asked, [App.of(app) for app in args["apps"]], Known.of(args["known"]), list(args["web"]), hosts)
        return {**found, "said": f"{found['release']} on {', '.join(found['hosts'])}"}

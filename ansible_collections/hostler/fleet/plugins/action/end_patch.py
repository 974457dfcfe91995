"""Say who serves after a host was not well when it had been upgraded."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.plan.patch import after_failure


class ActionModule(Decision):
    """``end_patch``: takes ``host``; ``hosts``, all that were to be upgraded; ``rotated``, what ``rotate_hosts`` said."""

    def decide(self, args: Json) -> Json:
        """Return ``msg``."""
        down = sorted({place for said in args["rotated"].values() for place in said.get("down") or {}})
        later = args["hosts"][args["hosts"].index(args["host"]) + 1 :]
        return {"msg": after_failure(args["host"], down, later)}

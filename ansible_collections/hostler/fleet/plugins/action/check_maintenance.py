"""Check what an operator asks for who closes an app for maintenance, or opens it again; and say which lines that makes."""

from __future__ import annotations

from typing import Any

from ansible_collections.hostler.fleet.plugins.action.decision import Decision, now
from ansible_collections.hostler.fleet.plugins.module_utils.plan import maintenance


class ActionModule(Decision):
    """``check_maintenance``: takes ``apps``, and what the operator says: ``app``, ``state`` and ``allow``.

    With ``known``, what ``check_slots`` returns, it also returns ``options`` for ``set_slots``, and ``due``, whether anything changes.
    """

    def decide(self, args: dict[str, Any]) -> dict[str, Any]:
        """Return ``app``, its name, ``state``, ``allow`` and ``msg``, what visitors get then."""
        asked = maintenance.asked(args["apps"], args["app"], args["state"], args["allow"])
        change = maintenance.change(asked, args["known"], now()) if "known" in args else {}
        return {"app": asked.app, "state": asked.state, "allow": asked.allow, "msg": maintenance.told(asked), **change}

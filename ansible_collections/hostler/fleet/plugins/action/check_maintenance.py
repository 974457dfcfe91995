"""Check what an operator asks for who closes an app for maintenance, or opens it again; and say which lines that makes."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision, clock, now
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json
from ansible_collections.hostler.fleet.plugins.module_utils.plan import maintenance


class ActionModule(Decision):
    """``check_maintenance``: takes ``apps``, and what the operator says: ``app``, ``state`` and ``allow``.

    With ``known``, what ``check_slots`` returns, it also returns ``options`` for ``set_slots``, and ``due``, whether anything changes.
    """

    def decide(self, args: Json) -> Json:
        """Return ``app``, its name, ``state``, ``allow`` and ``msg``, what visitors get then."""
        asked = maintenance.asked([App.of(app) for app in args["apps"]], args["app"], args["state"], args["allow"])
        change = maintenance.change(asked, Known.of(args["known"]), now(), clock()) if "known" in args else {}
        return {"app": asked.app, "state": asked.state, "allow": asked.allow, "msg": maintenance.told(asked), **change}

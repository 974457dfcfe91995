"""Decide how data are brought back, and which apps are closed meanwhile."""

from __future__ import annotations

from datetime import datetime

from ansible_collections.hostler.fleet.plugins.action.decision import Decision, clock, now
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from ansible_collections.hostler.fleet.plugins.module_utils.backup.target import UTC, parsed
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.restore import closing, shown


class ActionModule(Decision):
    """``plan_restore``: takes ``target``, as the operator says it; ``backups``, as ``backup_info`` has them, and ``database``, the host
    with the data.

    With ``found``, what ``look_backup`` returned, it returns ``lines`` of that; with ``apps`` and ``known``, what balancers know, also
    ``close`` and ``open``, options for ``set_slots``, for ``apps``; ``closed``, apps that were so before; and ``events`` for the history.
    """

    def decide(self, args: Json) -> Json:
        """Return ``target``, as ``backup.target`` has it, and ``stamp``, for the name of what is kept."""
        if not args["database"]:
            raise Refused("restore: no host is in the group 'backup', so there is nothing to go back to.")
        target = parsed(args["target"], [Backup.of(one) for one in args["backups"]], datetime.now(UTC))
        result: Json = {"target": target.json(), "stamp": f"{datetime.now(UTC):%Y%m%d-%H%M%S}"}
        if "found" in args:
            result["lines"] = shown(args["found"]["databases"], args["found"]["newest"], target.said)
        if "known" in args:
            result |= closing([App.of(app) for app in args["apps"]], Known.of(args["known"]), now(), clock(), target.said)
        return result

"""Decide how data are brought back, and which apps are closed meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ansible_collections.hostler.fleet.plugins.action.decision import Decision, clock, now
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from ansible_collections.hostler.fleet.plugins.module_utils.backup.repository import S3
from ansible_collections.hostler.fleet.plugins.module_utils.backup.target import UTC, Target, parsed
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.restore import closing, shown


class ActionModule(Decision):
    """``plan_restore``: takes ``target``, as the operator says it; ``backups`` and ``s3``, as ``backup_info`` has them, and ``from_s3``,
    whether the bucket is asked for; and ``database``, the host with the data.

    With ``found``, what ``look_backup`` returned, it returns ``lines`` of that; with ``apps`` and ``known``, what balancers know, also
    ``close`` and ``open``, options for ``set_slots``, for ``apps``; ``closed``, apps that were so before; and ``events`` for the history.
    """

    def decide(self, args: Json) -> Json:
        """Return ``target``, as ``backup.target`` has it, and ``stamp``, for the name of what is kept."""
        if not args["database"]:
            raise Refused("restore: no host is in the group 'backup', so there is nothing to go back to.")
        target = _target(args)
        result: Json = {"target": target.json(), "stamp": f"{datetime.now(UTC):%Y%m%d-%H%M%S}"}
        if "found" in args:
            result["lines"] = shown(args["found"]["databases"], args["found"]["newest"], target.said)
        if "known" in args:
            result |= closing([App.of(app) for app in args["apps"]], Known.of(args["known"]), now(), clock(), target.said)
        return result


def _target(args: Json) -> Target:
    """Return what is meant, from the bucket where that is asked for, or the host's own backups do not lead there."""
    text, now, bucket = args["target"], datetime.now(UTC), args["s3"] or {}
    if args["from_s3"] and not bucket:
        raise Refused("from_s3: no backups are kept in a bucket (backup_s3).")
    if args["from_s3"] and bucket["wrong"]:
        raise Refused(f"from_s3: the bucket cannot be asked: {bucket['wrong']}")
    there = [Backup.of(one) for one in bucket.get("backups", [])]
    if not args["from_s3"]:
        try:
            return parsed(text, [Backup.of(one) for one in args["backups"]], now)
        except Refused:
            if not there:
                raise
    return replace(parsed(text, there, now), repository=S3)

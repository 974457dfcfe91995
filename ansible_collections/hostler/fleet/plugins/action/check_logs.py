"""Decide whose journals are asked for what."""

from __future__ import annotations

import time

from ansible import context

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.action.report import FORMATS
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.logs import BACKUPS, DATABASES, questions


class ActionModule(Decision):
    """``check_logs``: takes ``apps``; ``web``, ``balancers``, ``databases`` and ``backups``, names of hosts; and ``asked``, what the
    operator says.
    """

    def decide(self, args: Json) -> Json:
        """Return ``questions``, for each host that is asked the options of ``logs_info``."""
        asked = args["asked"]
        if asked["format"] not in FORMATS:
            raise Refused(f"format: {asked['format']!r} is none; use -e format=table or -e format=json.")
        kinds = ((args["databases"], DATABASES), (args["backups"], BACKUPS))
        data: dict[str, list[str]] = {}
        for hosts, units in kinds:
            data |= {host: [*data.get(host, []), *units] for host in hosts}
        found = questions([App.of(app) for app in args["apps"]], args["web"], args["balancers"], asked, time.time(), data)
        forks = int(context.CLIARGS.get("forks") or 0)
        # Each host that is read along takes one for as long as it lasts
        if asked["follow"] and forks < len(found):
            raise Refused(
                f"follow: {len(found)} hosts are read along, and Ansible goes to {forks} at a time; say -f {len(found)}, or -e host=..."
            )
        return {"questions": found, "said": ""}

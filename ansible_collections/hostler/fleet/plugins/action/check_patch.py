"""Decide which hosts an upgrade of the system is due for, and refuse it where the fleet would not bear it."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json
from ansible_collections.hostler.fleet.plugins.module_utils.plan.patch import Due, decided


class ActionModule(Decision):
    """``check_patch``: takes ``apps``; ``web``, ``balancers``, ``databases`` and ``backups``, names; ``due`` and ``stale``, for each host
    what ``upgrade_packages`` said, and ``refresh_slots`` or ``refresh_cluster``; ``known``, what ``check_slots`` said; ``with_balancers``,
    ``with_databases`` and ``anyway``, which the operator says.

    Returns ``web``, ``balancers`` and ``data``, the hosts to upgrade; ``live``, the backends that visitors are sent to; ``lines``, for
    people; ``patience``, seconds for open requests to finish.
    """

    def decide(self, args: Json) -> Json:
        """Return what is to be done."""
        stale = {host: args["stale"].get(host, {}).get("stale") or [] for host in args["due"]}
        due = {host: Due(said["packages"], said["reboot"], stale[host]) for host, said in args["due"].items()}
        apps = [App.of(app) for app in args["apps"]]
        asked = {key: args[key] for key in ("web", "balancers", "databases", "backups", "with_balancers", "with_databases", "anyway")}
        return decided(apps, Known.of(args["known"]), due, **asked, check=self._task.check_mode)

"""What a restore needs of the balancers, and what the operator is shown. Opens no connection."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from ansible_collections.hostler.fleet.plugins.module_utils import history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json
from ansible_collections.hostler.fleet.plugins.module_utils.plan.maintenance import Asked, change

MB = 10**6


def closing(apps: list[App], known: Known, at: str, clock: int, target: str) -> Json:
    """Return ``close`` and ``open``, options for ``set_slots`` each, for the ``apps`` with a database that are not ``closed`` already; and
    the ``events`` of data that were brought back, for all of them.
    """
    open_now = [app.name for app in apps if app.database and not slots.is_closed(known.entries, app.name)]
    having = [app.name for app in apps if app.database]
    close, closed = _all([Asked(name, "on", []) for name in open_now], known, at, clock)
    back, _ = _all([Asked(name, "off", []) for name in open_now], closed, at, clock)
    events = [history.restored(known.run, known.by, at, name, target) for name in having]
    # What were closed before stay so; a run that was killed may have left them
    closed_before = [name for name in having if name not in open_now]
    return {"close": close, "open": back, "apps": open_now, "closed": closed_before, "events": events}


def _all(wanted: list[Asked], known: Known, at: str, clock: int) -> tuple[Json, Known]:
    """Return options that bring several changes, and what is known then."""
    whole: Json = {"run": known.run, "offline": True, "entries": {}, "instead_of": []}
    for one in wanted:
        options = change(one, known, at, clock)["options"]
        whole["entries"] |= options["entries"]
        whole["instead_of"] += options["instead_of"]
    left = {key: value for key, value in known.entries.items() if key not in slots.below(known.entries, whole["instead_of"])}
    return whole, replace(known, entries={**left, **whole["entries"]})


def shown(found: Mapping[str, Json], newest: int, target: str) -> list[str]:
    """Return lines of what was found in a scratch cluster that was restored as far as `target` says."""
    lines = [f"{name}: {one['rows']} rows in {one['tables']} tables, {one['bytes'] / MB:.1f} MB" for name, one in found.items()]
    last = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(newest)) if newest else "none after the backup"
    return [f"Restored into a scratch, up to {target}:", *lines, f"last transaction: {last}"]

"""Whether the releases in the slots of an app bear what a release command did, asked on their own host."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.module_utils.host import journal
from ansible_collections.hostler.fleet.plugins.module_utils.host.health import Health
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json


def problem(name: str, live: Json, standby: Json, seconds: float, since: float) -> tuple[str, bool]:
    """Return what is wrong, empty for nothing, and whether what is live bears it; `since` is from where its journal is told.

    `live` and `standby` are as ``check_live`` has them.
    """
    app = App(name)
    of_live, of_standby = (_wrong(app, what, seconds) for what in (live, standby))
    if not of_live:
        return (str(journal.unhealthy(app, standby["slot"], standby["release"], of_standby, since)) if of_standby else ""), True
    said = journal.lines(app, app.unit(live["slot"]), live["release"], since)
    both = f" Nor is the new one healthy, so it may be the database itself: {of_standby}." if of_standby else ""
    return (
        f"{name}: the release {live['release']}, which is live, does not bear what the release command did: {of_live}.{both} {said}",
        False,
    )


def _wrong(app: App, what: Json, seconds: float) -> str:
    """Return what keeps a slot's release from being healthy; nothing where this host is to run another one there."""
    if app.in_slot(what["slot"]) != what["release"]:
        return ""
    return Health(what["port"], what["check"]["path"], what["check"]["host"]).wait(what["release"], seconds)

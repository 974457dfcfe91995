"""Tell what each slot of a web host runs, and how it does; nothing is changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import model
from ansible_collections.hostler.fleet.plugins.module_utils.host import manifest, secrets
from ansible_collections.hostler.fleet.plugins.module_utils.host.health import Health
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import children, killed, moment, number, show
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS
from ansible_collections.hostler.fleet.plugins.module_utils.said import Slot

PROPERTIES = ("ActiveState", "ActiveEnterTimestamp", "MainPID", "MemoryCurrent", "ControlGroup")


@lru_cache
def changed(release: Path) -> list[str] | None:
    """Return the parts of a release that were changed by hand; both slots may run the same one."""
    return manifest.changed(release)


def see(app: App, slot: str, health: Health, unit: dict[str, str]) -> Slot:
    """Return what there is to know of a slot."""
    release, active = app.in_slot(slot), unit["ActiveState"]
    wrong, runs = health.ask() if active == "active" else ("", "")
    return Slot(
        release=release,
        runs=runs,
        wrong=wrong,
        active=active,
        since=moment(unit["ActiveEnterTimestamp"]) if active == "active" else "",
        processes=len(children(number(unit["MainPID"]))),
        memory=number(unit["MemoryCurrent"]) if active == "active" else 0,
        killed=killed(unit["ControlGroup"]) if active == "active" else 0,
        secrets=secrets.held(number(unit["MainPID"])) if active == "active" else "",
        changed=changed(app.release(release)) if release else None,
    )


def see_all(apps: list[model.App], entries: dict[str, str]) -> dict[str, dict[str, Slot]]:
    """Return what there is to know of each slot of each app; slots that hang are waited for side by side."""
    places = [(app, App(app.name), slot) for app in apps for slot in SLOTS]
    known = show([app.unit(slot) for _, app, slot in places], *PROPERTIES)

    def ask(place: tuple[model.App, App, str]) -> Slot:
        given, app, slot = place
        return see(app, slot, Health.of(given, slot, entries), known[app.unit(slot)])

    found: dict[str, dict[str, Slot]] = {app.name: {} for app in apps}
    with ThreadPoolExecutor(max_workers=8) as pool:
        for (_, app, slot), seen in zip(places, pool.map(ask, places), strict=True):
            found[app.name][slot] = seen
    return found

"""Tell what each job and worker of a web host follows, and how it does; nothing is changed."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host import units
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import moment, show
from ansible_collections.hostler.fleet.plugins.module_utils.said import Unit

PROPERTIES = ("ActiveState", "Result", "ExecMainStartTimestamp", "NextElapseUSecRealtime")


def see(app: App, live: str) -> list[Unit]:
    """Return what there is to know of an app's jobs and workers, those that the release `live` has and those that are here."""
    laid_out = {Path(place).name: (text, place.startswith("once/")) for place, text in units.laid_out(app, live).items()}
    here = units.installed(app)
    wanted = {name: text for name, (text, _) in laid_out.items()}
    # A job is known by its timer, and its service goes with it
    services = {name: f"{Path(name).stem}.service" for name, text in {**here, **wanted}.items() if units.starts(text)}
    known = show(sorted({*services, *services.values()}), *PROPERTIES)
    found = []
    for name, service in sorted(services.items()):
        release = units.release_of(here.get(service, "")) if name in here else ""
        parts = {name, service} & wanted.keys()
        found.append(
            Unit(
                name=Path(name).stem.partition(".")[2],
                kind="worker" if name == service else "job",
                once=laid_out[name][1] if name in laid_out else False,
                wanted=name in wanted,
                release=release,
                changed=release == live and any(here.get(part) != wanted[part] for part in parts),
                active=known[name]["ActiveState"],
                result=known[service]["Result"],
                since=moment(known[service]["ExecMainStartTimestamp"]),
                next=moment(known[name].get("NextElapseUSecRealtime", "")),
            )
        )
    return found

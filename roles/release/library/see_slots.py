# Managed by Hostler, role:release
"""Tell what each slot, job and worker of a web host runs, and how it does; nothing is changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_release import manifest, secrets, units
from ansible.module_utils.hostler_release.host import SLOTS, App, Failed, Health, children, show

DOCUMENTATION = """
module: see_slots
short_description: Tell what each slot, job and worker of a web host runs, and how it does
description:
  - Returns C(apps), for each app and slot its C(release), by the slot's link; C(runs), the release that answers; C(wrong), what the health
    check says, empty where all is well; C(active), the unit's state; C(since), when it got active, in UTC; C(processes); C(memory) in
    bytes; C(secrets), the generation that its process holds; C(changed), the parts of the release that are not as they were laid out,
    none where that is not known.
  - Returns C(units), for each app a list of its jobs and workers that are here or that the live release has; each with C(name) and
    C(kind), C(job) or C(worker); C(once), whether it is for one host of the fleet; C(wanted), whether the live release has it;
    C(release), whose it is here, empty where it is not; C(changed), whether it is not as that release has it; C(active), the state of
    the worker or of the job's timer; C(result) of its last end; C(since), when it last started; C(next), when the job is due.
options:
  apps: {description: The apps; each with C(name) C(ports) and C(check)., type: list, elements: dict, required: true}
  entries: {description: Lines of the map of slots; what they say of a slot's health check comes first., type: dict, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "apps": {"type": "list", "elements": "dict", "required": True},
    "entries": {"type": "dict", "required": True},
}
PROPERTIES = ("ActiveState", "ActiveEnterTimestamp", "MainPID", "MemoryCurrent")
UNIT_PROPERTIES = ("ActiveState", "Result", "ExecMainStartTimestamp", "NextElapseUSecRealtime")


def moment(stamp: str) -> str:
    """Return systemd's 'Sun 2026-11-22 16:57:02 UTC' as 2026-11-22T16:57:02Z; empty for never."""
    words = stamp.split()
    return f"{words[1]}T{words[2]}Z" if len(words) == 4 else ""


def number(text: str) -> int:
    """Return a number of systemd's; 0 where it has none to tell."""
    return int(text) if text.isdigit() else 0


@lru_cache
def changed(release: Path) -> list[str] | None:
    """Return the parts of a release that were changed by hand; both slots may run the same one."""
    return manifest.changed(release)


def see(app: App, slot: str, health: Health, unit: dict[str, str]) -> dict[str, Any]:
    """Return what there is to know of a slot."""
    release, active = app.in_slot(slot), unit["ActiveState"]
    wrong, runs = health.ask() if active == "active" else ("", "")
    return {
        "release": release,
        "runs": runs,
        "wrong": wrong,
        "active": active,
        "since": moment(unit["ActiveEnterTimestamp"]) if active == "active" else "",
        "processes": len(children(number(unit["MainPID"]))),
        "memory": number(unit["MemoryCurrent"]) if active == "active" else 0,
        "secrets": secrets.held(number(unit["MainPID"])) if active == "active" else "",
        "changed": changed(app.release(release)) if release else None,
    }


def see_units(app: App, live: str) -> list[dict[str, Any]]:
    """Return what there is to know of an app's jobs and workers, those that the release `live` has and those that are here."""
    laid_out = {Path(place).name: (text, place.startswith("once/")) for place, text in units.laid_out(app, live).items()}
    here = units.installed(app)
    wanted = {name: text for name, (text, _) in laid_out.items()}
    # A job is known by its timer, and its service goes with it
    services = {name: f"{Path(name).stem}.service" for name, text in {**here, **wanted}.items() if units.starts(text)}
    known = show(sorted({*services, *services.values()}), *UNIT_PROPERTIES)
    found = []
    for name, service in sorted(services.items()):
        release = units.release_of(here.get(service, "")) if name in here else ""
        parts = {name, service} & wanted.keys()
        found.append(
            {
                "name": Path(name).stem.partition(".")[2],
                "kind": "worker" if name == service else "job",
                "once": laid_out[name][1] if name in laid_out else False,
                "wanted": name in wanted,
                "release": release,
                "changed": release == live and any(here.get(part) != wanted[part] for part in parts),
                "active": known[name]["ActiveState"],
                "result": known[service]["Result"],
                "since": moment(known[service]["ExecMainStartTimestamp"]),
                "next": moment(known[name].get("NextElapseUSecRealtime", "")),
            }
        )
    return found


def see_all(apps: list[dict[str, Any]], entries: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what there is to know of each slot of each app; slots that hang are waited for side by side."""
    places = [(app, App(app["name"]), slot) for app in apps for slot in SLOTS]
    known = show([app.unit(slot) for _, app, slot in places], *PROPERTIES)

    def ask(place: tuple[dict[str, Any], App, str]) -> dict[str, Any]:
        given, app, slot = place
        return see(app, slot, Health.of(given, slot, entries), known[app.unit(slot)])

    found: dict[str, dict[str, Any]] = {app["name"]: {} for app in apps}
    with ThreadPoolExecutor(max_workers=8) as pool:
        for (_, app, slot), seen in zip(places, pool.map(ask, places), strict=True):
            found[app.name][slot] = seen
    return found


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    try:
        apps, entries = module.params["apps"], module.params["entries"]
        live = {app["name"]: entries.get(f"{app['name']}/{entries.get(app['name'])}", "") for app in apps}
        units_of = {name: see_units(App(name), release) for name, release in live.items()}
        module.exit_json(changed=False, apps=see_all(apps, entries), units=units_of)
    except (Failed, OSError) as error:
        module.fail_json(str(error))


if __name__ == "__main__":
    main()

# Managed by Hostler, role:release
"""Have no slot or worker of a web host use what an upgrade has replaced, and wait until those that are to serve are healthy."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_release import told, units
from ansible.module_utils.hostler_release.host import PROC, SLOTS, STOP_SECONDS, App, Failed, Health, children, run, show

DOCUMENTATION = """
module: refresh_slots
short_description: Have no slot or worker of a web host use what an upgrade has replaced
description:
  - Slots and workers that run are restarted, all together, where C(restart) is set or where one of them still uses a program or library
    of the system that is no longer on disk. So this is for a host that gets no requests. What does not run is not started.
  - Then those in C(backends) are waited for.
  - Returns C(stale), the units that use what is no longer on disk.
options:
  apps: {description: The apps; each with C(name) C(ports) C(check) and C(start_seconds)., type: list, elements: dict, required: true}
  entries: {description: Lines of the map of slots; what they say of a slot's health check comes first., type: dict, required: true}
  backends: {description: "Slots that have to be healthy, such as C(hello_blue).", type: list, elements: str, default: []}
  restart: {description: Whether the slots are restarted in any case., type: bool, default: false}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "apps": {"type": "list", "elements": "dict", "required": True},
    "entries": {"type": "dict", "required": True},
    "backends": {"type": "list", "elements": "str", "default": []},
    "restart": {"type": "bool", "default": False},
}


def replaced(pid: int) -> bool:
    """Tell whether a process uses a program or library of the system that is no longer on disk. Source: proc(5), maps."""
    try:
        lines = (PROC / str(pid) / "maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    files = (line.split(None, 5)[5] for line in lines if line.endswith(" (deleted)"))
    return any(file.startswith(("/usr/", "/lib")) for file in files)


def stale(names: list[str]) -> list[str]:
    """Return the units that use what is no longer on disk; one that does not run uses nothing."""
    mains = {unit: int(shown["MainPID"]) for unit, shown in show(names, "MainPID").items()}
    return [unit for unit, main in mains.items() if main and any(replaced(pid) for pid in (main, *children(main)))]


def workers(app: App) -> list[str]:
    """Return the units of an app's workers that this host has; a job that runs ends soon."""
    return [name for name, text in units.installed(app).items() if name.endswith(".service") and units.starts(text)]


def wait(given: dict[str, Any], app: App, slot: str, entries: dict[str, str], began: float) -> None:
    """Wait until a slot is healthy; Failed has the journal's last lines."""
    release = app.in_slot(slot)
    if wrong := Health.of(given, slot, entries).wait(release, given["start_seconds"]):
        raise told.unhealthy(app, slot, release, wrong, began)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    began = time.time()
    places = [(given, App(given["name"]), slot) for given in params["apps"] for slot in SLOTS]
    names = [app.unit(slot) for _, app, slot in places if app.in_slot(slot)]
    names += [name for given in params["apps"] for name in workers(App(given["name"]))]
    try:
        old = stale(names)
        restart = bool(names) and (params["restart"] or bool(old))
        if module.check_mode:
            module.exit_json(changed=restart, stale=old)
        if restart:
            # Whether all of them started is asked below, of those that matter
            run("systemctl", "try-restart", *names, timeout=STOP_SECONDS)
        for given, app, slot in places:
            if f"{app.name}_{slot}" in params["backends"]:
                wait(given, app, slot, params["entries"], began)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=restart, stale=old)


if __name__ == "__main__":
    main()

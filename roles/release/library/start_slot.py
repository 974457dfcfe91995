# Managed by Hostler, role:release
"""Have a slot run a release, and wait until that release is healthy on this host."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_release import assets, secrets, told
from ansible.module_utils.hostler_release.host import STOP_SECONDS, App, Failed, Health, link, must, run, show

DOCUMENTATION = """
module: start_slot
short_description: Have a slot run a release, and wait until that release is healthy on this host
description:
  - Does nothing where the slot runs the release already and is healthy.
  - What the slot still serves is finished first, in the time that its unit allows.
options:
  name: {description: Name of the app., type: str, required: true}
  slot: {description: The slot., type: str, choices: [blue, green], required: true}
  release: {description: Id of the release; empty leaves the slot stopped and without a release., type: str, required: true}
  port: {description: Port of the slot., type: int, required: true}
  check: {description: Path and host name of the health check., type: dict, required: true}
  live:
    description: Whether the slot is the live one. Then it is never stopped, and restarted only where it does not run the release.
    type: bool
    default: false
  optional: {description: Whether the slot is left empty where this host does not have the release., type: bool, default: false}
  seconds: {description: How long the release may take until it is healthy., type: int, default: 60}
  generation:
    description: The generation of secrets that the release gets; C(own) for the one that it has, empty for no secrets at all.
    type: str
    default: own
  static:
    description: Folders of the app in which the release is lent what the releases in the slots have and it lacks, before it is started.
    type: list
    elements: str
    default: []
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "slot": {"type": "str", "choices": ["blue", "green"], "required": True},
    "release": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
    "check": {"type": "dict", "required": True},
    "live": {"type": "bool", "default": False},
    "optional": {"type": "bool", "default": False},
    "seconds": {"type": "int", "default": 60},
    "generation": {"type": "str", "default": "own"},
    "static": {"type": "list", "elements": "str", "default": []},
}


def start(app: App, slot: str, release: str, health: Health, seconds: int, live: bool) -> bool:
    """Restart the slot with `release` and wait for its health; tell whether it was restarted. Failed has the journal's last lines.

    A live slot that runs the release is only waited for: what keeps it from being healthy may pass, a stop would not.
    """
    if not app.release(release).is_dir():
        raise Failed(f"{app.name} has no release {release} on this host.")
    if secrets.erased(app.release(release)):
        raise Failed(f"{app.name}: the secrets of the release {release} are no longer on this host.")
    began = time.time()
    unit = app.unit(slot)
    wrong = ""
    if restart := not (live and runs(app, slot, release, health)):
        link(app.slot(slot), f"../releases/{release}")
        run("systemctl", "reset-failed", unit)  # it has nothing to reset on most days, and says so
        if run("systemctl", "restart", unit, timeout=seconds + STOP_SECONDS).returncode:
            wrong = f"{unit} did not start"
    wrong = wrong or health.wait(release, seconds) or lacks_secrets(app, slot, release)
    if wrong:
        # Where the run that asked was killed, the next one may have given the slot another release by now
        if not live and app.in_slot(slot) == release:
            run("systemctl", "stop", unit, timeout=STOP_SECONDS)
        raise told.unhealthy(app, slot, release, wrong, began)
    return restart


def lacks_secrets(app: App, slot: str, release: str) -> str:
    """Return what is wrong where a slot's process did not get its release's secrets; an empty string where it did."""
    wanted = secrets.of(app.release(release))
    if not wanted:
        return ""
    unit = app.unit(slot)
    if secrets.held(int(show([unit], "MainPID")[unit]["MainPID"])) == wanted:
        return ""
    return f"it did not get its secrets; the unit of {app.name} may be of before there were any, so run site.yml"


def runs(app: App, slot: str, release: str, health: Health) -> bool:
    """Tell whether the slot's unit is active with `release`, healthy or not."""
    active = run("systemctl", "is-active", "--quiet", app.unit(slot)).returncode == 0
    return active and app.in_slot(slot) == release and health.ask()[1] in ("", release)


def clear(app: App, slot: str) -> None:
    """Leave the slot stopped and without a release."""
    must("systemctl", "stop", app.unit(slot), timeout=STOP_SECONDS)
    app.slot(slot).unlink(missing_ok=True)


def well(app: App, slot: str, release: str, generation: str, health: Health) -> bool:
    """Tell whether a release that a slot is to run does so, healthy and with the secrets that are meant."""
    meant = generation in ("own", secrets.of(app.release(release)))
    return meant and not health.wrong(release) and not lacks_secrets(app, slot, release)


def secrets_of(app: App, release: str, generation: str) -> None:
    """Have a release use a generation of the app's secrets in place of its own; none at all where that is empty."""
    if generation not in ("", "own"):
        link(app.release(release) / secrets.NAME, secrets.place(generation))
    elif not generation:
        (app.release(release) / secrets.NAME).unlink(missing_ok=True)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    app, slot, release = App(params["name"]), params["slot"], params["release"]
    health = Health(params["port"], params["check"]["path"], params["check"]["host"])
    if params["optional"] and not app.release(release).is_dir():
        release = ""
    running = app.in_slot(slot) == release and (not release or well(app, slot, release, params["generation"], health))
    if running or module.check_mode:
        module.exit_json(changed=not running)
    changed = True
    try:
        if release and app.release(release).is_dir():
            secrets_of(app, release, params["generation"])
            assets.carry(app, release, params["static"])
        if release:
            changed = start(app, slot, release, health, params["seconds"], params["live"])
        else:
            clear(app, slot)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()

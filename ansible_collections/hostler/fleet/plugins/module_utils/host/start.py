"""Have a slot run a release, and wait until that release is healthy on this host."""

from __future__ import annotations

import time

from ansible_collections.hostler.fleet.plugins.module_utils.host import assets, journal, secrets, systemd
from ansible_collections.hostler.fleet.plugins.module_utils.host.health import Health
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App, link
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import STOP_SECONDS, Failed, must, show
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json


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
        systemd.run("systemctl", "reset-failed", unit)  # it has nothing to reset on most days, and says so
        if systemd.run("systemctl", "restart", unit, timeout=seconds + STOP_SECONDS).returncode:
            wrong = f"{unit} did not start{ended_early(unit, began, seconds)}"
    wrong = wrong or health.wait(release, seconds) or lacks_secrets(app, slot, release)
    if wrong:
        # Where the run that asked was killed, the next one may have given the slot another release by now
        if not live and app.in_slot(slot) == release:
            systemd.run("systemctl", "stop", unit, timeout=STOP_SECONDS)
        raise journal.unhealthy(app, slot, release, wrong, began)
    return restart


def ended_early(unit: str, began: float, seconds: int) -> str:
    """Return what to add where systemd ended a start that had `seconds` by the inventory: only site.yml writes units."""
    if show([unit], "Result")[unit]["Result"] != "timeout":
        return ""
    early = time.time() - began < seconds
    return f" in time{f'; start_seconds is {seconds} now, less in the unit: run site.yml' if early else ''}"


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
    active = systemd.run("systemctl", "is-active", "--quiet", app.unit(slot)).returncode == 0
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


def run(app: App, slot: str, release: str, params: Json, check: bool) -> bool:
    """Have a slot run a release as the options of ``start_slot`` say; tell whether anything was to do. In check mode, only tell."""
    health = Health(params["port"], params["check"]["path"], params["check"]["host"])
    if params["optional"] and not app.release(release).is_dir():
        release = ""
    running = app.in_slot(slot) == release and (not release or well(app, slot, release, params["generation"], health))
    if running or check:
        return not running
    if not release:
        clear(app, slot)
        return True
    if app.release(release).is_dir():
        secrets_of(app, release, params["generation"])
        assets.carry(app, release, params["static"])
    return start(app, slot, release, health, params["seconds"], params["live"])

"""Have no slot or worker of a web host use what an upgrade has replaced, and wait until those that are to serve are healthy."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.module_utils import model
from ansible_collections.hostler.fleet.plugins.module_utils.host import journal, units
from ansible_collections.hostler.fleet.plugins.module_utils.host.health import Health
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import PROC, children, show


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


def wait(given: model.App, app: App, slot: str, entries: dict[str, str], began: float) -> None:
    """Wait until a slot is healthy; Failed has the journal's last lines."""
    release = app.in_slot(slot)
    if wrong := Health.of(given, slot, entries).wait(release, given.start_seconds):
        raise journal.unhealthy(app, slot, release, wrong, began)

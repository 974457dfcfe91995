"""The units of an app's jobs and workers: as a release has them, and as a host has them.

A release has them in its folder ``units``: below ``every`` those of every web host, below ``once`` those of one host of the fleet.
A job is a service and a timer, a worker a service. Their names, such as ``hello.mail.service``, are no other app's: names of apps have
no dot. What has a section ``[Install]``, a timer or a worker, is started by us and with the host; a job's service by its timer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import MARK, SYSTEM, App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, run
from ansible_collections.hostler.fleet.plugins.module_utils.named import write

STAND_IN = "@RELEASE@"  # for the release's id, which is made of these texts too
RELEASE = re.compile(r"^Environment=RELEASE=(\S+)$", re.MULTILINE)
CALENDAR = re.compile(r"^OnCalendar=(.*)$", re.MULTILINE)


def lay_out(folder: Path, texts: Mapping[str, str], release: str) -> None:
    """Write the units of a release below its folder; `texts` by their places, such as ``every/hello.mail.service``."""
    for place, text in texts.items():
        path = folder / "units" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, text.replace(STAND_IN, release))


def check(app: App, folder: Path) -> None:
    """Have systemd read the schedules and units of a release; Failed says which is no good, and why."""
    paths = sorted((folder / "units").glob("*/*"))
    for timer in (path for path in paths if path.suffix == ".timer"):
        [schedule] = CALENDAR.findall(timer.read_text(encoding="utf-8"))
        done = run("systemd-analyze", "calendar", "--", schedule)
        if done.returncode:
            job = timer.stem.partition(".")[2]
            raise Failed(
                f"apps.{app.name}.jobs.{job}.schedule: {schedule!r} is none to systemd, such as '*-*-* 03:00:00' is; "
                f"'systemd-analyze calendar' tells what it makes of one: {done.stdout.strip()}"
            )
    if paths:
        done = run("systemd-analyze", "verify", *map(str, paths))
        lines = [line for line in done.stdout.splitlines() if any(path.name in line for path in paths)]
        if said := "\n".join(lines) or (done.stdout if done.returncode else ""):
            raise Failed(f"systemd does not accept the units of {app.name}'s jobs and workers:\n{said}")


def laid_out(app: App, release: str) -> dict[str, str]:
    """Return the texts of a release's units by their places; none where it has none, or is not on this host."""
    folder = app.release(release) / "units"
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/*")) if release}


def installed(app: App, system: Path = SYSTEM) -> dict[str, str]:
    """Return the texts of the units that this host has of an app's jobs and workers, by their names."""
    paths = [path for path in sorted(system.glob(f"{app.name}.*")) if path.suffix in (".service", ".timer") and path.is_file()]
    texts = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in paths}
    return {name: text for name, text in texts.items() if text.startswith(MARK)}


def starts(text: str) -> bool:
    """Tell whether a unit is started by us and with the host."""
    return "\n[Install]\n" in text


def release_of(text: str) -> str:
    """Return the release that a service is of."""
    found = RELEASE.search(text)
    return found[1] if found else ""

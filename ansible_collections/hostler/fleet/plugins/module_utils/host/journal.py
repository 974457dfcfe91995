"""What a host has to tell of something that went wrong, with the secrets in it masked."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, run

# Enough for what an app said before its end: Gunicorn adds a traceback of its own. A secret that the cut goes through would not be
# known for one; so it is cut after it was masked
LINES, READ = 60, 500
CHARACTERS = 6000
# Who writes beside the code, as Python, C and SQLite say it; a file that is there, and root's, is refused otherwise
READ_ONLY = re.compile(
    r"Errno 30\b|Read-only file system|readonly database|unable to open database file|Errno 13\] Permission denied: '(/srv/|[^/'])",
    re.IGNORECASE,
)


def lines(app: App, unit: str, release: str, since: float) -> str:
    """Return the last lines of a unit's journal under a heading, systemd's own among them."""
    run("journalctl", "--sync")  # what a process that has just ended said may not be there yet
    command = ("journalctl", "--unit", unit, "--since", f"@{int(since)}", "--lines", str(READ), "--output", "cat", "--no-pager")
    read = secrets.mask(run(*command).stdout.strip(), secrets.values(app.release(release))).splitlines()
    return "\n".join(["The journal's last lines:", *read[-LINES:]])


def hint(app: App, said: str) -> str:
    """Return a line on what helps, where what an app said has the error of who writes beside the code; else nothing."""
    if not READ_ONLY.search(said):
        return ""
    return (
        f"\nA release is read-only. What {app.name} writes belongs in the folder that the environment's STATE_DIRECTORY names, "
        f"{app.state}, as by Flask(__name__, instance_path=os.environ['STATE_DIRECTORY']); or name another folder in 'writable'."
    )


def unhealthy(app: App, slot: str, release: str, wrong: str, since: float) -> Failed:
    """Return the failure of a slot in which a release is not healthy."""
    said = lines(app, app.unit(slot), release, since)
    return Failed(f"{app.name}: the release {release} is not healthy in the slot {slot}: {wrong}. {said}{hint(app, said)}")


def output(done: subprocess.CompletedProcess[str], release: Path) -> str:
    """Return the end of what a command printed that had the secrets of the release in this folder."""
    return whole(done, release)[-CHARACTERS:]


def whole(done: subprocess.CompletedProcess[str], release: Path) -> str:
    """Return all of what a command printed that had the secrets of the release in this folder."""
    return secrets.mask(done.stdout.strip(), secrets.values(release))

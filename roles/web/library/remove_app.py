# Managed by Hostler, role:web
"""Remove an app from a web host: its slots, jobs and workers, unit, user, releases and data; only what bears our marks."""

from __future__ import annotations

import grp
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: remove_app
short_description: Remove an app from a web host, with its releases and its data
description:
  - An app of ours has a unit with our header, and no user of its name but one with the home C(/srv/<app>). Nothing else is removed.
  - The unit goes last. A run that was killed leaves it, and so the next one goes on where that ended.
  - Requests that are open in its slots are finished first, in the time that the unit allows. Journals stay.
  - Returns C(parts), what there is or was of it.
options:
  name: {description: Name of the app., type: str, required: true}
  look: {description: Only tell what there is., type: bool, default: false}
"""

OPTIONS: dict[str, dict[str, Any]] = {"name": {"type": "str", "required": True}, "look": {"type": "bool", "default": False}}
ROOT = Path("/")
UNITS = Path("etc/systemd/system")
MARK = b"# Managed by Hostler, role:web"
MARK_OF_RELEASE = b"# Managed by Hostler, role:release"  # on the units of jobs and workers
STOP_SECONDS = 3700  # more than any unit's own TimeoutStopSec


class Failed(Exception):
    """One sentence for the operator."""


def home_of(name: str) -> str:
    """Return the home of a user; empty where there is no such user."""
    try:
        return pwd.getpwnam(name).pw_dir
    except KeyError:
        return ""


def has_group(name: str) -> bool:
    """Tell whether there is such a group."""
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def mounts() -> list[str]:
    """Return where file systems are mounted. Source: fstab(5), whose fields these are."""
    return [line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]


class App:
    """What a host has of an app."""

    def __init__(self, name: str, root: Path = ROOT) -> None:
        """Take the app's name; `root` is where the host's files begin."""
        self.name = name
        self.root = root
        self.unit = root / UNITS / f"{name}@.service"

    def ours(self) -> bool:
        """Tell whether this is an app that Hostler has put here."""
        marked = self.unit.is_file() and self.unit.read_bytes().startswith(MARK)
        return marked and home_of(self.name) in ("", f"/srv/{self.name}")

    def units(self) -> list[Path]:
        """Return the units of its jobs and workers."""
        found = (path for path in (self.root / UNITS).glob(f"{self.name}.*") if path.suffix in (".service", ".timer") and path.is_file())
        return sorted(path for path in found if path.read_bytes().startswith(MARK_OF_RELEASE))

    def links(self) -> list[Path]:
        """Return what has its slots, timers and workers start at boot."""
        ours = {path.name for path in self.units()}
        links = (self.root / UNITS).glob(f"*.wants/{self.name}[@.]*")
        return sorted(link for link in links if "@" in link.name or link.name in ours)

    def stamps(self) -> list[Path]:
        """Return where systemd has noted when its timers last elapsed."""
        paths = (self.root / f"var/lib/systemd/timers/stamp-{unit.name}" for unit in self.units())
        return [path for path in paths if path.exists()]

    def folders(self) -> list[Path]:
        """Return its folders: what was added to its units, releases, data, and what a slot that was killed has left."""
        places = ["srv/{}", "var/lib/{}", "run/{}-blue", "run/{}-green"]
        paths = [self.root / place.format(self.name) for place in places]
        return sorted((self.root / UNITS).glob(f"{self.name}@*.service.d")) + [path for path in paths if path.exists() or path.is_symlink()]

    def parts(self) -> list[str]:
        """Return all that there is of it, in words; nothing of what is not ours."""
        if not self.ours():
            return []
        users = [f"the user {self.name}"] if home_of(self.name) else []
        groups = [f"the group {self.name}"] if has_group(self.name) else []
        paths = [*self.links(), *self.stamps(), *self.units(), *self.folders()]
        return [*map(str, paths), *users, *groups, str(self.unit)]

    def foreign(self) -> list[str]:
        """Return those of its folders that somebody has put elsewhere: a link, or one with a file system mounted at or below it."""
        mounted = mounts()
        return [str(path) for path in self.folders() if path.is_symlink() or any(f"{mount}/".startswith(f"{path}/") for mount in mounted)]

    def remove(self) -> None:
        """Remove it; Failed, with the rest still there, where the host does not let us."""
        if found := self.foreign():
            raise Failed(f"{', '.join(found)}: a link, or mounted; its content may be wanted. Take it away, then run this again.")
        units = self.units()
        run("systemctl", "stop", f"{self.name}@*.service", *(unit.name for unit in units), seconds=STOP_SECONDS)
        for path in [*self.links(), *self.stamps(), *units]:
            path.unlink()
        for folder in self.folders():
            shutil.rmtree(folder)
        if home_of(self.name):
            run("userdel", self.name)
        if has_group(self.name):
            run("groupdel", self.name)
        run("systemctl", "reset-failed", f"{self.name}@*.service", f"{self.name}.*")
        self.unit.unlink()
        run("systemctl", "daemon-reload")


def run(*command: str, seconds: float = 60) -> None:
    """Run a command that has to succeed."""
    try:
        subprocess.run(command, check=True, timeout=seconds, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise Failed(f"'{' '.join(command)}' did not end within {seconds:g} s.") from error
    except subprocess.CalledProcessError as error:
        raise Failed(f"'{' '.join(command)}' failed: {error.stdout.strip()}") from error


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    app = App(module.params["name"])
    parts = app.parts()
    if module.params["look"]:
        module.exit_json(changed=False, parts=parts)
    try:
        if parts and not module.check_mode:
            app.remove()
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=bool(parts), parts=parts, diff={"before": "".join(f"{part}\n" for part in parts), "after": ""})


if __name__ == "__main__":
    main()

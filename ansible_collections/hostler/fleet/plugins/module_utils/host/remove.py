"""Remove an app from a web host: its slots, jobs and workers, unit, user, releases and data; only what bears our marks."""

from __future__ import annotations

import grp
import pwd
import shutil
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import MARK
from ansible_collections.hostler.fleet.plugins.module_utils.host.ledger import Ledger
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import COMMANDS, Pending
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import STOP_SECONDS, Failed, must

ROOT = Path("/")
UNITS = Path("etc/systemd/system")


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
        marked = self.unit.is_file() and self.unit.read_bytes().startswith(MARK.encode())
        return marked and home_of(self.name) in ("", f"/srv/{self.name}")

    def units(self) -> list[Path]:
        """Return the units of its jobs and workers."""
        found = (path for path in (self.root / UNITS).glob(f"{self.name}.*") if path.suffix in (".service", ".timer") and path.is_file())
        return sorted(path for path in found if path.read_bytes().startswith(MARK.encode()))

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
        must("systemctl", "stop", f"{self.name}@*.service", *(unit.name for unit in units), timeout=STOP_SECONDS)
        for path in [*self.links(), *self.stamps(), *units]:
            path.unlink()
        for folder in self.folders():
            shutil.rmtree(folder)
        if home_of(self.name):
            must("userdel", self.name)
        if has_group(self.name):
            must("groupdel", self.name)
        must("systemctl", "reset-failed", f"{self.name}@*.service", f"{self.name}.*")
        self.unit.unlink()
        Ledger().note((), [self.unit])
        must("systemctl", "daemon-reload")
        Pending(COMMANDS).remove([self.unit])

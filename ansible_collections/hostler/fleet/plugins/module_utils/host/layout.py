"""Where an app's parts lie on a web host, below /srv and in systemd's folders."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import run
from ansible_collections.hostler.fleet.plugins.module_utils.only import only

SRV = Path("/srv")
STATE = Path("/var/lib")
SYSTEM = Path("/etc/systemd/system")
MARK = "# Managed by Hostler, role:"  # how each file begins that we put on a host


def link(path: Path, target: str) -> None:
    """Make `path` a symbolic link to `target`, in one step: there is no moment without it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(path)


@dataclass(frozen=True)
class App:
    """An app's place on a host: ``/srv/<name>``."""

    name: str

    @property
    def home(self) -> Path:
        """The app's folder."""
        return SRV / self.name

    @property
    def state(self) -> Path:
        """The folder that is the app's own, to write to."""
        return STATE / self.name

    def release(self, release: str) -> Path:
        """Folder of a release."""
        return self.home / "releases" / release

    def slot(self, slot: str) -> Path:
        """The link that says which release a slot runs."""
        return self.home / "slots" / slot

    def unit(self, slot: str) -> str:
        """Name of a slot's unit."""
        return f"{self.name}@{slot}.service"

    def in_slot(self, slot: str) -> str:
        """Id of the release that a slot is to run; empty where there is none."""
        path = self.slot(slot)
        return Path(os.readlink(path)).name if path.is_symlink() else ""

    def sandboxed(self, folder: Path, *command: str, seconds: int, slot: str = "blue") -> subprocess.CompletedProcess[str]:
        """Run a command once, as the app runs in the release at `folder`: its user, environment and programs; killed after `seconds`."""
        limit = f"--property=RuntimeMaxSec={seconds}"
        return run("systemd-run", "--pipe", "--wait", limit, *self._as_it_runs(folder, slot), *command, timeout=seconds + 30)

    def at_a_terminal(self, folder: Path, *command: str, slot: str) -> str:
        """Return the line by which root runs a command so at a terminal, for as long as it takes."""
        return shlex.join(["systemd-run", "--pty", *self._as_it_runs(folder, slot), *command])

    def _as_it_runs(self, folder: Path, slot: str) -> list[str]:
        """Return the options of systemd-run for what is to run as the app does in the release at `folder`."""
        properties = [
            f"User={self.name}",
            f"Group={self.name}",
            f"WorkingDirectory={folder}/app",
            f"EnvironmentFile={folder}/environment",
            f"EnvironmentFile=-{folder}/secrets",
            f"Environment=SLOT={slot} RELEASE={folder.resolve().name} HOME=/var/lib/{self.name} PYTHONDONTWRITEBYTECODE=1",
            f"Environment=PATH={folder}/venv/bin:/usr/local/bin:/usr/bin:/bin",
            f"StateDirectory={self.name}",
            "ProtectSystem=strict",
            "PrivateTmp=yes",
            "NoNewPrivileges=yes",
        ]
        return ["--quiet", "--collect", *(f"--property={item}" for item in properties)]


@contextmanager
def alone(app: App) -> Iterator[None]:
    """Be the only one at an app's releases or units on this host: of a run that was killed, what it began on a host goes on to its end."""
    with only(app.home):
        yield

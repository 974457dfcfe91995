"""Where an app's parts lie on a web host, below /srv and in systemd's folders."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, run
from ansible_collections.hostler.fleet.plugins.module_utils.only import only

SRV = Path("/srv")
STATE = Path("/var/lib")
SYSTEM = Path("/etc/systemd/system")
AS_IT_RUNS = "# From here on as the app runs"  # in the slots' unit, above what each process of the app has
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

    def sandboxed(
        self, folder: Path, *command: str, seconds: int, slot: str = "blue", env: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        """Run a command once, as the app runs in the release at `folder`: its user, environment and programs; killed after `seconds`.

        `env` is for what its environment does not have: systemd puts the variables of files over these.
        """
        more = (f"--property=RuntimeMaxSec={seconds}", *(f"--setenv={name}={value}" for name, value in env.items()))
        return run("systemd-run", "--pipe", "--wait", *more, *self._as_it_runs(folder, slot), *command, timeout=seconds + 30)

    def at_a_terminal(self, folder: Path, *command: str, slot: str) -> str:
        """Return the line by which root runs a command so at a terminal, for as long as it takes."""
        return shlex.join(["systemd-run", "--pty", *self._as_it_runs(folder, slot), *command])

    def _as_it_runs(self, folder: Path, slot: str) -> list[str]:
        """Return the options of systemd-run for what is to run as the app does in the release at `folder`: what the slots' unit says.

        A release is not in a slot yet when it is first imported.
        """
        lines = [line.replace(f"{SRV}/{self.name}/slots/%i", str(folder)) for line in self.as_it_runs()]
        lines.append(f"Environment=SLOT={slot} RELEASE={folder.resolve().name} PYTHONDONTWRITEBYTECODE=1")
        return ["--quiet", "--collect", *(f"--property={line}" for line in lines)]

    def as_it_runs(self) -> list[str]:
        """Return the lines of the slots' unit that say how the app runs."""
        path = SYSTEM / f"{self.name}@.service"
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        said = text.partition(AS_IT_RUNS)[2].partition("\n[")[0].partition("\n")[2]
        if not said:
            raise Failed(f"{path} does not say how {self.name} runs; run site.yml.")
        return [line for line in said.splitlines() if line and not line.startswith("#")]


def apps() -> list[str]:
    """Return the apps that this host has a unit of ours for."""
    units = [path for path in SYSTEM.glob("*@.service") if path.is_file() and path.read_bytes().startswith(MARK.encode())]
    return sorted(path.name.removesuffix("@.service") for path in units)


@contextmanager
def alone(app: App) -> Iterator[None]:
    """Be the only one at an app's releases or units on this host: of a run that was killed, what it began on a host goes on to its end."""
    with only(app.home):
        yield

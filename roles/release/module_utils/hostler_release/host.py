# Managed by Hostler, role:release
"""Where an app's parts lie on a web host, and how its slots are asked and told."""

from __future__ import annotations

import fcntl
import http.client
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SLOTS = ("blue", "green")
STOP_SECONDS = 3700  # more than any unit's own TimeoutStopSec
PROC = Path("/proc")
AGENT = "hostler-check"  # the access log leaves these requests out


class Failed(Exception):
    """What the operator must know: one sentence, and what the host said."""


def run(*command: str, timeout: float = 900) -> subprocess.CompletedProcess[str]:
    """Run a command of the host's own and return what came of it; output is text, errors and all."""
    try:
        return subprocess.run(
            command, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"'{' '.join(command)}' did not end within {timeout:g} s") from error


def must(*command: str, timeout: float = 900) -> str:
    """Run a command that has to succeed; return its output."""
    done = run(*command, timeout=timeout)
    if done.returncode:
        raise Failed(f"'{' '.join(command)}' failed: {done.stdout.strip()[-2000:]}")
    return done.stdout


def link(path: Path, target: str) -> None:
    """Make `path` a symbolic link to `target`, in one step: there is no moment without it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(path)


def show(names: list[str], *properties: str) -> dict[str, dict[str, str]]:
    """Return the properties of each unit, as systemctl has them; moments are in UTC."""
    said = must("systemctl", "show", "--timestamp=utc", f"--property={','.join(('Id', *properties))}", *names) if names else ""
    blocks = (dict(line.split("=", 1) for line in block.splitlines()) for block in said.strip().split("\n\n") if block)
    return {block["Id"]: block for block in blocks}


def children(pid: int) -> list[int]:
    """Return the processes that one has begun and that run; none where it is no more."""
    try:
        return [int(child) for child in (PROC / f"{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


@dataclass(frozen=True)
class App:
    """An app's place on a host: ``/srv/<name>``."""

    name: str

    @property
    def home(self) -> Path:
        """The app's folder."""
        return Path("/srv", self.name)

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
            f"RuntimeMaxSec={seconds}",
        ]
        run_once = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", *(f"--property={item}" for item in properties)]
        return run(*run_once, *command, timeout=seconds + 30)


@contextmanager
def alone(app: App) -> Iterator[None]:
    """Be the only one at an app's releases or units on this host: of a run that was killed, what it began on a host goes on to its end."""
    folder = os.open(app.home, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@dataclass(frozen=True)
class Health:
    """A health check on this host: GET `path` with the Host header `host` answers 200 from the release that is meant."""

    port: int
    path: str
    host: str

    @classmethod
    def of(cls, app: Mapping[str, Any], slot: str, entries: Mapping[str, str]) -> Health:
        """Return the health check of an app's slot; what the map of slots says of it comes before what the app says."""
        path, host = (entries.get(f"{app['name']}/{slot}/{part}", app["check"][part]) for part in ("path", "host"))
        return cls(app["ports"][slot], path, host)

    def ask(self, timeout: float = 2) -> tuple[str, str]:
        """Return what is wrong (empty: nothing) and the release that answered (empty: none)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", self.path, headers={"Host": self.host, "User-Agent": AGENT})
            answer = connection.getresponse()
        except TimeoutError:
            return f"GET {self.path} did not answer within {timeout:g} s", ""
        except (OSError, http.client.HTTPException) as error:
            return f"GET {self.path} on port {self.port} failed: {error}", ""
        finally:
            connection.close()
        wrong = "" if answer.status == 200 else f"GET {self.path} answered {answer.status}, not 200"
        return wrong, answer.getheader("Server", "")

    def wrong(self, release: str) -> str:
        """Return what keeps `release` from being healthy, or an empty string."""
        wrong, answered = self.ask()
        if not wrong and answered != release:
            return f"port {self.port} is answered by {answered or 'something else'}, not by the release {release}"
        return wrong

    def wait(self, release: str, seconds: float, in_a_row: int = 3, pause: float = 0.1) -> str:
        """Wait until `release` is healthy `in_a_row` times; return what was last wrong if it was not within `seconds`."""
        deadline = time.monotonic() + seconds
        good = 0
        while True:
            wrong = self.wrong(release)
            good = 0 if wrong else good + 1
            if good == in_a_row or (wrong and time.monotonic() > deadline):
                return wrong
            time.sleep(pause)

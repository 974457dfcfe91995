"""A host with Debian's tools for PostgreSQL's clusters, in a folder."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import named
from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.shared.ports import free
from tests.shared.samples import write

SETTINGS = ("postgresql.conf", "pg_hba.conf", "pg_ident.conf")
PLACES = {
    "SETTINGS": "etc", "DATA": "var", "MAKING": "hostler/cluster", "RESTORING": "hostler/restoring", "FOLLOWING": "hostler/following",
}  # fmt: skip
ANSWER = {"connections": 100, "used": 1, "restart": []}


class Debian:
    """The host. It notes what is `done` there, but for looks; of its units, those in `runs` do."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have the module look and act in the test's own folder."""
        self.done: list[list[str]] = []
        self.runs: set[str] = set()
        self.refuses = ""
        self._foreign: dict[Path, str] = {}
        self._listener: socket.socket | None = None
        self._steps: int | None = None
        for name, place in PLACES.items():
            monkeypatch.setattr(postgres, name, folder / place)
        monkeypatch.setattr(postgres, "PORT", free())
        monkeypatch.setattr(postgres, "run", self.run)
        monkeypatch.setattr(postgres, "must", self.must)
        monkeypatch.setattr(postgres, "state", lambda _: dict(ANSWER))

        for name in ("write", "lasting"):
            monkeypatch.setattr(postgres, name, partial(self._write, getattr(named, name)))

    def has(self, version: str, ours: bool = False, data: bool = True, settings: bool = True) -> None:
        """Give the host a cluster."""
        cluster = Cluster(version)
        files = {"PG_VERSION": f"{version}\n", "base/1": "precious"} if data else {}
        write(cluster.data, {**files, **({"hostler": ""} if ours else {})})
        write(cluster.settings, {"postgresql.conf": ""} if settings else {})
        self._foreign |= {path: path.read_text() for path in (*cluster.data.rglob("*"), *cluster.settings.rglob("*")) if path.is_file()}

    def start(self, version: str) -> None:
        """Have a cluster run."""
        self.runs.add(Cluster(version).unit)

    def listen(self) -> None:
        """Have some server have the port."""
        self._listener = socket.create_server(("127.0.0.1", postgres.PORT))

    def close(self) -> None:
        """Stop it."""
        if self._listener:
            self._listener.close()

    def kept(self) -> None:
        """See that all that the host was given is there still."""
        assert {path: path.read_text() for path in self._foreign} == self._foreign

    def killed_at(self, step: int | None) -> None:
        """Have a run be killed when it is about to do the so-many-th thing that changes the host; at none."""
        self._steps = step

    def _write(self, write: Callable[[Path, str], None], path: Path, content: str) -> None:
        self._step()
        write(path, content)

    def _step(self) -> None:
        if self._steps == 0:
            raise KeyboardInterrupt
        self._steps = self._steps and self._steps - 1

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Do what Debian's tools and systemd do."""
        program, *words = command
        if program == "systemctl" and "is-active" in words:
            return subprocess.CompletedProcess(command, 0 if words[-1] in self.runs else 3, "")
        self.done.append(list(command))
        if self.refuses:
            return subprocess.CompletedProcess(command, 1, self.refuses)
        if program == "pg_createcluster":
            return self._create(command, Cluster(words[1]))
        return subprocess.CompletedProcess(command, 0, "")

    def _create(self, command: tuple[str, ...], cluster: Cluster) -> subprocess.CompletedProcess[str]:
        """Make one as pg_createcluster does: what looks like data is taken as it is, and settings are moved from there."""
        if any((cluster.settings / name).exists() for name in SETTINGS[:2]):
            return subprocess.CompletedProcess(command, 1, "Error: cluster configuration already exists")
        cluster.settings.mkdir(parents=True, exist_ok=True)
        if not (cluster.data / "PG_VERSION").exists():
            if cluster.data.is_dir() and any(cluster.data.iterdir()):
                return subprocess.CompletedProcess(command, 1, "initdb: error: directory exists but is not empty")
            write(cluster.data, {"PG_VERSION": f"{cluster.version}\n", "base/1": "part", **dict.fromkeys(SETTINGS, "")})
            self._step()
            write(cluster.data, {"base/1": "whole"})
        for name in SETTINGS:
            self._step()
            if not (cluster.data / name).exists():
                return subprocess.CompletedProcess(command, 1, f"Error: move_conffile: required configuration file {name} does not exist")
            (cluster.data / name).rename(cluster.settings / name)
        return subprocess.CompletedProcess(command, 0, "")

    def must(self, *command: str) -> str:
        """Do the same, or fail."""
        done = self.run(*command)
        if done.returncode:
            raise Failed(f"{command[0]}: {done.stdout}")
        return done.stdout

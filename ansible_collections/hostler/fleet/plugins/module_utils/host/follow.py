"""Have the jobs and workers of an app be those of a release on this host."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host import journal, units
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import SYSTEM, App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import STOP_SECONDS, Failed, must, run, show
from ansible_collections.hostler.fleet.plugins.module_utils.named import write

STAMPS = Path("/var/lib/systemd/timers")  # when each timer last elapsed
SETTLE_SECONDS = 3
PAUSE = 0.2


class Crashed(Failed):
    """A worker did not stay up."""


class Host:
    """What a host has of an app's jobs and workers, and what it is to have."""

    def __init__(self, app: App, release: str, wanted: dict[str, str], restart: bool, system: Path = SYSTEM) -> None:
        """Take the texts of the units that the release has for this host, by their names; `restart` has unchanged workers stopped too."""
        self.app, self.release, self.wanted, self.system = app, release, wanted, system
        self.here = units.installed(app, system)
        self.links = {path.name: path for path in system.glob(f"*.wants/{app.name}.*") if path.name in self.here or not path.exists()}
        self.differ = sorted(name for name in {*wanted, *self.here} if wanted.get(name) != self.here.get(name))
        self.gone = sorted(set(self.here) - set(wanted))
        self.stray = sorted(set(self.links) - set(wanted))
        starting = {name for name, text in wanted.items() if units.starts(text)}
        started = {name for name, text in self.here.items() if units.starts(text)}
        again = {name for name in starting if restart and name.endswith(".service")}
        self.stop = sorted(name for name in (starting | started) & set(self.here) if name in self.differ or name in again)
        # What is not whole yet is not enabled
        stems = {Path(name).stem for name in self.differ}
        self.marked = sorted(name for name in self.links if Path(name).stem in stems or name in (*self.stop, *self.stray))
        states = show(sorted(starting & set(self.here)), "ActiveState")
        active = {name for name, state in states.items() if state["ActiveState"] == "active"}
        self.start = sorted(name for name in starting if name in self.stop or name not in active)
        self.enable = sorted(name for name in starting if name in self.marked or name not in self.links)

    def due(self) -> bool:
        """Tell whether anything is to be done."""
        return bool(self.differ or self.marked or self.start or self.enable)

    def diff(self) -> list[dict[str, str]]:
        """Return the texts before and after."""
        texts = ((str(self.system / name), self.here.get(name, ""), self.wanted.get(name, "")) for name in self.differ)
        return [{"before": before, "after": after, "before_header": path, "after_header": path} for path, before, after in texts]

    def follow(self) -> None:
        """Do what is to be done; Failed where systemd does not, Crashed where a worker does not stay up."""
        for name in self.marked:
            self.links[name].unlink()
        if self.stop:
            must("systemctl", "stop", *self.stop, timeout=STOP_SECONDS)
        for name in self.differ:
            self._write(name)
        if self.differ:
            must("systemctl", "daemon-reload")
        if self.gone:
            run("systemctl", "reset-failed", *self.gone)  # of those that have not failed, it says so
        if self.start:
            began = time.time()
            run("systemctl", "start", *self.start)  # whether they have is asked next
            settle(self.app, self.release, self.start, began)
        if self.enable:
            must("systemctl", "--quiet", "enable", *self.enable)

    def _write(self, name: str) -> None:
        path = self.system / name
        if name in self.wanted:
            part = path.with_name(f".{name}.{os.getpid()}")
            write(part, self.wanted[name])
            part.chmod(0o644)
            part.replace(path)
        else:
            path.unlink()
            # A job of the same name that comes later is not late
            (STAMPS / f"stamp-{name}").unlink(missing_ok=True)


def settle(app: App, release: str, names: list[str], began: float) -> None:
    """See that units are active, and that those of workers stay so for a while without being started again."""
    first: dict[str, dict[str, str]] = {}
    workers = any(name.endswith(".service") for name in names)
    end = time.monotonic() + (SETTLE_SECONDS if workers else 0)
    while True:
        states = show(names, "ActiveState", "Result", "NRestarts")
        first = first or states
        for name, state in states.items():
            if state["ActiveState"] != "active" or state.get("NRestarts") != first[name].get("NRestarts"):
                lines = journal.lines(app, name, release, began)
                raise Crashed(f"{app.name}: {name} does not stay up ({state['Result']}). {lines}")
        if time.monotonic() >= end:
            return
        time.sleep(PAUSE)

# Managed by Hostler, role:release
"""Have the jobs and workers of an app be those of a release on this host."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_release import told, units
from ansible.module_utils.hostler_release.host import STOP_SECONDS, App, Failed, alone, must, run, show

DOCUMENTATION = """
module: follow_release
short_description: Have the jobs and workers of an app be those of a release on this host
description:
  - Units that are no longer the same are stopped, gracefully, before others start; so no worker runs beside the one that follows it.
    What has not changed is left alone. A job that is running ends in its own time.
  - A unit is enabled last. So what a killed run has left is seen by the next, and done again.
  - Fails where a worker does not stay up for a few seconds, with C(worse) and the journal's last lines.
options:
  name: {description: Name of the app., type: str, required: true}
  release: {description: Id of the release; a host that does not have it has no jobs and workers., type: str, required: true}
  once: {description: Whether this host has those that run once per fleet., type: bool, required: true}
  restart: {description: Whether to start workers anew that have not changed., type: bool, default: false}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "release": {"type": "str", "required": True},
    "once": {"type": "bool", "required": True},
    "restart": {"type": "bool", "default": False},
}
STAMPS = Path("/var/lib/systemd/timers")  # when each timer last elapsed
SETTLE_SECONDS = 3
PAUSE = 0.2


class Crashed(Failed):
    """A worker did not stay up."""


class Host:
    """What a host has of an app's jobs and workers, and what it is to have."""

    def __init__(self, app: App, release: str, wanted: dict[str, str], restart: bool, system: Path = units.SYSTEM) -> None:
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
            part.write_text(self.wanted[name], encoding="utf-8")
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
                lines = told.journal(app, name, release, began)
                raise Crashed(f"{app.name}: {name} does not stay up ({state['Result']}). {lines}")
        if time.monotonic() >= end:
            return
        time.sleep(PAUSE)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    app, release = App(params["name"]), params["release"]
    if module.check_mode and release and not app.release(release).is_dir():
        module.exit_json(changed=True)  # a release that is not laid out yet
    kinds = ("every/", "once/") if params["once"] else ("every/",)
    wanted = {Path(place).name: text for place, text in units.laid_out(app, release).items() if place.startswith(kinds)}
    try:
        with alone(app):
            host = Host(app, release, wanted, params["restart"])
            due = host.due()
            if due and not module.check_mode:
                host.follow()
    except Crashed as error:
        module.fail_json(str(error), worse=True)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=due, diff=host.diff())


if __name__ == "__main__":
    main()

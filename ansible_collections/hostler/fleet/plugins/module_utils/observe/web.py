"""What a web host tells of itself: its slots by what systemd and the kernel know of them, and its jobs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ansible_collections.hostler.fleet.plugins.module_utils.host import jobs, layout, units
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import children, killed, moment, number, show
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS
from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, sample
from ansible_collections.hostler.fleet.plugins.module_utils.observe.moments import seconds

PROPERTIES = ("ActiveState", "MainPID", "MemoryCurrent", "MemoryMax", "NRestarts", "ControlGroup")
JOB_PROPERTIES = ("ActiveState", "Result", "ExecMainExitTimestamp")
# As these facts write it
SUCCESS = re.compile(rf'^{catalogue.JOB_SUCCESS.name}{{app="(?P<app>[^"]*)",job="(?P<job>[^"]*)",host="[^"]*"}} (?P<at>\d+)$', re.MULTILINE)


class Web:
    """A web host, and what it remembers from one time to the next."""

    def __init__(self, name: str, former: str) -> None:
        """Take its name in the inventory; and what was told before, for systemd knows of a job's last run alone."""
        self.name = name
        self._well = {(found["app"], found["job"]): int(found["at"]) for found in SUCCESS.finditer(former)}

    def parts(self) -> dict[str, Callable[[], Iterator[Sample]]]:
        """Return what tells each part."""
        return {"apps": self.of_slots, "jobs": self.of_jobs, "work": self.of_work}

    def of_slots(self) -> Iterator[Sample]:
        """Tell what each slot runs, and what it takes."""
        places = {layout.App(name).unit(slot): (layout.App(name), slot) for name in layout.apps() for slot in SLOTS}
        for unit, said in show(list(places), *PROPERTIES).items():
            app, slot = places[unit]
            yield from self._of_slot(app, slot, said)

    def _of_slot(self, app: layout.App, slot: str, said: dict[str, str]) -> Iterator[Sample]:
        at = {"app": app.name, "slot": slot, "host": self.name}
        up = said["ActiveState"] == "active"
        yield sample(catalogue.SLOT_UP, up, **at)
        if not up:
            yield sample(catalogue.SLOT_STATE, 1, **at, active=said["ActiveState"])
        yield sample(catalogue.RESTARTS, number(said["NRestarts"]), **at)
        if release := app.in_slot(slot):
            yield sample(catalogue.SLOT_RUNS, 1, **at, release=release)
        if said["MemoryMax"].isdigit():
            yield sample(catalogue.MEMORY_LIMIT, number(said["MemoryMax"]), **at)
        if up:
            yield sample(catalogue.MEMORY, number(said["MemoryCurrent"]), **at)
            yield sample(catalogue.OOM_KILLS, killed(said["ControlGroup"]), **at)
            yield sample(catalogue.WORKERS, len(children(number(said["MainPID"]))), **at)

    def of_jobs(self) -> Iterator[Sample]:
        """Tell when each job last ended well."""
        timers = {name: app for app in layout.apps() for name in units.installed(layout.App(app)) if name.endswith(".timer")}
        services = {f"{name.removesuffix('.timer')}.service": (app, name.split(".")[1]) for name, app in timers.items()}
        for service, said in show(list(services), *JOB_PROPERTIES).items():
            ended = moment(said["ExecMainExitTimestamp"])
            if ended and said["Result"] == "success" and said["ActiveState"] == "inactive":
                self._well[services[service]] = seconds(ended)
        for app, job in services.values():
            if at := self._well.get((app, job)):
                yield sample(catalogue.JOB_SUCCESS, at, app=app, job=job, host=self.name)

    def of_work(self) -> Iterator[Sample]:
        """Tell how jobs and workers do, as each slot's release would have them: which one is live, a web host does not know."""
        for app in map(layout.App, layout.apps()):
            for slot in SLOTS:
                for row in jobs.see(app, release) if (release := app.in_slot(slot)) else ():
                    told = {"wanted": str(row.wanted).lower(), "once": str(row.once).lower(), "changed": str(row.changed).lower()}
                    told |= {"kind": row.kind, "unit": row.name, "release": row.release, "active": row.active, "result": row.result}
                    yield sample(catalogue.UNIT, 1, app=app.name, slot=slot, host=self.name, **told)

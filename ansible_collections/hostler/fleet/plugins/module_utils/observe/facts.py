"""What runs on every host: it tells what the host knows of itself, every 15 seconds, in a file that node exporter reads.

It stays, for a start takes longer than telling does. A part that cannot be read is left out, and said to be; the others are told.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.place import SOCKET
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Runtime
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import notify
from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Json, Served
from ansible_collections.hostler.fleet.plugins.module_utils.named import write
from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue, place
from ansible_collections.hostler.fleet.plugins.module_utils.observe.balancer import Balancer
from ansible_collections.hostler.fleet.plugins.module_utils.observe.data import Stored
from ansible_collections.hostler.fleet.plugins.module_utils.observe.host import Host
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, render, sample
from ansible_collections.hostler.fleet.plugins.module_utils.observe.web import Web

PERIOD = 15  # seconds, as often as Prometheus asks
Part = Callable[[], Iterable[Sample]]


@dataclass(frozen=True)
class Settings(Data):
    """What a host does not know of itself: its `name` in the inventory, its `role` there, and the fleet's apps; none on web hosts, which
    know theirs, nor on those with data and backups. Who watches knows also the apps whose standby is to be `cold`, and the `web` hosts, in
    the order of the inventory. What it `holds` beside its role: ``database``, the data, and ``backup``, backups of them.
    """

    name: str
    role: str
    apps: list[Served]
    cold: list[str]
    web: list[str]
    holds: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, given: Json) -> Settings:
        """Return them from JSON."""
        return super().of({**given, "apps": [Served.of(app) for app in given["apps"]]})


def say(text: str) -> None:
    """Write a line to the journal."""
    print(text, file=sys.stderr, flush=True)


class Writer:
    """Writes the facts, and says once what is wrong with them."""

    def __init__(self, parts: Mapping[str, Part], path: Path, say: Callable[[str], None] = say) -> None:
        """Take what tells each part, where it is written, and what writes a line to the journal."""
        self.parts, self.path, self.say = parts, path, say
        self.wrong: dict[str, str] = {}

    def write(self, now: float) -> None:
        """Write the facts in one step: who reads them finds those of before or all of now."""
        samples = [sample(catalogue.TOLD, int(now))]
        for name, part in self.parts.items():
            found, wrong = _told(part)
            samples += [*found, sample(catalogue.FAILED, bool(wrong), part=name)]
            if wrong != self.wrong.get(name, ""):
                self.say(f"{name}: cannot be told: {wrong}" if wrong else f"{name}: is told again")
            self.wrong[name] = wrong
        # What does not end in .prom is not read
        part_of_it = self.path.with_name(f".{self.path.name}.part")
        write(part_of_it, render(samples))
        part_of_it.chmod(0o644)
        part_of_it.replace(self.path)


def _told(part: Part) -> tuple[list[Sample], str]:
    """Return what a part tells, or what is wrong with it: what a disk, HAProxy or a hand has spoilt keeps no other from being told."""
    try:
        return list(part()), ""
    except Exception as error:
        return [], str(error) or type(error).__name__


def parts(settings: Settings, former: str) -> dict[str, Part]:
    """Return what tells each part of a host's facts; `former`, what was told before it started."""
    found: dict[str, Part] = {**Host(settings.role, say).parts()}
    found |= Stored(settings.holds).parts()
    if settings.role == "balancer":
        found |= Balancer(Runtime(str(SOCKET), timeout=2), settings.name, settings.apps).parts()
    if settings.role == "web":
        found |= Web(settings.name, former).parts()
    if settings.role == "monitor":
        # What asks Prometheus takes megabytes, which other hosts need not have
        from ansible_collections.hostler.fleet.plugins.module_utils.observe.judged import Watched
        from ansible_collections.hostler.fleet.plugins.module_utils.observe.monitor import Monitor

        found |= Monitor(Watched([app.name for app in settings.apps], settings.cold, settings.web)).parts()
    return found


def main() -> None:
    """Run until systemd ends it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.umask(0o022)
    settings, former = Settings.of(json.loads(place.SETTINGS.read_text(encoding="utf-8"))), ""
    with contextlib.suppress(FileNotFoundError):
        former = place.FACTS.read_text(encoding="utf-8", errors="replace")
    writer = Writer(parts(settings, former), place.FACTS)
    wrong = ""
    ready = "READY=1\n"
    while True:
        began = time.monotonic()
        before, wrong = wrong, ""
        try:
            writer.write(time.time())
        except OSError as error:  # as where the disk is full; the facts' own time tells that they are old
            wrong = str(error)
            if wrong != before:
                say(f"cannot be written: {wrong}")
        notify(f"{ready}WATCHDOG=1")
        ready = ""
        time.sleep(max(1.0, PERIOD - (time.monotonic() - began)))


if __name__ == "__main__":
    main()

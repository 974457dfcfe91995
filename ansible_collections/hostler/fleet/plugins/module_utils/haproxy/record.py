"""The file of the history on a balancer: a line of JSON for each event. What events mean is in ``history``."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.history import Event
from ansible_collections.hostler.fleet.plugins.module_utils.named import named, whole
from ansible_collections.hostler.fleet.plugins.module_utils.only import only

PATH = Path("/var/lib/hostler/history.jsonl")
KEPT = 300  # events of each app, the newest; so one that is deployed often leaves the others theirs
LARGEST = 4 * 2**20  # bytes, above which the file is written anew with what is kept


def append(events: Iterable[Event], path: Path = PATH) -> None:
    """Add events in one write, and see them on disk; a line that a full disk has cut off is ended first."""
    text = _lines(events)
    if not text:
        return
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    # A file that is written anew must not lose what another adds to the old one
    with only(path.parent):
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            size = os.fstat(file).st_size
            line = (b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b"") + text
            with named(path):
                whole(os.write(file, line), line)
                os.fsync(file)
        finally:
            os.close(file)
        if size + len(line) > LARGEST:
            _rewrite(path)


def _lines(events: Iterable[Event]) -> bytes:
    return "".join(json.dumps(event, sort_keys=True) + "\n" for event in events).encode()


def _rewrite(path: Path) -> None:
    """Leave in the file what is kept, in one step."""
    part = path.with_name(f".{path.name}.part")
    with named(path), part.open("wb") as file:
        os.fchmod(file.fileno(), 0o640)
        file.write(_lines(_worth(recent(path=path))))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _worth(events: list[Event]) -> list[Event]:
    """Return the events without those of apps that were removed, but for their removal: what comes under such a name is another app."""
    last = {str(event.get("app", "")): event for event in events}
    gone = {app for app, event in last.items() if event.get("event") == "removed"}
    return [event for event in events if (app := str(event.get("app", ""))) not in gone or event is last[app]]


def note(events: Iterable[Event], warn: Callable[[str], None]) -> None:
    """Add events of what has been done already; where that fails, warn, for what visitors get does not depend on it."""
    try:
        append(events)
    except OSError as error:
        warn(f"What was just done is missing in this balancer's history, which cannot be written: {error}")


def recent(count: int = KEPT, path: Path = PATH) -> list[Event]:
    """Return the last `count` events of each app, oldest first; a line that was not written whole is passed over."""
    kept: dict[str, deque[tuple[int, Event]]] = {}
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file):
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if isinstance(event, dict):
                    kept.setdefault(str(event.get("app", "")), deque(maxlen=count)).append((number, event))
    except FileNotFoundError:
        return []
    return [event for _, event in sorted((item for events in kept.values() for item in events), key=lambda item: item[0])]

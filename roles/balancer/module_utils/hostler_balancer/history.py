# Managed by Hostler, role:balancer
"""The history: a line of JSON for each thing that happened to an app's releases, the same on every balancer.

Each has ``at`` (UTC, by the clock of the control node), ``run``, ``app`` and ``event``:

- ``switched``: ``verb``, ``by``, ``release``, ``from`` (the release that was left), ``bad`` (if it is bad),
  ``slot``, ``turn``, ``check``, ``commit``, ``dirty``, ``units`` (whether the app has jobs or workers)
- ``canary``: ``balancer``, ``turn``, ``requests``, ``failed``
- ``watched``: ``balancer``, ``turn``, ``seconds``, ``requests``, ``failed``
- ``failed``: ``verb``, ``by``, ``release``, ``why``
- ``maintenance``: ``by``, ``state`` (on, off), ``allow`` (addresses that still pass)
- ``removed``: ``by``; an app of this name that comes later is another one
"""

from __future__ import annotations

import errno
import json
import os
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PATH = Path("/var/lib/hostler/history.jsonl")
Event = dict[str, Any]


def append(events: Iterable[Event], path: Path = PATH) -> None:
    """Add events in one write, and see them on disk; a line that a full disk has cut off is ended first."""
    text = "".join(json.dumps(event, sort_keys=True) + "\n" for event in events)
    if not text:
        return
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            text = "\n" + text
        line = text.encode()
        if os.write(file, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(file)
    finally:
        os.close(file)


def note(events: Iterable[Event], warn: Callable[[str], None]) -> None:
    """Add events of what has been done already; where that fails, warn, for what visitors get does not depend on it."""
    try:
        append(events)
    except OSError as error:
        warn(f"What was just done is missing in this balancer's history, which cannot be written: {error}")


def recent(count: int, path: Path = PATH) -> list[Event]:
    """Return the last `count` events, oldest first; a line that was not written whole is passed over."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = deque(file, maxlen=count)
    except FileNotFoundError:
        return []
    events = []
    for line in lines:
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
    return [event for event in events if isinstance(event, dict)]

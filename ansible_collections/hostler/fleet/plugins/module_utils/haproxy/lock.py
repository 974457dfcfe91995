"""The lock of the fleet: one run at a time changes what is live. Each balancer has it, and each is asked.

The file holds the holder, as JSON with at least ``id``, ``who``, ``what`` and ``since``; it is empty while nobody holds it. It lies on
a tmpfs: a balancer that starts anew knows of no run.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.named import named, whole

PATH = Path("/run/hostler.lock")
Holder = dict[str, str]


class Lost(Exception):
    """The run that asks does not hold the lock."""


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open the lock's file for this process alone."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _read(file: int) -> Holder:
    """Return the holder; nothing, too, where a crash has left half of one: that run is over."""
    try:
        found = json.loads(os.pread(file, 65536, 0))
    except ValueError:
        return {}
    return found if isinstance(found, dict) and "id" in found else {}


def _write(path: Path, file: int, holder: Holder) -> None:
    text = json.dumps(holder).encode() if holder else b""
    with named(path):
        os.ftruncate(file, 0)
        whole(os.pwrite(file, text, 0), text)


def holder(path: Path = PATH) -> Holder:
    """Return who holds the lock; nothing while nobody does."""
    if not path.exists():
        return {}
    with _opened(path) as file:
        return _read(file)


def peek(path: Path = PATH) -> Holder:
    """Return who holds the lock, without a wait for who is at it just now, nor one for that one; nothing while it is being written."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return {}
    try:
        return _read(file)
    finally:
        os.close(file)


def take(mine: Holder, over: str = "", path: Path = PATH) -> Holder:
    """Take the lock and return nothing, or return who holds it. `over` is the id of a holder from whom it may be taken."""
    with _opened(path) as file:
        found = _read(file)
        if found and found["id"] not in (mine["id"], over):
            return found
        _write(path, file, mine)
        return {}


def release(mine: str, path: Path = PATH) -> bool:
    """Give the lock back; tell whether the run with the id `mine` held it."""
    with _opened(path) as file:
        held = _read(file).get("id") == mine
        if held:
            _write(path, file, {})
        return held


@contextmanager
def held(mine: str | None, path: Path = PATH) -> Iterator[None]:
    """Do the block with nobody else at the map; Lost if `mine` does not hold the lock. None is what needs none; an empty id holds none."""
    with _opened(path) as file:
        found = _read(file)
        if mine is not None and (not mine or found.get("id") != mine):
            now = f"{found['who']} broke it, for {found['what']}, at {found['since']}" if found else "nobody holds it now"
            raise Lost(f"This run has lost the fleet's lock: {now}. Nothing more is changed here.")
        yield

"""What was built before, kept in a folder of the control node: bounded by age and by size."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

DAYS = 30
BYTES = 2 * 2**30
HOUR = 3600  # what was used within it may still be needed, by this run or another one
KEPT = ("*.bundle.tar.gz", "*.packages.tar.gz", "*.built", "*.git")
HALF = (".*.tar.gz.*", ".*.built.*")  # what killed runs were at


def used(path: Path) -> bool:
    """Tell whether something is there; if so, it is used now, and does not expire."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(path)
        return True
    return False


def expire(cache: Path) -> None:
    """Remove what was not used for ``DAYS``, then the oldest until no more than ``BYTES`` are left; never what is in use."""
    now = time.time()
    for half in (path for pattern in HALF for path in cache.glob(pattern)):
        if _date(half) < now - HOUR:
            _remove(half)
    found = sorted((path for pattern in KEPT for path in cache.glob(pattern)), key=_date)
    total = sum(map(_size, found))
    for path in found:
        old = now - _date(path)
        if old > DAYS * 86400 or (total > BYTES and old > HOUR):
            total -= _size(path)
            _remove(path)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _date(path: Path) -> float:
    """Return when something was last used; one that another run has just removed was so long ago."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0


def _size(path: Path) -> int:
    """Return how many bytes something has; those that another run has just removed are none."""
    inner = path.rglob("*") if path.is_dir() else [path]
    total = 0
    for file in inner:
        with contextlib.suppress(FileNotFoundError):
            total += file.lstat().st_size
    return total

"""What an app keeps on a web host of its own accord: the files below its state folder."""

from __future__ import annotations

import os
from pathlib import Path

MOST = 10_000  # files; a folder that has more is not looked through
FEW = 3  # that are named


def files(folder: Path) -> set[str] | None:
    """Return the files below a folder that have something in them; nothing where they are too many.

    Those that are hidden are left out, such as a program's cache. An empty one is what SQLite makes of a database that is only opened, as
    by a release that has just been started.
    """
    found: set[str] = set()
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(place, name) for name in names if not name.startswith("."))
        found |= {str(path.relative_to(folder)) for path in paths if _filled(path)}
        if len(found) > MOST:
            return None
    return found


def _filled(path: Path) -> bool:
    try:
        return path.lstat().st_size > 0
    except FileNotFoundError:  # removed since
        return False


def left(before: set[str] | None, after: set[str] | None) -> str:
    """Return the files that have come up, a few of them by name; empty for none, and where there were too many to look through."""
    new = [] if before is None or after is None else sorted(after - before)
    more = len(new) - FEW
    return ", ".join(new[:FEW]) + (f" and {more} more" if more > 0 else "")

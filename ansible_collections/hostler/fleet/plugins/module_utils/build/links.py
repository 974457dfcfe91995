"""Links among an app's files: those that lead to nothing on a web host are refused."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def check(folder: Path, names: Iterable[Path]) -> None:
    """Raise ValueError, one sentence, for the first link below `folder` that leads elsewhere than to one of the `names` there."""
    names = list(names)
    there = {*names, *(above for name in names for above in name.parents)}
    top = folder.resolve()
    for name in names:
        if (top / name).is_symlink() and (why := _wrong(top, name, there)):
            raise ValueError(
                f"the link {name} leads to {os.readlink(top / name)}, {why}; put the file itself in its place, or have git ignore the link."
            )


def _wrong(top: Path, name: Path, there: set[Path]) -> str:
    """Return what is wrong with a link below `top`; an empty string where it leads to what is `there`, files and folders."""
    first = Path(os.path.normpath((top / name).parent / os.readlink(top / name)))
    if Path(os.readlink(top / name)).is_absolute():
        return "a place of this machine"
    try:
        last = (top / name).resolve(strict=True)
    except (OSError, RuntimeError):  # the latter for links that lead to each other
        return "where nothing is"
    if not last.is_relative_to(top):
        return "out of the app's folder"
    # A link that it leads to has to be there too, not only what lies behind that
    passed = [last, *([first] if first.is_symlink() else [])]
    return "" if all(path.is_relative_to(top) and path.relative_to(top) in there for path in passed) else "which does not go along"

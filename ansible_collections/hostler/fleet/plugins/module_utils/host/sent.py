"""What killed runs have sent to a web host and not removed: archives, in folders that Ansible makes for a task in a user's home."""

from __future__ import annotations

import pwd
import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

# As build.release names what is sent
ARCHIVE = re.compile(r".+-[0-9a-f]{12}\.bundle\.tar\.gz|[0-9a-f]{12}-.+\.packages\.tar\.gz")
SYSTEM_WIDE = (Path("/tmp"), Path("/var/tmp"))  # where Ansible turns to for want of a home


def left(own: Iterable[str | None], age: float) -> list[Path]:
    """Return the folders of tasks that hold archives of ours, none of them written to within the last `age` seconds; in the home of any
    user, and where a run's `own` archives lie, each in its folder, which is spared.

    A folder without any may be another playbook's, and stays.
    """
    spared = {Path(archive).parent for archive in own if archive}
    places = {*(Path(user.pw_dir, ".ansible/tmp") for user in pwd.getpwall()), *SYSTEM_WIDE, *(folder.parent for folder in spared)}
    begun = time.time() - age
    found = []
    for folder in sorted({folder for place in places for folder in place.glob("ansible-tmp-*")} - spared):
        dates = _dates(folder)
        if dates and max(dates) < begun:
            found.append(folder)
    return found


def _dates(folder: Path) -> list[float]:
    """Return when each archive in a folder was last written to; none where its task has just removed it, or root may not look."""
    try:
        return [path.lstat().st_mtime for path in folder.iterdir() if ARCHIVE.fullmatch(path.name)]
    except OSError:
        return []


def remove(own: Iterable[str | None], age: float) -> None:
    """Remove what was sent before a run that is `age` seconds old; what root may not remove, as in a home on another machine, stays."""
    for folder in left(own, age):
        shutil.rmtree(folder, ignore_errors=True)

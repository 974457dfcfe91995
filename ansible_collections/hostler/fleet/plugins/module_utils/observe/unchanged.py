"""What is made of a file that seldom changes: made anew once the file is another one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Unchanged(Generic[Made]):
    """What `make` returns for a file or folder, as long as that is the same, and for so many seconds at most."""

    def __init__(self, path: Path, make: Callable[[], Made], seconds: float = math.inf) -> None:
        """Take the path and what to do; nothing is done yet."""
        self.path, self.make, self.seconds = path, make, seconds
        self._known: tuple[object, float, Made] | None = None

    def get(self) -> Made:
        """Return it."""
        mark, now = self._mark(), time.monotonic()
        if self._known is None or self._known[0] != mark or now >= self._known[1] + self.seconds:
            # Noted before: a change meanwhile is seen the next time
            self._known = (mark, now, self.make())
        return self._known[2]

    def _mark(self) -> object:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

"""Changes that stay pending until they were brought in: what is in place on this host, and what reads it was not told of yet.

A run may be killed between the two, and the next one finds all files right. So before files of a role are put in place, their paths are
noted in ``/var/lib/hostler/pending/<role>``, a list in JSON; there they count as differing until the role's last handler has the note
taken away. The note ``commands`` has files whose own command brings them in, whoever puts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.named import lasting
from ansible_collections.hostler.fleet.plugins.module_utils.only import only

FOLDER = Path("/var/lib/hostler/pending")
COMMANDS = "commands"


class Pending:
    """The pending changes of this name: a role's, or `COMMANDS`."""

    def __init__(self, name: str) -> None:
        """Take its place; nothing is read yet."""
        self.path = FOLDER / name

    def read(self) -> set[str]:
        """Return the paths of what was changed and not brought in; the note's own where a hand has spoilt it, for something was."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return set()
        except ValueError:
            found = None
        return {str(path) for path in found} if isinstance(found, list) else {str(self.path)}

    def add(self, paths: Iterable[object]) -> set[str]:
        """Note what is about to change, beside what is noted; return what was not yet."""
        new = set(map(str, paths)) - self.read()
        if new:
            # The outer one is the ledger's too, and has its mode
            for folder in (self.path.parent.parent, self.path.parent):
                folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            with only(self.path.parent):
                self._write(self.read() | new)
        return new

    def remove(self, paths: Iterable[object]) -> None:
        """Take what was brought in, or is as it was, off the note; nothing is written where none of it is noted."""
        gone = {*map(str, paths), str(self.path)}
        if self.read() & gone:
            with only(self.path.parent):
                self._write(self.read() - gone)

    def clear(self) -> None:
        """Take the note away: all of it was brought in."""
        self.path.unlink(missing_ok=True)

    def _write(self, paths: set[str]) -> None:
        if not paths:
            self.clear()
            return
        lasting(self.path, json.dumps(sorted(paths), indent=1) + "\n", 0o600)


def pending() -> dict[str, list[str]]:
    """Return what was not brought in on this host, by the names of the notes."""
    names = sorted(path.name for path in FOLDER.iterdir() if not path.name.startswith(".")) if FOLDER.is_dir() else []
    return {name: found for name in names if (found := sorted(Pending(name).read()))}

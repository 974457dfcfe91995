"""What Hostler has put on this host: of each file its digest, so that what another hand has changed since is found without an inventory.

``/var/lib/hostler/files.json`` has by path the SHA-256 of a file's text, its mode, owner and group, and its size and the time of its
inode's last change when it was put there. While these two are the same, so is the file: no program can set that time. The ledger holds
no text, and is root's alone to read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Json
from ansible_collections.hostler.fleet.plugins.module_utils.named import named
from ansible_collections.hostler.fleet.plugins.module_utils.only import only

PATH = Path("/var/lib/hostler/files.json")


@dataclass(frozen=True)
class Entry(Data):
    """A file as it was put in place; `changed` in nanoseconds since 1970."""

    sha256: str
    mode: int
    uid: int
    gid: int
    size: int
    changed: int

    @classmethod
    def at(cls, path: Path, sha256: str) -> Entry:
        """Return it of a file that is there and has this digest."""
        found = path.lstat()
        return cls(sha256, found.st_mode, found.st_uid, found.st_gid, found.st_size, found.st_ctime_ns)


class Ledger:
    """The ledger of a host."""

    def __init__(self, path: Path | None = None) -> None:
        """Take its place; nothing is read yet."""
        self.path = path or PATH
        self._read: dict[str, tuple[int, str]] = {}  # of files that were touched, when that was and their digest: each is read once

    def read(self) -> dict[str, Entry]:
        """Return what was put on this host, by path; nothing where nothing was noted. ValueError for what a hand has spoilt."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        try:
            return {str(path): Entry.of(entry) for path, entry in json.loads(text).items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{self.path} is not as Hostler writes it; site.yml writes it anew once it is removed") from error

    def note(self, put: Iterable[tuple[Path, str]], gone: Iterable[Path] = ()) -> None:
        """Note files that are in place, each with its text, and others that are no more. Nothing is written where all is known.

        A ledger that a hand has spoilt begins anew.
        """
        self.path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with only(self.path.parent):
            known: dict[str, Entry] = {}
            with contextlib.suppress(ValueError):
                known = self.read()
            found = dict(known)
            for path, text in put:
                found[str(path)] = Entry.at(path, hashlib.sha256(text.encode()).hexdigest())
            for path in gone:
                found.pop(str(path), None)
            if found != known or not self.path.exists():
                self._write({path: found[path].json() for path in sorted(found)})

    def _write(self, entries: Json) -> None:
        part = self.path.with_name(f".{self.path.name}.part")
        with named(self.path), part.open("w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(json.dumps(entries, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)

    def drift(self) -> list[str]:
        """Return the paths of files that are not as they were put there, or are no more."""
        return [path for path, entry in self.read().items() if self._differs(path, entry)]

    def _differs(self, path: str, entry: Entry) -> bool:
        try:
            found = Entry.at(Path(path), entry.sha256)
        except (FileNotFoundError, NotADirectoryError):
            return True
        if found == entry:
            return False
        if (found.mode, found.uid, found.gid, found.size) != (entry.mode, entry.uid, entry.gid, entry.size):
            return True
        # A touched file is no drift
        if self._read.get(path, (0, ""))[0] != found.changed:
            self._read[path] = (found.changed, hashlib.sha256(Path(path).read_bytes()).hexdigest())
        return self._read[path][1] != entry.sha256

"""The digest of files, the same on any machine: of an app's own on the control node, and of a release's parts on a host."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

CHUNK = 1 << 20


def content(path: Path) -> tuple[str, str]:
    """Return a file's kind, ``file``, ``program`` or ``link``, and the SHA-256 of its content, in hex; of a link, of where it leads."""
    if path.is_symlink():
        return "link", hashlib.sha256(os.fsencode(os.readlink(path))).hexdigest()
    total = hashlib.sha256()
    with path.open("rb") as file:
        program = os.fstat(file.fileno()).st_mode & 0o100
        while part := file.read(CHUNK):
            total.update(part)
    return "program" if program else "file", total.hexdigest()


def digest(source: Path, names: Iterable[Path]) -> str:
    """Return the SHA-256, in hex, over each file's name, kind and content: the same on any machine, whatever its dates and owners."""
    total = hashlib.sha256()
    for name in names:
        kind, inner = content(source / name)
        total.update(f"{kind} {name.as_posix()}\0{inner}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()

"""The digest of files, the same on any machine: of an app's own on the control node, and of a release's parts on a host."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def _content(path: Path) -> tuple[str, bytes]:
    if path.is_symlink():
        return "link", os.fsencode(os.readlink(path))
    return "program" if path.stat().st_mode & 0o100 else "file", path.read_bytes()


def digest(source: Path, names: Iterable[Path]) -> str:
    """Return the SHA-256, in hex, over each file's name, kind and content: the same on any machine, whatever its dates and owners."""
    total = hashlib.sha256()
    for name in names:
        kind, content = _content(source / name)
        total.update(f"{kind} {name.as_posix()}\0{hashlib.sha256(content).hexdigest()}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()

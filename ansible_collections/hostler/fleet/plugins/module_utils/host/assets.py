"""Static files that pages of an earlier release still ask for, such as a stylesheet with a hash in its name."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS
from ansible_collections.hostler.fleet.plugins.module_utils.named import write

NOTE = "carried.json"  # in a release's folder: which of its files are not its own


def carry(app: App, release: str, folders: Iterable[str]) -> None:
    """Link into a release's static folders what the releases in the slots have there and it lacks; to be done before it starts.

    Nothing is replaced. What a release was itself only lent is not handed on, so a file is gone two releases after its own.
    """
    folders = list(folders)
    target = app.release(release)
    for earlier in {app.in_slot(slot) for slot in SLOTS} - {"", release}:
        source = app.release(earlier)
        lacking = [name for name in _own(source, folders) if _fits(target / "app", name)]
        if lacking:
            # Noted first: should this be interrupted, no file is taken for the release's own
            _note(target, noted(target) | {name.as_posix() for name in lacking})
        for name in lacking:
            _make_folder(source / "app", target / "app", name.parent)
            os.link(source / "app" / name, target / "app" / name)


def _fits(root: Path, name: Path) -> bool:
    """Tell whether a file can be put at `name` with nothing replaced, and without leaving `root` by a link that the app has there."""
    return not os.path.lexists(root / name) and (root / name).resolve().is_relative_to(root.resolve())


def _own(release: Path, folders: list[str]) -> Iterator[Path]:
    lent = noted(release)
    for folder in folders:
        for path in sorted((release / "app" / folder).rglob("*")):
            name = path.relative_to(release / "app")
            if path.is_file() and not path.is_symlink() and name.as_posix() not in lent:
                yield name


def noted(release: Path) -> set[str]:
    """Return the names of a release's files that are not its own, relative to its folder of the app."""
    note = release / NOTE
    return set(json.loads(note.read_text(encoding="utf-8"))) if note.exists() else set()


def _note(release: Path, names: set[str]) -> None:
    part = release / f".{NOTE}"
    write(part, json.dumps(sorted(names), indent=0))
    part.replace(release / NOTE)


def _make_folder(source: Path, target: Path, name: Path) -> None:
    """Make a folder and those above it with the owners and modes that they have in `source`."""
    if (target / name).is_dir():
        return
    _make_folder(source, target, name.parent)
    (target / name).mkdir()
    given = (source / name).stat()
    os.chown(target / name, given.st_uid, given.st_gid)
    shutil.copymode(source / name, target / name)

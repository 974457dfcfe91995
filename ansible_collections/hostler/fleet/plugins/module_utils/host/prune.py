"""What of an app may go from a web host: releases beyond those that are kept, and what killed runs left half done."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS


def _named(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if not path.name.startswith(".")]


def surplus(app: App, keep: int, spared: Iterable[str] = ()) -> list[Path]:
    """Return the folders of releases beyond `keep`, oldest first, and virtual environments and secrets that no release would use then.

    Releases in the slots, and those that are `spared`, always stay.
    """
    used = {*(app.in_slot(slot) for slot in SLOTS), *spared}
    releases = _named(app.home / "releases")
    spare = sorted((path for path in releases if path.name not in used), key=lambda path: path.stat().st_mtime)
    room = max(0, keep - (len(releases) - len(spare)))
    old = spare[: max(0, len(spare) - room)]
    wanted = {(path / "venv").resolve() for path in releases if path not in old}
    told = {secrets.of(path) for path in releases if path not in old}
    unused = [path for path in _named(app.home / "venvs") if path.resolve() not in wanted]
    return old + unused + [path for path in _named(app.home / secrets.NAME) if path.name not in told]


def half_done(app: App) -> list[Path]:
    """Return what runs that were killed left behind; with the fleet's lock held, nobody is at work on it."""
    return [path for folder in ("releases", "venvs", secrets.NAME) for path in (app.home / folder).glob(".*.part")]


def remove(folders: Iterable[Path]) -> None:
    """Remove folders; one that is removed only in part is half done, and nobody takes it for a release."""
    for folder in folders:
        part = folder if folder.name.endswith(".part") else folder.with_name(f".{folder.name}.part")
        folder.rename(part)
        shutil.rmtree(part) if part.is_dir() else part.unlink()

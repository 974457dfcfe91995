"""Erase what an app's secrets were before: stop the slot that still holds them, and remove their files."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App


def former(app: App, generation: str) -> list[Path]:
    """Return the files of other generations, half-written ones among them."""
    return sorted(path for path in (app.home / secrets.NAME).glob("*") if path.name != generation)


def holds(app: App, slot: str, generation: str) -> bool:
    """Tell whether a slot is to run a release with secrets of another generation."""
    return app.in_slot(slot) != "" and secrets.of(app.release(app.in_slot(slot))) not in ("", generation)

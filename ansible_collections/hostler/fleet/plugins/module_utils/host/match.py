"""Tell which generation of its secrets a web host knows an app's present ones as; no value leaves the host."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json


def match(given: Json, home: Path | None = None) -> dict[str, str]:
    """Return the generation of each app's values. What is no mapping of strings is refused by the build, and has none here."""
    good = {name: values for name, values in given.items() if isinstance(values, dict) and all(isinstance(v, str) for v in values.values())}
    return {name: secrets.find(home or App(name).home, values) if values else "" for name, values in good.items()}

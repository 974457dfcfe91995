"""Tell which generation of its secrets a web host knows an app's present ones as; no value of the inventory's leaves the host."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.said import Secrets


def match(given: Json, generate: dict[str, list[str]], home: Path | None = None) -> dict[str, Secrets]:
    """Return what this host knows of each app's secrets, those of `given` with what it is to `generate`.

    What is no mapping of strings is refused by the build, and has none here.
    """
    good = {name: values for name, values in given.items() if isinstance(values, dict) and all(isinstance(v, str) for v in values.values())}
    return {name: _of_one(home or App(name).home, values, generate.get(name, [])) for name, values in good.items()}


def _of_one(home: Path, values: dict[str, str], names: list[str]) -> Secrets:
    generation = secrets.find(home, values, names) if values or names else ""
    if not names:
        return Secrets(generation)
    known = [(path.name, secrets.read(path)) for path in secrets.known(home)]
    return Secrets(
        generation,
        newest=known[0][0] if known else "",
        has={name: dict(known)[generation][name] for name in names if generation},
        last={name: next([of, had[name]] for of, had in known if name in had) for name in names if any(name in had for _, had in known)},
        fresh={name: environment.new_value() for name in names},
    )

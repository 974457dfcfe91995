"""Tell which certificates the balancers show."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Served
from ansible_collections.hostler.fleet.plugins.module_utils.shown import shown

DOCUMENTATION = """
name: shown
short_description: Tell which certificates the balancers show
version_added: 0.3.0
description: Returns for each certificate the C(name) of its file, the C(app), and the C(domains) that are shown it.
positional: _input
options:
  _input: {description: The apps., type: list, elements: dict, required: true}
"""


def of_apps(apps: list[Json]) -> list[Json]:
    """Return the certificates of apps, the one for who asks for no known name before the others."""
    return [one.json() for one in shown(map(Served.of, apps))]


class FilterModule:
    """The filter ``hostler.fleet.shown``."""

    def filters(self) -> dict[str, Callable[..., list[Json]]]:
        """Return it by its name."""
        return {"shown": of_apps}

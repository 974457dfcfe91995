"""Tell the secrets that an inventory has for each app, with where its database is if that is elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.hostler.fleet.plugins.module_utils.database.dsn import NAME
from ansible_collections.hostler.fleet.plugins.module_utils.inventory import URL
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

DOCUMENTATION = """
name: secrets
short_description: Tell the secrets that an inventory has for each app
version_added: 0.8.0
description: Returns, for each app's name, its C(secrets), and its C(database.url) as C(DATABASE_URL) where it has one.
positional: _input
options:
  _input: {description: The apps., type: list, elements: dict, required: true}
"""


def secrets(apps: list[Json]) -> dict[str, Json]:
    """Return the secrets by app's name."""
    return {app["name"]: {**app.get("secrets", {}), **_elsewhere(app.get("database"))} for app in apps}


def _elsewhere(database: object) -> Json:
    return {NAME: database[URL]} if isinstance(database, dict) and URL in database else {}


class FilterModule:
    """The filter ``hostler.fleet.secrets``."""

    def filters(self) -> dict[str, Callable[[list[Json]], dict[str, Json]]]:
        """Return it by its name."""
        return {"secrets": secrets}

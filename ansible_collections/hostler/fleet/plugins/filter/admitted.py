"""Add to databases by what their apps come in."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.hostler.fleet.plugins.module_utils.database import dsn
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

DOCUMENTATION = """
name: admitted
short_description: Add to databases by what their apps come in
version_added: 0.8.0
description: Returns databases, as C(hostler.fleet.check_database) has them, each with the C(password) in its app's C(DATABASE_URL).
positional: _input, generated, app
options:
  _input: {description: The databases., type: list, elements: dict, required: true}
  generated: {description: What C(hostler.fleet.generated) returned., type: dict, required: true}
  app: {description: The app that the run is about, empty for all., type: str, required: true}
"""


def admitted(databases: list[Json], generated: dict[str, dict[str, str]], app: str) -> list[Json]:
    """Return them; those of apps that this run knows no secrets of, or is not about, are left out."""
    having = [one for one in databases if one["app"] in generated and app in ("", one["app"])]
    return [{**one, "password": dsn.password(one["name"], generated[one["app"]][dsn.NAME])} for one in having]


class FilterModule:
    """The filter ``hostler.fleet.admitted``."""

    def filters(self) -> dict[str, Callable[..., list[Json]]]:
        """Return it by its name."""
        return {"admitted": admitted}

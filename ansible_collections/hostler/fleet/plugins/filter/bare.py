"""Leave out of apps and of the page what few need, without looking at it: it may be in a vault whose password nobody gave."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.hostler.fleet.plugins.module_utils.inventory import URL
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.page import USERS
from ansible_collections.hostler.fleet.plugins.module_utils.shape import PRIVATE

DOCUMENTATION = """
name: bare
short_description: Leave environment and secrets out of apps, and users out of the page
version_added: 0.2.0
description:
  - Returns apps as an inventory has them, without C(env) and C(secrets), whose values are not looked up.
  - Of a mapping, as C(monitor_page), it leaves out C(users).
  - What is neither, and items that are no mappings, come out as they are; C(hostler.fleet.check_fleet) refuses them.
positional: _input
options:
  _input: {description: The apps, or the page., type: raw, required: true}
"""


def bare(given: object) -> object:
    """Return apps without ``env`` and ``secrets``, and a page without ``users``."""
    if isinstance(given, dict):
        return {key: given[key] for key in given if key != USERS}
    if not isinstance(given, list):
        return given
    return [{key: _bare(key, app) for key in app if key not in PRIVATE} if isinstance(app, dict) else app for app in given]


def _bare(key: str, app: Json) -> object:
    """Return the value of a key; of a database that is elsewhere, that it is."""
    value = app[key]
    return {one: "" if one == URL else value[one] for one in value} if key == "database" and isinstance(value, dict) else value


class FilterModule:
    """The filter ``hostler.fleet.bare``."""

    def filters(self) -> dict[str, Callable[[object], object]]:
        """Return it by its name."""
        return {"bare": bare}

"""Leave out of apps what only a build needs, without looking at it: it may be in a vault whose password nobody gave."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.hostler.fleet.plugins.module_utils.shape import PRIVATE

DOCUMENTATION = """
name: bare
short_description: Leave environment and secrets out of apps
version_added: 0.2.0
description:
  - Returns apps as an inventory has them, without C(env) and C(secrets), whose values are not looked up.
  - What is no list, and items that are no mappings, come out as they are; C(hostler.fleet.check_fleet) refuses them.
positional: _input
options:
  _input: {description: The apps., type: raw, required: true}
"""


def bare(apps: object) -> object:
    """Return the apps without ``env`` and ``secrets``."""
    if not isinstance(apps, list):
        return apps
    return [{key: app[key] for key in app if key not in PRIVATE} if isinstance(app, dict) else app for app in apps]


class FilterModule:
    """The filter ``hostler.fleet.bare``."""

    def filters(self) -> dict[str, Callable[[object], object]]:
        """Return it by its name."""
        return {"bare": bare}

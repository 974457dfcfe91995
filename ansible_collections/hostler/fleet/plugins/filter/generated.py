"""Tell the values of the secrets that Hostler makes, by what the web hosts have."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ansible_collections.hostler.fleet.plugins.module_utils.generated import choose, known
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json

DOCUMENTATION = """
name: generated
short_description: Tell the values of the secrets that Hostler makes
version_added: 0.2.0
description:
  - Returns, for each app's name, the values of the names that it has in C(generate), the same whenever it is asked in a run.
positional: _input, apps, app, renew, stored
options:
  _input: {description: What C(hostler.fleet.secrets_info) returned on each web host., type: list, elements: dict, required: true}
  apps: {description: The apps., type: list, elements: dict, required: true}
  app: {description: The app that the run is about, type: str, required: true}
  renew: {description: The name whose value is made anew for that app, type: str, required: true}
  stored: {description: Addresses of the hosts with their databases, type: list, elements: str, default: []}
"""


def generated(matched: list[Json], apps: list[Json], app: str, renew: str, stored: Sequence[str] = ()) -> dict[str, dict[str, str]]:
    """Return the values by app's name."""
    having = [one for one in map(App.of, apps) if one.generate]
    return {one.name: choose(one, known(matched, one.name), renew if app in ("", one.name) else "", stored).values for one in having}


class FilterModule:
    """The filter ``hostler.fleet.generated``."""

    def filters(self) -> dict[str, Callable[..., dict[str, dict[str, str]]]]:
        """Return it by its name."""
        return {"generated": generated}

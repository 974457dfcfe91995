"""Tell how alerts are delivered."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.receivers import delivery

DOCUMENTATION = """
name: delivery
short_description: Tell how alerts are delivered
version_added: 0.3.0
description: Returns the C(receivers), each with the files of its secrets, and the C(secrets) that are to lie there.
positional: _input, smtp, deadmans_url
options:
  _input: {description: Who is told., type: list, elements: dict, required: true}
  smtp: {description: How mail is sent., type: dict, required: true}
  deadmans_url: {description: What notices outside that alerts come no more., type: str, required: true}
"""


class FilterModule:
    """The filter ``hostler.fleet.delivery``."""

    def filters(self) -> dict[str, Callable[..., Json]]:
        """Return it by its name."""
        return {"delivery": delivery}

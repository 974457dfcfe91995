"""Find what an operator asks for, by ``-e`` alone: a variable of the inventory may be called as an option is, and is none."""

from __future__ import annotations

from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

from ansible_collections.hostler.fleet.plugins.module_utils.asked import OPTIONS, values
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

DOCUMENTATION = """
name: asked
short_description: Find what an operator asks for by -e
version_added: 0.2.0
description:
  - Returns the value of each option that a playbook of Hostler takes, by its name, with its default where it was not given.
  - Only C(-e) counts; variables of the inventory that are called like an option are the inventory's own.
options: {}
"""


class LookupModule(LookupBase):
    """The lookup ``hostler.fleet.asked``."""

    def run(self, terms: list[object], variables: Json | None = None, **kwargs: Any) -> list[Json]:
        """Return the values of all options, as the one item."""
        said = {name: value for name, value in load_extra_vars(self._loader).items() if name in OPTIONS}
        return [values({name: self._templar.template(value) for name, value in said.items()})]

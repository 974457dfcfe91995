"""Find what an operator asks for, by ``-e`` alone: a variable of the inventory may be called as an option is, and is none."""

from __future__ import annotations

from typing import Any

from ansible import context
from ansible.parsing.splitter import parse_kv, split_args
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


LINES = tuple(f"{name}=" for name, option in OPTIONS.items() if option.kind == "line")


def said(loader: object) -> Json:
    """Return the operator's variables by their names.

    Ansible would end a value at its first blank, as in ``-e command='flask create-admin --name=ana'``, and take --name for a variable.
    """
    extra = dict(load_extra_vars(loader))
    texts = context.CLIARGS["extra_vars"]
    lines = [text for text in texts if text.startswith(LINES) and len(split_args(text)) > 1]
    for name in {name for text in lines for name in parse_kv(text)}:
        extra.pop(name, None)
    for text in texts:
        if text in lines:
            name, _, line = text.partition("=")
            extra[name] = line
        elif not text.startswith(("@", "[", "{")):
            extra |= parse_kv(text)
    return extra


class LookupModule(LookupBase):
    """The lookup ``hostler.fleet.asked``."""

    def run(self, terms: list[object], variables: Json | None = None, **kwargs: Any) -> list[Json]:
        """Return the values of all options, as the one item."""
        options = {name: value for name, value in said(self._loader).items() if name in OPTIONS}
        return [values({name: self._templar.template(value) for name, value in options.items()})]

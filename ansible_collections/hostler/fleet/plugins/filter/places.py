"""Look up where hosts are, each once: whoever asks for one variable after the other has all of a host's variables merged for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2.exceptions import UndefinedError

DOCUMENTATION = """
name: places
short_description: Look up where hosts are
version_added: 0.2.0
description: Returns for each host what C(hostler.fleet.check_fleet) takes as C(places).
positional: _input
options:
  _input: {description: Names of the hosts., type: list, elements: str, required: true}
  hostvars: {description: The variables of all hosts., type: dict, required: true}
"""

KEYS = ("ansible_host", "ansible_port", "ansible_ssh_common_args", "fleet_address")


def places(names: list[str], hostvars: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """Return for each host its name and the values of `KEYS`, an empty one for what the inventory does not say."""
    found = ((name, hostvars[name]) for name in names)
    return [[name, *(_said(said, key) for key in KEYS)] for name, said in found]


def _said(variables: Mapping[str, Any], key: str) -> str:
    try:
        return str(variables[key] or "") if key in variables else ""
    except UndefinedError:  # what is made from other hosts' variables is known where the host itself is reached, and not here
        return ""


class FilterModule:
    """The filter ``hostler.fleet.places``."""

    def filters(self) -> dict[str, Callable[..., list[list[str]]]]:
        """Return it by its name."""
        return {"places": places}

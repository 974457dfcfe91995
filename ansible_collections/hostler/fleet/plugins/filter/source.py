"""Tell by which address a host's journal comes to where it is kept."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.hostler.fleet.plugins.module_utils.observe.kept import source

DOCUMENTATION = """
name: source
short_description: The address that stands for a host where its journal is kept
version_added: 0.2.0
description:
  - Returns the address of loopback by which, on the host that watches, a host's journal comes to systemd-journal-remote.
positional: _input
options:
  _input: {description: The host's name in the inventory., type: str, required: true}
"""


class FilterModule:
    """The filter ``hostler.fleet.source``."""

    def filters(self) -> dict[str, Callable[[str], str]]:
        """Return it by its name."""
        return {"source": source}

"""Check what an operator says of how hosts are hardened."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.hardening import checked
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json


class ActionModule(Decision):
    """``check_hardening``: takes ``upgrades``, the hours of a host's own upgrades, and ``journal``, the size of its journal.

    Returns ``begin`` and ``seconds``: when upgrades begin each day, and within how many seconds.
    """

    def decide(self, args: Json) -> Json:
        """Return what comes of it, or refuse with every problem found, one a line."""
        return checked(args["upgrades"], args["journal"])

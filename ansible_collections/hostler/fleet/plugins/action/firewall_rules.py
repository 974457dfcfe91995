"""Have a host take the rules of its firewall, come in anew through them, and have them taken back where that cannot be."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.trial import Trial


class ActionModule(Trial):
    """``firewall_rules``: the module's options."""

    LOCKED_OUT = "No new connection comes in through the new firewall, so all is as it was before"
    WITHIN = "half a minute"

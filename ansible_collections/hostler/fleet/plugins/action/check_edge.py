"""Check what an operator says of the edge."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.edge import of_headers, of_ports, of_proxies
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused


class ActionModule(Decision):
    """``check_edge``: takes ``proxies`` and ``headers``, as ``balancer_trusted_proxies`` and ``balancer_headers`` have them; and ``ports``,
    by the names of their variables.
    """

    def decide(self, args: Json) -> Json:
        """Refuse with every problem found, one a line."""
        if wrong := [*of_ports(args["ports"]), *of_proxies(args["proxies"]), *of_headers(args["headers"])]:
            raise Refused("\n".join(wrong))
        return {}

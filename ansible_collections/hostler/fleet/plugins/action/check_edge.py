"""Check what an operator says of the edge."""

from __future__ import annotations

from itertools import chain

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.edge import (
    of_acme,
    of_headers,
    of_kinds,
    of_networks,
    of_numbers,
    of_ports,
    of_proxies,
)
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused


class ActionModule(Decision):
    """``check_edge``: takes ``proxies``, ``headers`` and ``compress``, as ``balancer_trusted_proxies`` and so on have them; ``ports``,
    ``numbers``, ``networks`` and ``acme``, by the names of their variables; and the ``apps``.

    Returns ``ports``, by these names, for who comes to a balancer as visitors do.
    """

    def decide(self, args: Json) -> Json:
        """Refuse with every problem found, one a line."""
        problems = (
            of_ports(args["ports"]),
            of_numbers(args["numbers"]),
            of_kinds(args["compress"]),
            of_networks(args["networks"]),
            of_proxies(args["proxies"]),
            of_headers(args["headers"]),
            of_acme(args["acme"], [App.of(app) for app in args["apps"]]),
        )
        if wrong := list(chain(*problems)):
            raise Refused("\n".join(wrong))
        return {"ports": {name: int(port) for name, port in args["ports"].items()}}

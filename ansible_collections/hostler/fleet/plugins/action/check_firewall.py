"""Check what an operator says of a host's firewall, and make its rules."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.firewall import Host, rules
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json


class ActionModule(Decision):
    """``check_firewall``: takes ``ssh_from`` and ``open``, as ``firewall_ssh_from`` and ``firewall_open`` have them; the ports of ``sshd``,
    of ``visitors``, of theirs by HTTP/3, ``quic``, of ``peers`` and of the ``apps`` of this host; the addresses of the ``balancers``; and
    ``came_from``, from where this run has come, which is to come in again.

    Returns ``rules``, each ``why`` and its ``lines``.
    """

    def decide(self, args: Json) -> Json:
        """Return what comes of it, or refuse with every problem found, one a line."""
        slots = [int(port) for app in args["apps"] for port in app["ports"].values()]
        ports = {name: [int(port) for port in args[name]] for name in ("sshd", "visitors", "quic", "peers")}
        host = Host(**ports, slots=slots, balancers=args["balancers"], came_from=args["came_from"])
        return {"rules": rules(host, args["ssh_from"], args["open"])}

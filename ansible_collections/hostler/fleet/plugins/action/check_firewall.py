"""Check what an operator says of a host's firewall, and make its rules."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.firewall import BALANCERS, Host, former, rules
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json


class ActionModule(Decision):
    """``check_firewall``: takes ``ssh_from`` and ``open``, as ``firewall_ssh_from`` and ``firewall_open`` have them; the ports of ``sshd``,
    of ``visitors``, of theirs by HTTP/3, ``quic``, of ``peers`` and of the ``apps`` of this host; the addresses of the ``balancers``; ports
    that are ``watched`` and the addresses ``watching``, ports that are ``told`` journals and the addresses ``telling``; ports of the
    ``page``, to which balancers come, and of ``data``, with the addresses of its ``clients``, and ``backups``, with those ``saving``;
    ``came_from``, from where this run has come, which is to come in again; and ``has``, the rules that the host has now.

    Returns ``wanted`` and ``meanwhile``, which lets in balancers that leave until a release is live without them: each its ``rules``, with
    ``why`` and ``lines``, and a ``note`` of who is let in as a balancer.
    """

    def decide(self, args: Json) -> Json:
        """Return what comes of it, or refuse with every problem found, one a line."""
        slots = [int(port) for app in args["apps"] for port in app["ports"].values()]
        ports: Json = {
            name: [int(port) for port in args[name]]
            for name in ("sshd", "visitors", "quic", "peers", "watched", "told", "page", "data", "backups")
        }
        addresses = {name: args[name] for name in ("balancers", "watching", "telling", "clients", "saving")}
        host = Host(**ports, **addresses, slots=slots, came_from=args["came_from"])
        both = replace(host, balancers=[*args["balancers"], *former(args["has"])])
        return {name: self._noted(one, args) for name, one in (("wanted", host), ("meanwhile", both))}

    def _noted(self, host: Host, args: Json) -> Json:
        note = f"{BALANCERS}{' '.join(sorted(set(host.balancers)))}"
        return {"rules": rules(host, args["ssh_from"], args["open"]), "note": note}

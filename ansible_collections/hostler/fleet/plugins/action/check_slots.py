"""Hold what the balancers know against each other, and against the inventory."""

from __future__ import annotations

from dataclasses import asdict

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import agree
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused


class ActionModule(Decision):
    """``check_slots``: takes ``apps``, and ``balancers``, what ``slots_info`` said of each; returns ``agreement.Known``.

    ``tell``: what contradicts it is only returned. Balancers that did not answer are left out then.
    """

    def decide(self, args: Json) -> Json:
        """Return what the balancers know, or refuse with every problem found."""
        balancers = {name: said for name, said in args["balancers"].items() if "entries" in said or not args.get("tell")}
        known = agree([App.of(app) for app in args["apps"]], balancers)
        if known.problems and not args.get("tell", False):
            raise Refused("\n".join(known.problems))
        return asdict(known)

"""Hold what the balancers know against each other, and against the inventory."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import agree
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer, answers


class ActionModule(Decision):
    """``check_slots``: takes ``apps``, and ``balancers``, what ``slots_info`` said of each; returns ``agreement.Known``.

    ``tell``: what contradicts it is only returned. Balancers that did not answer are left out then.
    """

    def decide(self, args: Json) -> Json:
        """Return what the balancers know, or refuse with every problem found."""
        tell = args.get("tell", False)
        balancers = {name: Balancer.of(said) for name, said in args["balancers"].items() if answers(said) or not tell}
        known = agree([App.of(app) for app in args["apps"]], balancers)
        if known.problems and not tell:
            raise Refused("\n".join(known.problems))
        return known.json()

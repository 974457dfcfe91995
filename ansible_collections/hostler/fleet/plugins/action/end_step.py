"""Say what is live after a step that went well."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Step
from ansible_collections.hostler.fleet.plugins.module_utils.plan.undo import ended


class ActionModule(Decision):
    """``end_step``: takes ``step``, and ``watched``, for each balancer what ``watch_slot`` returned."""

    def decide(self, args: Json) -> Json:
        """Return ``msg``, and ``hook``, what the hook after is told."""
        msg, hook = ended(Step.of(args["step"]), args["watched"])
        return {"msg": msg, "said": msg, "hook": hook, "_ansible_verbose_always": True}

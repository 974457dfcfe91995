"""Decide what is put back after a step has failed."""

from __future__ import annotations

from dataclasses import asdict

from ansible_collections.hostler.fleet.plugins.action.decision import Decision, now
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Step
from ansible_collections.hostler.fleet.plugins.module_utils.plan.undo import undo


class ActionModule(Decision):
    """``plan_undo``: takes ``step``; ``failed``, ``switched`` and ``commanded``, as ``plan.undo.undo`` has them; returns
    ``plan.undo.Undo``.
    """

    def decide(self, args: Json) -> Json:
        """Return what is to be done."""
        return asdict(undo(Step.of(args["step"]), args["failed"], args["switched"], now(), args["commanded"]))

"""Have the module of the same name watch a slot, a little at a time, so that no balancer goes on alone once another has gone back."""

from __future__ import annotations

from pathlib import Path

from ansible import constants

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables

PART = 2  # seconds; for so long balancers may differ, and as often each is asked


class ActionModule(Step):
    """``watch_slot``: the module's options but ``after`` and ``last``; ``alone``: whether there is no other balancer."""

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result; failed too where another balancer has found fault meanwhile."""
        alone, seconds = args.pop("alone"), int(args["seconds"])
        # Actions of all hosts run on the control node, in a run's own folder for what is temporary
        fault = Path(constants.DEFAULT_LOCAL_TMP, f"fault-{args['backend']}-{args['run']}")
        after = 0
        while True:
            part = seconds - after if alone else min(PART, seconds - after)
            last = after + part >= seconds
            result = self.ask({**args, "seconds": part, "after": after, "last": last}, task_vars)
            if result.get("worse"):
                fault.touch()
            elif not result.get("failed") and fault.exists():
                return {"failed": True, "msg": "Another balancer found it worse than what was live."}
            if last or result.get("failed"):
                return result
            after += part

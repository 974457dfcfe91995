# Managed by Hostler, role:balancer
"""Have the module of the same name watch a slot, a little at a time, so that no balancer goes on alone once another has gone back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

PART = 2  # seconds; for so long balancers may differ, and as often each is asked


class ActionModule(ActionBase):
    """``watch_slot``: the module's options but ``after`` and ``last``; ``alone``: whether there is no other balancer."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result; failed too where another balancer has found fault meanwhile."""
        super().run(tmp, task_vars)
        args = dict(self._task.args)
        alone, seconds = args.pop("alone"), int(args["seconds"])
        # Actions of all hosts run on the control node, in a run's own folder for what is temporary
        fault = Path(constants.DEFAULT_LOCAL_TMP, f"fault-{args['backend']}-{args['run']}")
        after = 0
        while True:
            part = seconds - after if alone else min(PART, seconds - after)
            last = after + part >= seconds
            try:
                result = dict(
                    self._execute_module("watch_slot", {**args, "seconds": part, "after": after, "last": last}, task_vars=task_vars)
                )
            except AnsibleConnectionFailure as error:
                # Ansible would go there once more to remove its folder, and call the host unreachable after all
                self._connection._shell.tmpdir = None
                return {"failed": True, "msg": f"The host cannot be reached: {error}"}
            if result.get("worse"):
                fault.touch()
            elif not result.get("failed") and fault.exists():
                return {"failed": True, "msg": "Another balancer found it worse than what was live."}
            if last or result.get("failed"):
                return result
            after += part

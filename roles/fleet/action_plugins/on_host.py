# Managed by Hostler, role:fleet
"""Run the module of the task's own name; a host that is lost on the way is a failure like any other.

Ansible ends a play at once where a host cannot be reached, without putting the other hosts back and without giving the lock back. So
the steps of a deploy go by this action: other roles' action plugins of a step's name are links to this file.
"""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """As the module of the same name."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        super().run(tmp, task_vars)
        try:
            return dict(self._execute_module(task_vars=task_vars))
        except AnsibleConnectionFailure as error:
            # Ansible would go there once more to remove its folder, and call the host unreachable after all
            self._connection._shell.tmpdir = None
            return {"failed": True, "msg": f"The host cannot be reached: {error}"}

"""Run the module of the task's own name; a host that is lost on the way is a failure like any other.

Ansible ends a play at once where a host cannot be reached, without putting the other hosts back and without giving the lock back. So
the modules of a deploy go by this action: ``meta/runtime.yml`` sends them here, and actions that do more are made from it.
"""

from __future__ import annotations

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

Result = Json
Variables = Json | None


class ActionModule(ActionBase):
    """As the module of the same name."""

    def run(self, tmp: str | None = None, task_vars: Variables = None) -> Result:
        """Return the module's result."""
        super().run(tmp, task_vars)
        try:
            return self.act(dict(self._task.args), task_vars)
        except AnsibleConnectionFailure as error:
            # Ansible would go there once more to remove its folder, and call the host unreachable after all
            self._connection._shell.tmpdir = None
            return self.lost(f"The host cannot be reached: {error}")

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Do what there is to do, with the task's arguments."""
        return self.ask(args, task_vars)

    def ask(self, args: Result, task_vars: Variables) -> Result:
        """Run the module."""
        return dict(self._execute_module(self._task.action, args, task_vars=task_vars))

    def lost(self, why: str) -> Result:
        """Return the failure of a host that was lost."""
        return {"failed": True, "msg": why}

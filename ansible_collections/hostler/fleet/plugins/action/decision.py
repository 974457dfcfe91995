"""What is decided on the control node: from what hosts have said, by the pure part of the package. Opens no connection."""

from __future__ import annotations

import time

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused


def now() -> str:
    """Return the time in UTC, by the clock of the control node."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def clock() -> int:
    """Return the seconds since 1970, by the clock of the control node."""
    return int(time.time())


class Decision(ActionBase):
    """An action that is made from a function of its arguments; what that refuses is its failure."""

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return what was decided, or fail with the sentences of the refusal."""
        result: Json = super().run(tmp, task_vars)
        try:
            return {**result, "changed": False, **self.decide(self._task.args)}
        except Refused as error:
            # Alone, for Ansible adds to a sentence those that it was made from
            raise AnsibleActionFail(str(error)) from None

    def decide(self, args: Json) -> Json:
        """Return what is decided; Refused for what cannot be."""
        raise NotImplementedError

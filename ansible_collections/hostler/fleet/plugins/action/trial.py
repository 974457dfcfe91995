"""What actions do whose module changes how one comes in: come in anew by the change, and have it taken back where that cannot be."""

from __future__ import annotations

import time

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables

# The first that says something of an option is heeded: no connection that is open already hides that none can be opened, and one that
# nobody answers is not waited for until the host has taken the change back
ANEW = "-o ControlMaster=no -o ControlPath=none -o ConnectTimeout=10 "
# sshd that reads its settings anew listens to nobody for a moment, longer on a busy host
REFUSED, TRIES, PAUSE = "Connection refused", 4, 1


class Trial(Step):
    """Made from a module that takes ``then`` (C(ask), C(keep) or C(take_back)) and returns ``asks``, whether it waits to be told.

    `LOCKED_OUT` begins the sentence of one that lets nobody in; `WITHIN` says when the host itself takes it back.
    """

    LOCKED_OUT = ""
    WITHIN = ""

    @property
    def by_ssh(self) -> bool:
        """Whether we have come in by sshd."""
        return str(self._connection.transport) == "ssh"

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result, once it is known that one can come in."""
        result = self.ask(args, task_vars)
        if not result.pop("asks", False):
            return result
        wrong = self._come_in(args, task_vars) if self.by_ssh else str(self.ask({**args, "then": "keep"}, task_vars).get("msg", ""))
        return self.lost(f"{self.LOCKED_OUT}{self._back(args, task_vars)}: {wrong}") if wrong else result

    def _come_in(self, args: Result, task_vars: Variables) -> str:
        """Have the change kept over a new connection; return what is wrong with it."""
        former = {name: self._connection.get_option(name) for name in ("ssh_args", "reconnection_retries")}
        self._connection.set_option("ssh_args", f"{ANEW}{former['ssh_args'] or ''}")
        self._connection.set_option("reconnection_retries", 0)
        try:
            for left in reversed(range(TRIES)):
                try:
                    kept = self.ask({**args, "then": "keep"}, task_vars)
                except AnsibleConnectionFailure as error:
                    if not left or REFUSED not in str(error):
                        return str(error)
                    time.sleep(PAUSE)
                else:
                    return str(kept.get("msg", "")) if kept.get("failed") else ""
        finally:
            for name, value in former.items():
                self._connection.set_option(name, value)
        return ""

    def _back(self, args: Result, task_vars: Variables) -> str:
        """Take the change back over the connection that is open; return who does if that cannot be."""
        try:
            failed = self.ask({**args, "then": "take_back"}, task_vars).get("failed", False)
        except AnsibleConnectionFailure:
            failed = True
        return f" within {self.WITHIN}, by the host itself" if failed else ""

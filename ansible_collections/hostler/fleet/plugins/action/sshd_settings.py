"""Have sshd take settings of ours, come in anew by them, and have them taken back where that cannot be."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables
from ansible_collections.hostler.fleet.plugins.action.trial import Trial


class ActionModule(Trial):
    """``sshd_settings``: the module's options."""

    LOCKED_OUT = "No new connection comes in with sshd's new settings, so those before are back"
    WITHIN = "a minute"

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result, once it is known that one can come in."""
        if self.by_ssh and args["text"] and self._connection.get_option("password"):
            return self.lost(
                "hardening_ssh: you come in with a password (ansible_password, or --ask-pass), and could not once sshd takes keys alone; "
                "give the host a key of yours, as ssh-copy-id does, and leave the password out, or say 'hardening_ssh: false'."
            )
        return super().act({**args, "by_ssh": self.by_ssh}, task_vars)

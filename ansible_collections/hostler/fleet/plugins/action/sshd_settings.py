"""Have sshd take settings of ours, come in anew by them, and have them taken back where that cannot be."""

from __future__ import annotations

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables

# The first that says something of an option is heeded: no connection that is open already hides that none can be opened
ANEW = "-o ControlMaster=no -o ControlPath=none "


class ActionModule(Step):
    """``sshd_settings``: the module's options."""

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result, once it is known that one can come in."""
        by_ssh = self._connection.transport == "ssh"
        if by_ssh and args["text"] and self._connection.get_option("password"):
            return self.lost(
                "hardening_ssh: you come in with a password (ansible_password, or --ask-pass), and could not once sshd takes keys alone; "
                "give the host a key of yours, as ssh-copy-id does, and leave the password out, or say 'hardening_ssh: false'."
            )
        result = self.ask({**args, "by_ssh": by_ssh}, task_vars)
        if not result.pop("asks", False):
            return result
        wrong = self._come_in(args, task_vars) if by_ssh else str(self.ask({**args, "then": "keep"}, task_vars).get("msg", ""))
        if not wrong:
            return result
        back = self._back(args, task_vars)
        return self.lost(f"No new connection comes in with sshd's new settings, so those before are back{back}: {wrong}")

    def _come_in(self, args: Result, task_vars: Variables) -> str:
        """Have the settings kept over a new connection; return what is wrong with it."""
        former = self._connection.get_option("ssh_args")
        self._connection.set_option("ssh_args", f"{ANEW}{former or ''}")
        try:
            kept = self.ask({**args, "then": "keep"}, task_vars)
        except AnsibleConnectionFailure as error:
            return str(error)
        finally:
            self._connection.set_option("ssh_args", former)
        return str(kept.get("msg", "")) if kept.get("failed") else ""

    def _back(self, args: Result, task_vars: Variables) -> str:
        """Take the settings back over the connection that is open; return who does if that cannot be."""
        try:
            failed = self.ask({**args, "then": "take_back"}, task_vars).get("failed", False)
        except AnsibleConnectionFailure:
            failed = True
        return " within a minute, by the host itself" if failed else ""

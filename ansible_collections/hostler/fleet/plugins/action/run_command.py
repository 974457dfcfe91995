"""Have the module of the same name run a command, and once more where a lock of the database was not to be had."""

from __future__ import annotations

import time

from ansible.utils.display import Display

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables
from ansible_collections.hostler.fleet.plugins.module_utils import migration


class ActionModule(Step):
    """``run_command``: the module's options but ``tried``. All tries, and the pauses between them, take ``seconds`` at the most.

    With ``lock_seconds``, the result has ``commanded``: the app whose release command was begun, however it ended.
    """

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result, of several tries that of the last one."""
        if "lock_seconds" not in args:
            return self.ask(args, task_vars)
        deadline = time.monotonic() + int(args["seconds"])
        tries = 0
        while True:
            left = max(1, round(deadline - time.monotonic()))
            result = self.ask({**args, "seconds": left, "tried": tries}, task_vars)
            tries += 1
            pause = migration.pause(tries, deadline - time.monotonic()) if result.get("lacked_lock") else 0
            if not pause:
                break
            Display().display(
                f"{args['name']}: the release command did not get a lock of the database; try {tries + 1} begins in {pause} s"
            )
            time.sleep(pause)
        return self.noted({**result, "said": f"after {tries} tries"} if tries > 1 and not result.get("failed") else result)

    def lost(self, why: str) -> Result:
        """Return the failure of a host that was lost, where the command may have begun."""
        return self.noted(super().lost(why))

    def noted(self, result: Result) -> Result:
        """Return a result with whose release command it is of."""
        args = self._task.args
        return {**result, "commanded": args["name"]} if "lock_seconds" in args and not self._task.check_mode else result

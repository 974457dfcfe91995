"""Take the fleet's lock on a balancer, or heed it, and have the module of the task's name tell what the balancer knows."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables
from ansible_collections.hostler.fleet.plugins.module_utils import holder as run


class ActionModule(Step):
    """``lock_fleet`` and ``slots_info``: the module's options but ``lock`` and ``over``, and in their place

    ``what``: for what the lock is taken, such as C(deploy); without it, it is not taken, and ``heed``: whether to fail if another
    run holds it. ``break_lock``: take it from whoever holds it. A lock whose run was killed on this machine does not count.
    """

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result, with ``run``, the lock's id."""
        what, heed, breaks = args.pop("what", ""), args.pop("heed", False), args.pop("break_lock", False)
        lock = run.mine(what)
        result = self._with(lock if what else {}, "", args, task_vars)
        holder = run.other(result, lock["id"])
        if holder and (breaks or run.gone(holder)):
            over = holder["id"]
            result = self._with(lock, over, args, task_vars) if what else result
            # In check mode nothing is taken, and the same one is told of again
            holder = run.other(result, lock["id"], over)
        if not result.get("failed") and holder and (what or heed):
            result = {
                "failed": True,
                "msg": f"{holder['who']} holds the fleet's lock since {holder['since']}, for {holder['what']}. "
                "Wait until that has ended; if it never will, take the lock with -e break_lock=true.",
            }
        return {**result, "run": lock["id"], "by": lock["who"]}

    def lost(self, why: str) -> Result:
        """Return the failure; the lock may be taken though the answer was lost: with its id, the run can give it back."""
        return {**super().lost(why), "run": run.mine("")["id"]}

    def _with(self, lock: dict[str, str], over: str, args: Result, task_vars: Variables) -> Result:
        return self.ask({**args, **({"lock": lock, "over": over} if lock else {})}, task_vars)

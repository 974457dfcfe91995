# Managed by Hostler, role:balancer
"""Have the module of the same name tell what a balancer knows, under the lock or heeding it."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import time
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


def machine() -> str:
    """Return what process ids of this machine are good for: its boot and this namespace; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip() + os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def born(pid: int) -> str:
    """Return when a process of this machine began, in the system's own units; empty where there is no such process."""
    try:
        # Field 22; the second, a name in brackets, may have blanks. Source: proc(5)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def mine(what: str) -> dict[str, str]:
    """Return the lock of this run: the same for all tasks and hosts of an ansible-playbook, whose workers ask."""
    pid = os.getppid()
    place = {"machine": machine(), "pid": str(pid), "born": born(pid)}
    return {
        "id": hashlib.sha256(repr((place, platform.node())).encode()).hexdigest()[:16],
        "who": f"{os.environ.get('SUDO_USER') or getpass.getuser()}@{platform.node()}",
        "what": what,
        "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **place,
    }


def gone(holder: dict[str, str]) -> bool:
    """Tell whether the holder was a run on this very machine that has ended, as one that was killed."""
    place, pid, began = (holder.get(key) for key in ("machine", "pid", "born"))
    return bool(place and pid and began) and place == machine() and born(int(str(pid))) != began


def other(result: dict[str, Any], *known: str) -> dict[str, str]:
    """Return the holder that a balancer told of; nothing where it is one that is known."""
    holder: dict[str, str] = result.get("holder") or {}
    return {} if holder.get("id", "") in ("", *known) else holder


class ActionModule(ActionBase):
    """``read_slots``: the module's options but ``lock`` and ``over``, and in their place

    ``what``: for what the lock is taken, such as C(deploy); without it, it is not taken, and ``heed``: whether to fail if another
    run holds it. ``break_lock``: take it from whoever holds it. A lock whose run was killed on this machine does not count.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result, with ``run``, the lock's id."""
        super().run(tmp, task_vars)
        args = dict(self._task.args)
        what, heed, breaks = args.pop("what", ""), args.pop("heed", False), args.pop("break_lock", False)
        lock = mine(what)
        try:
            result = self._ask(args, lock if what else {}, "", task_vars)
            holder = other(result, lock["id"])
            if holder and (breaks or gone(holder)):
                over = holder["id"]
                result = self._ask(args, lock, over, task_vars) if what else result
                # In check mode nothing is taken, and the same one is told of again
                holder = other(result, lock["id"], over)
        except AnsibleConnectionFailure as error:
            # Ansible would go there once more to remove its folder, and call the host unreachable after all
            self._connection._shell.tmpdir = None
            # The lock may be taken though the answer was lost: with its id, the run can give it back
            return {"failed": True, "msg": f"The host cannot be reached: {error}", "run": lock["id"]}
        if not result.get("failed") and holder and (what or heed):
            result = {
                "failed": True,
                "msg": f"{holder['who']} holds the fleet's lock since {holder['since']}, for {holder['what']}. "
                "Wait until that has ended; if it never will, take the lock with -e break_lock=true.",
            }
        return {**result, "run": lock["id"], "by": lock["who"], "at": lock["since"]}

    def _ask(self, args: dict[str, Any], lock: dict[str, str], over: str, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        return dict(self._execute_module("read_slots", {**args, "lock": lock, "over": over}, task_vars=task_vars))

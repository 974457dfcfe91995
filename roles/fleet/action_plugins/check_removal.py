# Managed by Hostler, role:fleet
"""Check that what an operator wants removed may be an app that was taken out of the inventory. Opens no connection."""

from __future__ import annotations

import re
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")  # as check_fleet allows them


def refusal(name: str, apps: list[str]) -> str:
    """Return why this name is not to be removed; empty where the hosts may be asked for its parts."""
    if not name:
        return "app: which one? Name it, such as -e app=shop."
    if not NAME.fullmatch(name):
        return f"app: {name!r} is no name of an app."
    if name in apps:
        return f"app: {name} is still in apps; take it out of the inventory first, then run this again."
    return ""


class ActionModule(ActionBase):
    """``check_removal``: takes ``app``, a name, and ``apps``, the names of those in the inventory; returns ``app``."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail with one sentence, or return the name."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        name = str(self._task.args["app"])
        if said := refusal(name, self._task.args["apps"]):
            raise AnsibleActionFail(said)
        return {**result, "changed": False, "app": name}

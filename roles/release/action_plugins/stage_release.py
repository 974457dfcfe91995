# Managed by Hostler, role:release
"""Bring over what a web host lacks of a release, then have the module of the same name lay it out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """``stage_release``: the module's options, but C(bundle) and C(packages) are paths on the control node.

    One round trip where the host has the release already; nothing is sent that it has.
    """

    TRANSFERS_FILES = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        super().run(tmp, task_vars)
        args = dict(self._task.args)
        local = {key: args.pop(key) for key in ("bundle", "packages")}
        result: dict[str, Any] = self._execute_module("stage_release", args, task_vars=task_vars)
        needs = result.get("needs", [])
        if not needs or result.get("failed") or self._task.check_mode:
            return result
        self._make_tmp_path()
        try:
            for key in needs:
                args[key] = self._transfer_file(local[key], self._connection._shell.join_path(self._tmp, Path(local[key]).name))
            return dict(self._execute_module("stage_release", args, task_vars=task_vars))
        finally:
            self._remove_tmp_path(self._tmp)

    @property
    def _tmp(self) -> str:
        return str(self._connection._shell.tmpdir)

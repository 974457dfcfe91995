# Managed by Hostler, role:release
"""Bring over what a web host lacks of a release, then have the module of the same name lay it out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """``stage_release``: the module's options, but C(bundle) and C(packages) are paths on the control node.

    ``has``: what the host was seen to have of the app, C(whole) releases and C(venvs); only what it lacks is sent. Where that has
    changed since, the module asks for the rest.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        super().run(tmp, task_vars)
        args = dict(self._task.args)
        local = {key: args.pop(key) for key in ("bundle", "packages")}
        has = args.pop("has")
        lacks = {
            "bundle": args["release"] not in has.get("whole", []),
            "packages": not any(venv.startswith(f"{args['lock']}-") for venv in has.get("venvs", [])),
        }
        try:
            result = self._send([key for key in local if lacks[key] and not self._task.check_mode], local, args, task_vars)
            if (needs := result.get("needs")) and not result.get("failed") and not self._task.check_mode:
                result = self._send(needs, local, args, task_vars)
        except AnsibleConnectionFailure as error:
            # Ansible would go there once more to remove its folder, and call the host unreachable after all
            self._connection._shell.tmpdir = None
            return {"failed": True, "msg": f"The host cannot be reached: {error}"}
        return result

    def _send(self, keys: list[str], local: dict[str, str], args: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """Run the module with these archives at hand."""
        if not keys:
            return dict(self._execute_module("stage_release", args, task_vars=task_vars))
        self._make_tmp_path()
        tmp = str(self._connection._shell.tmpdir)
        try:
            there = {key: self._transfer_file(local[key], self._connection._shell.join_path(tmp, Path(local[key]).name)) for key in keys}
            return dict(self._execute_module("stage_release", {**args, **there}, task_vars=task_vars))
        finally:
            self._remove_tmp_path(tmp)

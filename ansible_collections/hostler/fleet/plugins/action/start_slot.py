"""Bring over what a web host lacks of a release, then have the module of the same name lay it out and start it."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.hostler.fleet.plugins.action.decision import clock
from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts, parts_of

ARCHIVES = ("bundle", "packages")


class ActionModule(Step):
    """``start_slot``: the module's options; in its ``stage``, the archives are paths on the control node, of packages one a platform, and
    ``planned`` is when the run planned it, by the clock of the control node, in place of ``age``.

    ``host``: what the host said of itself; only what it lacks is sent. Where that has changed since, the module asks for the rest.
    ``env`` and ``secrets`` are mappings here.
    """

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result."""
        host = args.pop("host", {})
        # Nothing for none: what is not to be shown is masked wherever it stands in a result, and two braces may stand in a command
        for key in ("env", "secrets"):
            args[key] = json.dumps(args[key]) if args.get(key) else ""
        stage = args.get("stage") or {}
        if not stage:
            return self.ask(args, task_vars)
        local = {"bundle": stage["bundle"], "packages": next(p["archive"] for p in stage["packages"] if p["platform"] == host["platform"])}
        args["stage"] = {key: value for key, value in stage.items() if key not in ARCHIVES}
        has = parts_of(host).get(args["name"], Parts())
        lacks = {
            "bundle": args["release"] not in has.whole,
            "packages": not any(venv.startswith(f"{stage['lock']}-") for venv in has.venvs),
        }
        sends = not self._task.check_mode
        result = self._send([key for key in ARCHIVES if lacks[key] and sends], local, args, task_vars)
        if (needs := result.get("needs")) and not result.get("failed") and sends:
            result = self._send(needs, local, args, task_vars)
        return result

    def ask(self, args: Result, task_vars: Variables) -> Result:
        """Run the module; how long ago the run planned this is told as late as can be, for the clocks of hosts may be apart."""
        stage = dict(args.get("stage") or {})
        if stage:
            stage["age"] = max(0, clock() - stage.pop("planned")) + 1
        return super().ask({**args, "stage": stage}, task_vars)

    def _send(self, keys: list[str], local: dict[str, str], args: Result, task_vars: Variables) -> Result:
        """Run the module with these archives at hand."""
        if not keys:
            return self.ask(args, task_vars)
        try:
            self._make_tmp_path()
        except AnsibleConnectionFailure as error:
            # So says Ansible of a host, too, that has answered
            if os.strerror(errno.ENOSPC) in str(error):
                return {"failed": True, "msg": str(error)}
            raise
        tmp = str(self._connection._shell.tmpdir)
        try:
            there = {key: self._transfer_file(local[key], self._connection._shell.join_path(tmp, Path(local[key]).name)) for key in keys}
            return self.ask({**args, **there}, task_vars)
        finally:
            self._remove_tmp_path(tmp)

"""Read modules of this collection on the control node, then have the module of the same name put all files in place."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables

PLUGINS = Path(__file__).parents[1]
PACKAGE = "ansible_collections/hostler/fleet/plugins/module_utils"


class ActionModule(Step):
    """``put_files``: the module's options, and ``modules``, files of ``module_utils`` that come to be below ``library``, to be imported."""

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result."""
        library = args.pop("library", "")
        modules = [
            {"path": f"{library}/{PACKAGE}/{name}", "text": (PLUGINS / "module_utils" / name).read_text(encoding="utf-8")}
            for name in args.pop("modules", [])
        ]
        return self.ask({**args, "files": [*modules, *args["files"]]}, task_vars)

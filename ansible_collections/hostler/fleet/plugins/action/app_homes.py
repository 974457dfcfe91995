"""Make the text of each app's unit on the control node, then have the module of the same name prepare the host."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables
from ansible_collections.hostler.fleet.plugins.module_utils.build.texts import Templates
from ansible_collections.hostler.fleet.plugins.module_utils.model import App


class ActionModule(Step):
    """``app_homes``: takes ``apps``, completed, and ``templates``, the folder of their units' templates."""

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Return the module's result."""
        templates = Templates(Path(args["templates"]))
        return self.ask({"units": {app.name: templates.slots(app) for app in map(App.of, args["apps"])}}, task_vars)

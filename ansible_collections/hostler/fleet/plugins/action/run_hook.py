"""Run a command of the operator's on the control node, with what there is to know of a release in its environment."""

from __future__ import annotations

import os

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils import hook
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused


class ActionModule(Decision):
    """``run_hook``: takes ``command``, ``folder``, ``facts`` and ``optional``; returns ``stdout``, the end of what it printed."""

    def decide(self, args: Json) -> Json:
        """Refuse with what the command said where it fails; or warn, where it is optional. In check mode nothing is run."""
        if self._task.check_mode:
            return {"skipped": True}
        try:
            wrong, said = hook.run(args["command"], args["folder"], hook.environment(args["facts"], os.environ), hook.SECONDS)
        except OSError as error:
            wrong, said = f"cannot be run: {error}", ""
        told = f"The hook '{args['command']}' {wrong}. It said:\n{said or 'nothing'}"
        if wrong and not args.get("optional", False):
            raise Refused(f"{told}\nNothing of the app was changed.")
        return {"stdout": said, **({"warnings": [told]} if wrong else {})}

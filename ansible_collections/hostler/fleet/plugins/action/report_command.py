"""Print what a command of the operator's printed, and fail where it did."""

from __future__ import annotations

from ansible.utils.display import Display

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.once import told


class ActionModule(Decision):
    """``report_command``: takes ``decided``, what ``check_command`` returned, and ``ran``, what ``run_command`` did."""

    def decide(self, args: Json) -> Json:
        """Print the output as it is, once; Refused with the command's code unless it is 0."""
        ran, host, options = args["ran"], args["decided"]["host"], args["decided"]["options"]
        if "line" in ran:
            text = f"'{options['command']}' would run on {host}. At a terminal there, as root:\n\n{ran['line']}"
        else:
            text = ran["stdout"]
        if text:
            Display().display(f"\n{text}\n")
        if wrong := told(options["command"], host, ran.get("code", 0), options["seconds"]):
            raise Refused(wrong)
        return {"said": ""}

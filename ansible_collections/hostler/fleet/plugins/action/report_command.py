"""Print what a command of the operator's printed, and fail where it did."""

from __future__ import annotations

from collections.abc import Iterator

from ansible.utils.display import Display

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.once import told


class ActionModule(Decision):
    """``report_command``: takes ``decided``, what ``check_command`` returned, and ``ran``, what ``run_command`` did on each host."""

    def decide(self, args: Json) -> Json:
        """Print the output as it is, once, of several hosts under their names; Refused with the command's codes unless they are 0."""
        ran, options = args["ran"], args["decided"]["options"]
        for text in filter(None, texts(ran, options["command"])):
            Display().display(f"\n{text}\n")
        if wrong := [line for host, of in ran.items() if (line := told(options["command"], host, of.get("code", 0), options["seconds"]))]:
            raise Refused("\n".join(wrong))
        return {"said": ""}


def texts(ran: dict[str, Json], command: str) -> Iterator[str]:
    """Yield what there is to print of each host."""
    for host, of in ran.items():
        if "line" in of:
            yield f"'{command}' would run on {host}. At a terminal there, as root:\n\n{of['line']}"
        elif len(ran) > 1:
            yield f"{host}:\n{of['stdout']}".rstrip()
        else:
            yield str(of["stdout"])

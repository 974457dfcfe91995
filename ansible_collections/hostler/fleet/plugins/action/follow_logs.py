"""Read a host's journal along, and print each line as it comes, until somebody ends it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from ansible.errors import AnsibleConnectionFailure
from ansible.utils.display import Display

from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from ansible_collections.hostler.fleet.plugins.action.step import Result, Variables
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.report.logs import at, line, of_host

MODULE = "hostler.fleet.logs_info"
FIRST = 10  # lines that are told of what was before
WAIT = 5  # seconds that a host waits for a line before it answers that there is none
PAUSE = 2  # seconds until a host is asked again that did not answer


class ActionModule(Step):
    """``follow_logs``: takes ``name``, the host's; ``question``, options of ``logs_info``; and ``format``."""

    def act(self, args: Result, task_vars: Variables) -> Result:
        """Print lines. A host that does not answer is asked again, from the line that was its last."""
        for entry in self.entries(args["name"], args["question"], task_vars):
            Display().display(json.dumps({**entry, "at": at(entry["at"])}, sort_keys=True) if args["format"] == "json" else line(entry))
        return {"changed": False}

    def entries(self, name: str, question: Json, task_vars: Variables) -> Iterator[Json]:
        """Yield the entries of a host, without end."""
        lines = question["lines"] if question.get("since") else min(FIRST, question["lines"])
        cursor, lost = "", False
        while True:
            more = {"after": cursor, "wait": WAIT} if cursor else {"along": True, "lines": lines}
            try:
                said = dict(self._execute_module(MODULE, {**question, **more}, task_vars=task_vars))
            except AnsibleConnectionFailure as error:
                self._connection._shell.tmpdir = None
                said = {"msg": str(error)}
            if "entries" not in said:
                if not lost:
                    Display().display(f"{name} does not answer, and is asked again: {said.get('msg', '')}", stderr=True)
                lost = True
                time.sleep(PAUSE)
                continue
            lost, cursor = False, said["cursor"]
            yield from of_host(name, said["entries"])

"""Print a report as it is, without the dress that Ansible gives to a task's result."""

from __future__ import annotations

import json

from ansible.utils.display import Display

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.report.text import text

FORMATS = ("table", "json")


class Report(Decision):
    """An action that prints."""

    def tell(self, kind: str, report: Json, lines: list[str], tables: list[list[list[str]]], problems: list[str] | None = None) -> Json:
        """Print the words and tables, or with the `kind` json the `report` as one line; Refused where there are problems."""
        if kind not in FORMATS:
            raise Refused(f"format: {kind!r} is none; use -e format=table or -e format=json.")
        if kind == "json":
            Display().display(json.dumps(report, sort_keys=True))
        else:
            Display().display(f"\n{text(lines, tables, problems or [])}\n")
        if problems:
            what = "one problem was" if len(problems) == 1 else f"{len(problems)} problems were"
            raise Refused(f"The fleet is not as it should be: {what} told above.")
        return {}

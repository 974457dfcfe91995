# Managed by Hostler, role:report
"""Print a report as it is, without the dress that Ansible gives to a task's result."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display


def table(rows: list[list[str]]) -> list[str]:
    """Return rows as lines with aligned columns, the first row as their heads; a dash stands for what is empty."""
    cells = [[cell or "-" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def text(lines: list[str], tables: list[list[list[str]]], problems: list[str]) -> str:
    """Return the report for people: what is said first, the tables that have rows, then the problems."""
    blocks = [lines, *(table(rows) for rows in tables if len(rows) > 1), [f"PROBLEM: {problem}" for problem in problems]]
    return "\n\n".join("\n".join(block) for block in blocks if block)


class ActionModule(ActionBase):
    """``print_report``: prints ``lines``, ``tables`` (rows of strings, heads first) and ``problems``; fails where there are problems.

    With ``format`` C(json) it prints ``report`` instead, as one line.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Print, and fail if there are problems."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self._task.args
        problems: list[str] = args.get("problems") or []
        if args["format"] == "json":
            Display().display(json.dumps(args["report"], sort_keys=True))
        else:
            Display().display(f"\n{text(args['lines'], args['tables'], problems)}\n")
        if problems:
            what = "one problem was" if len(problems) == 1 else f"{len(problems)} problems were"
            return {**result, "failed": True, "msg": f"The fleet is not as it should be: {what} told above."}
        return {**result, "changed": False}

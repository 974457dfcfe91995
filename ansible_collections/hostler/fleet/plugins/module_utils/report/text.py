"""Print a report as it is, without the dress that Ansible gives to a task's result."""

from __future__ import annotations


def table(rows: list[list[str]]) -> list[str]:
    """Return rows as lines with aligned columns, the first row as their heads; a dash stands for what is empty."""
    cells = [[cell or "-" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def text(lines: list[str], tables: list[list[list[str]]], problems: list[str]) -> str:
    """Return the report for people: what is said first, the tables that have rows, then the problems."""
    blocks = [lines, *(table(rows) for rows in tables if len(rows) > 1), [f"PROBLEM: {problem}" for problem in problems]]
    return "\n\n".join("\n".join(block) for block in blocks if block)

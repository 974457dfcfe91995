"""What a failed run says at its end: each cause once, with all its hosts, and last what is live. No Ansible, no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

TAIL = 20  # lines of what a command printed
HEAD, LONG = 20, 60  # lines of a message; of a longer one its beginning and its end
HIDDEN = "What it said is hidden: the task has no_log."
FRAME = re.compile(r'^(?P<indent>\s*)File "(?P<file>[^"]+)", line \d+')
SERVER = re.compile(r"/site-packages/gunicorn/|/releases/[^/]+/imports\.py$")  # the latter is what imports an app as it does
IMPORT = re.compile(r"^<frozen importlib\.|/importlib/__init__\.py$")
TRACEBACK = re.compile(r"^\s*(\+ )?(Exception Group )?Traceback \(most recent call last\):\s*$")
# What differs between two tellings of one thing: Gunicorn's date and process, a process's number
VARIES = re.compile(r"^\s*\[[\d: +-]+\] \[\d+\] |(?<=\bpid[: ])\s*\d+")
# Ansible 2.19 tells in which of its layers a task failed; the cause comes after it
LAYERS = re.compile(r"^(?:(?:Task|Action|Module) failed: )+")
# What Ansible 2.19 and 2.21 say of every command that fails
NOTHING = re.compile(r"(?:(?:The command exited with a )?non-zero return code\.?)?")
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])?")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """Return a text without what moves a terminal's cursor or changes its colours."""
    return CONTROL.sub("", ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def fold(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines with one in place of each run of a traceback's frames that are Gunicorn's or the import machinery's."""
    indent, count, whose, deep = "", 0, "", -1  # deep: how far the line of the folded frame is indented

    def told() -> Iterator[str]:
        if count:
            yield f"{indent}[{count} frame{'s' if count > 1 else ''} of {whose}]"

    for line in lines:
        frame = FRAME.match(line)
        if frame and (SERVER.search(frame["file"]) or IMPORT.search(frame["file"])):
            indent, deep = (frame["indent"], len(frame["indent"])) if not count else (indent, deep)
            whose = "Gunicorn" if SERVER.search(frame["file"]) or whose == "Gunicorn" else "Python's import"
            count += 1
        elif count and line.strip() and len(line) - len(line.lstrip()) > deep:
            continue  # a folded frame's source, and the marks below it
        else:
            yield from told()
            count, whose, deep = 0, "", -1
            yield line
    yield from told()


def blocks(text: str) -> Iterator[list[str]]:
    """Yield a text's lines in blocks: each traceback with its exception is one, and each paragraph, and each line of Gunicorn's log."""
    block: list[str] = []
    indent = -1  # of the traceback that the block is; less than 0 for none
    for line in text.splitlines():
        deep = len(line) - len(line.lstrip())
        if indent >= 0:
            block.append(line)
            if line.strip() and deep <= indent:
                yield block
                block, indent = [], -1
            continue
        begins = TRACEBACK.match(line)
        if block and (begins or VARIES.match(line) or VARIES.match(block[-1]) or (line.strip() and not block[-1].strip())):
            yield block
            block = []
        block.append(line)
        indent = deep if begins else -1
    if block:
        yield block


def key(lines: Iterable[str]) -> str:
    """Return what two tellings of one thing have in common."""
    return "\n".join(VARIES.sub("", line).strip() for line in lines if line.strip())


def once(text: str, seen: set[str]) -> list[str]:
    """Return a text's lines, folded, without the blocks that were seen before."""
    lines: list[str] = []
    for block in blocks(text):
        told = key(block)
        if told and told in seen:
            continue
        seen.add(told)
        lines += fold(block)
    return tidy(lines)


def tidy(lines: Iterable[str]) -> list[str]:
    """Return lines without blank ones at both ends, and one blank line in place of several."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip())
    return kept[:-1] if kept and not kept[-1] else kept


def cut(lines: list[str], most: int = LONG, head: int = HEAD) -> list[str]:
    """Return the beginning and the end of what is too long for a screen."""
    if len(lines) <= most:
        return lines
    return [*lines[:head], f"[{len(lines) - most} lines are left out; -v shows them]", *lines[head - most :]]


def as_text(value: object) -> str:
    """Return a result's text; a list is one line each."""
    return plain("\n".join(map(str, value)) if isinstance(value, list) else str(value or "")).strip()


def tail(result: Mapping[str, Any]) -> str:
    """Return the end of what a command, or a module that broke, printed."""
    streams = (as_text(result.get(name)) for name in ("stderr", "stdout", "module_stderr", "module_stdout"))
    text = next(filter(None, streams), "")
    lines = once(text, set())
    return "\n".join(lines[-TAIL:])


def why(result: Mapping[str, Any], labels: bool = False) -> str:
    """Return the cause that a failed result tells: its message, or the end of what it printed; nothing else of it is for a screen.

    ``labels`` tells whether the items of a loop have names that were made for people.
    """
    items = result.get("results")
    if isinstance(items, list):
        wrong = [item for item in items if isinstance(item, Mapping) and (item.get("failed") or item.get("unreachable"))]
        told = dict.fromkeys(_of_item(item, labels) for item in wrong)
        if told:
            return "\n".join(told)
    if result.get("_ansible_no_log") or "censored" in result:
        return HIDDEN
    message = LAYERS.sub("", as_text(result.get("msg") or result.get("reason")))
    code = result.get("rc")
    if NOTHING.fullmatch(message):
        ended = f"It ended with code {code}." if code not in (None, 0) else "" if message else "Its failed_when calls this a failure."
        return "\n".join(filter(None, [ended, tail(result)]))
    if result.get("module_stderr") or result.get("module_stdout"):
        return "\n".join(filter(None, [message, tail(result)]))
    return message


def _of_item(item: Mapping[str, Any], labels: bool) -> str:
    label = item.get("_ansible_item_label")
    if not labels or item.get("_ansible_no_log") or label is None:
        return why(item)
    return f"{plain(str(label))}: {why(item)}"


@dataclass(frozen=True)
class Failure:
    """A task that failed on a host."""

    step: str
    host: str
    text: str
    unreachable: bool = False
    closing: bool = False  # the last word of a rescue: what is live, and what to do


@dataclass
class _Cause:
    first: Failure
    hosts: list[str] = field(default_factory=list)


def _gather(failures: Iterable[Failure]) -> list[_Cause]:
    """Return the failures, with the hosts together that failed in one way."""
    found: dict[tuple[str, str], _Cause] = {}
    for failure in failures:
        common = re.sub(rf"(?<![\w.-]){re.escape(failure.host)}(?![\w-])", "{host}", failure.text)
        cause = found.setdefault((failure.step, key(common.splitlines())), _Cause(failure))
        if failure.host not in cause.hosts:
            cause.hosts.append(failure.host)
    return list(found.values())


def causes(failures: Iterable[Failure]) -> list[str]:
    """Return the blocks of lines that end a failed run: each cause under its step and its hosts, last what rescues said."""
    gathered = _gather(failures)
    seen: set[str] = set()
    told: list[str] = []
    for cause in (cause for cause in gathered if not cause.first.closing):
        # A heading needs a text, if it was told before as well
        lines = cut(once(cause.first.text, seen) or once(cause.first.text, set()))
        head = "Unreachable" if cause.first.unreachable else "Failed"
        told.append("\n".join([f"{head}: {cause.first.step}, on {', '.join(cause.hosts)}", *(f"    {line}".rstrip() for line in lines)]))
    for cause in (cause for cause in gathered if cause.first.closing):
        lines = once(cause.first.text, seen)
        if lines:
            told.append("\n".join(lines))
    return told


def recovered(failures: Iterable[Failure]) -> list[str]:
    """Return a line for each failure that a rescue made good."""
    told = (cause for cause in _gather(failures) if not cause.first.closing)
    return [f"recovered: {cause.first.step}, on {', '.join(cause.hosts)}: {(cause.first.text.splitlines() or [''])[0]}" for cause in told]

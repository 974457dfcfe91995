"""Ask a journal, a host's own or one that is kept of another, by fields that it has an index of."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterable
from itertools import islice
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.observe import kept

# By their names here, the fields that are told of an entry where it has them
FIELDS = {
    "priority": "PRIORITY",
    "identifier": "SYSLOG_IDENTIFIER",
    "request": "REQUEST_ID",
    "app": "APP",
    "slot": "SLOT",
    "to": "HOST",
    "release": "RELEASE",
    "status": "STATUS",
    "method": "METHOD",
    "milliseconds": "MILLISECONDS",
    "refused": "REFUSED",
}
UNIT = ("UNIT", "_SYSTEMD_UNIT")  # whom systemd speaks of goes before systemd
LONGEST = 4096  # characters of a message
PAUSE = 0.25  # seconds
NO_SUCH_UNIT = b"Failed to add filter for units: No data available"  # where a pattern fits none of which there is a line


def text(value: Any) -> str:
    """Return a field's value: bytes that are no text come as numbers, and of several values the first counts."""
    if isinstance(value, list):
        first = value[0] if value else ""
        return bytes(value).decode(errors="replace") if isinstance(first, int) else text(first)
    return "" if value is None else str(value)


def entry(said: Json) -> Json:
    """Return what is told of an entry: ``at``, microseconds since 1970, ``unit``, ``message``, and of FIELDS those that it has."""
    unit = next((text(said[name]) for name in UNIT if said.get(name)), "").removesuffix(".service")
    known = {name: text(said[field]) for name, field in FIELDS.items() if said.get(field)}
    return {"at": int(said["__REALTIME_TIMESTAMP"]), "unit": unit, "message": text(said.get("MESSAGE"))[:LONGEST], **known}


def command(question: Json, *more: str) -> list[str]:
    """Return the question as journalctl takes it."""
    fields = ",".join(("MESSAGE", *UNIT, *FIELDS.values()))
    times = [f"--{key}=@{question[key]}" for key in ("since", "until") if question[key] is not None]
    units = [f"--unit={unit}" for unit in question["units"]]
    of = [f"--file={kept.files(question['host'])}"] if question["host"] else []
    # Without --all, what is long comes as nothing
    return [
        "journalctl",
        "--no-pager",
        "--quiet",
        "--all",
        "--output=json",
        f"--output-fields={fields}",
        *of,
        *times,
        *units,
        *more,
        *question["matches"],
    ]


def ask(question: Json) -> Json:
    """Return the last of the ``entries`` that fit, whether there are ``more``, and the ``cursor`` of the last, empty without one."""
    lines = question["lines"]
    read = lines + 1
    while True:
        found = _last(question, read)
        once = _once(found)
        # Of those that came twice others are behind
        if len(once) > lines or len(found) < read:
            break
        read *= 2
    told = once[-lines:]
    return {"entries": [entry(one) for one in told], "more": len(once) > lines, "cursor": told[-1]["__CURSOR"] if told else ""}


def _last(question: Json, lines: int) -> list[Json]:
    done = subprocess.run(command(question, f"--lines={lines}"), capture_output=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode and done.stderr.strip() and NO_SUCH_UNIT not in done.stderr:
        raise Failed(f"The journal cannot be read: {done.stderr.decode(errors='replace').strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def _once(found: Iterable[Json]) -> list[Json]:
    """Return entries, each once, by boot, time and content: after a break, some come twice to where they are kept."""
    return list({one["__CURSOR"].partition(";b=")[2] or one["__CURSOR"]: one for one in found}.values())


def after(question: Json, cursor: str, seconds: float) -> Json:
    """Return the first of the entries that come after a cursor, as ``ask`` does; it waits for one for so many seconds."""
    end = time.monotonic() + seconds
    while True:
        with subprocess.Popen(command(question, f"--after-cursor={cursor}"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            found = [json.loads(line) for line in islice(process.stdout or [], question["lines"])]
            process.terminate()
        if found or time.monotonic() >= end:
            return {"entries": [entry(one) for one in found], "more": False, "cursor": found[-1]["__CURSOR"] if found else cursor}
        time.sleep(PAUSE)


def last() -> str:
    """Return the cursor of the journal's last entry."""
    done = subprocess.run(
        ["journalctl", "--no-pager", "--quiet", "--lines=1", "--output=json", "--output-fields=PRIORITY"], capture_output=True, check=True
    )
    return str(json.loads(done.stdout)["__CURSOR"]) if done.stdout.strip() else ""

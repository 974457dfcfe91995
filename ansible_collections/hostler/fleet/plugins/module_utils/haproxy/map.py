"""The file of the map of slots."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.named import named

HEADER = """\
# Managed by Hostler, role:balancer
# Which slot of each app is live, and which release each slot is to run. HAProxy reads this file at start and reload;
# a switch changes it and the running HAProxy together. To see what runs:
#   echo "show map /etc/haproxy/slots.map" | socat stdio /run/haproxy/admin.sock
"""


def read(path: Path) -> dict[str, str]:
    """Return the entries of the map's file; none where there is no file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    words = (line.split() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    # A key alone is what a hurried hand may leave; HAProxy passes it over, and so do we
    return {line[0]: line[1] for line in words if len(line) > 1}


def render(entries: Mapping[str, str]) -> str:
    """Return the text of the map's file."""
    return HEADER + "".join(f"{key} {value}\n" for key, value in sorted(entries.items()))


def write(path: Path, entries: Mapping[str, str]) -> None:
    """Replace the map's file in one step: after a crash there is the old one or the new one, whole."""
    file, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with named(path), os.fdopen(file, "w", encoding="utf-8") as part:
            part.write(render(entries))
            part.flush()
            os.fsync(file)
            os.fchmod(file, 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with named(path.parent):
            os.fsync(folder)
    finally:
        os.close(folder)

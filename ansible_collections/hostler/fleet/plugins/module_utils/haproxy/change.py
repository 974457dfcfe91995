"""A change of the map of slots in both its places: the file, and the running HAProxy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Down, Refused, Runtime


def everywhere(path: Path, runtime: Runtime, changes: Mapping[str, str], offline: bool = False) -> bool:
    """Bring changes into the file and into the running HAProxy, or into neither; tell whether anything changed.

    The file first, so that a full disk is known before a request moves. `offline` says that HAProxy may be down.
    """
    before = slots_map.read(path)
    after = slots.merge(before, changes)
    changed = after != before or not path.exists()
    if changed:
        slots_map.write(path, after)
    try:
        return runtime.change(path, changes) or changed
    except Refused as error:
        if offline and isinstance(error, Down):
            return changed
        if changed:
            slots_map.write(path, before)
        raise


def running(path: Path, runtime: Runtime) -> dict[str, str]:
    """Return the lines that the running HAProxy has; none where it is down."""
    try:
        return runtime.entries(path)
    except Down:
        return {}

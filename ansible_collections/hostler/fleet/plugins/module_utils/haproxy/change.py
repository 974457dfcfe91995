"""A change of the map of slots in both its places: the file, and the running HAProxy."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Down, Refused, Runtime


def everywhere(path: Path, runtime: Runtime, changes: Mapping[str, str], offline: bool = False) -> bool:
    """Bring changes into the file and into the running HAProxy, or into neither; tell whether anything changed.

    The file first, so that a full disk is known before a request moves. `offline`, of who goes back, says that HAProxy may be down, and
    that it is to have the changes also where the file cannot; that is an error all the same.
    """
    before = slots_map.read(path)
    after = slots.merge(before, changes)
    changed = after != before or not path.exists()
    if changed:
        try:
            slots_map.write(path, after)
        except OSError:
            if offline:
                # What visitors get goes before what is read at the next start, when peers are asked
                with contextlib.suppress(Down):
                    runtime.change(path, changes)
            raise
    try:
        return runtime.change(path, changes) or changed
    except Refused as error:
        if offline and isinstance(error, Down):
            return changed
        if changed:
            slots_map.write(path, before)
        raise


def stands(path: Path, runtime: Runtime) -> dict[str, str]:
    """Return the lines on which the file and the running HAProxy agree, after a change that failed; none where that cannot be told.

    Where HAProxy is down, they are the file's.
    """
    try:
        file = slots_map.read(path)
        return {key: value for key, value in (running(path, runtime) or file).items() if file.get(key) == value}
    except (Refused, OSError):
        return {}


def running(path: Path, runtime: Runtime) -> dict[str, str]:
    """Return the lines that the running HAProxy has; none where it is down."""
    try:
        return runtime.entries(path)
    except Down:
        return {}

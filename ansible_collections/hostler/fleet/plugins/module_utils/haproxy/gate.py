"""Have the health checks ask a slot for a release, and wait until this balancer sees it up."""

from __future__ import annotations

import time

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Runtime, servers

PAUSE = 0.1  # seconds; as often as HAProxy asks a server whose state is about to change
IN_A_ROW = 2


def missing(runtime: Runtime, backend: str, names: list[str]) -> dict[str, str]:
    """Return what is wrong with each server that is not up."""
    seen = servers(runtime.statistics(), backend)
    return {name: wrong for name in names if (wrong := seen.get(name, "not in HAProxy's configuration"))}


def wait(runtime: Runtime, backend: str, names: list[str], seconds: float) -> dict[str, str]:
    """Wait until all servers are up; return what was last wrong with those that are not within `seconds`."""
    deadline = time.monotonic() + seconds
    good = 0
    while good < IN_A_ROW:
        down = missing(runtime, backend, names)
        good = 0 if down else good + 1
        if down and time.monotonic() > deadline:
            return down
        time.sleep(PAUSE)
    return {}

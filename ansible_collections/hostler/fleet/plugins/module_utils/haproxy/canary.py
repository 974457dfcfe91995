"""Send a share of the requests to the standby slot for a while, and fail if it does worse than the live one."""

from __future__ import annotations

import time
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.counters import plus, since, worse
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Runtime, counters
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, backend
from ansible_collections.hostler.fleet.plugins.module_utils.said import Count

PAUSE = 0.25


def try_out(path: Path, runtime: Runtime, params: Json) -> tuple[Count, Count]:
    """Return what standby and live slot counted, until the time is over or the standby is clearly worse."""
    names = [backend(params["app"], params[which]) for which in ("slot", "live")]
    rows = runtime.statistics()
    last = [counters(rows, name) for name in names]
    canary = live = {"requests": 0, "failed": 0}
    share = slots.canary(params["app"], params["slot"], params["percent"])
    deadline = time.monotonic() + params["seconds"]
    while True:
        # The run that asked may be no more; then this ends as soon as another run has the lock
        with lock.held(params["run"]):
            runtime.change(path, share)
        time.sleep(PAUSE)
        rows = runtime.statistics()
        # Bit by bit, for a reload has HAProxy count anew
        now = [counters(rows, name) for name in names]
        canary, live = (plus(count, since(new, old)) for count, new, old in zip((canary, live), now, last, strict=True))
        last = now
        if worse(canary, live) or time.monotonic() >= deadline:
            return canary, live

"""A cluster is started that has WAL to take up, which may be for hours; one that ends on the way says why."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster, why_not
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must, run, show

POLL = 0.5  # seconds
SECONDS = 6 * 3600.0  # until it is what it is to be


def start(cluster: Cluster, there: Callable[[], bool], otherwise: str) -> None:
    """Start a cluster that is stopped, and wait until it is `there`, which may fail until then. Failed says why it ended before that, or,
    of one that is not there after SECONDS, what is `otherwise`; the caller stops it, for it may be tried again and again.
    """
    # One that was not to start, as its gate said, has been tried many times, and not each systemd forgets these when it is stopped
    run("systemctl", "reset-failed", cluster.unit)
    began, end = time.time(), time.monotonic() + SECONDS
    must("systemctl", "start", "--no-block", cluster.unit)
    while time.monotonic() < end:
        with contextlib.suppress(Failed):
            if there():
                return
        state = show([cluster.unit], "NRestarts", "ActiveState", "Job")[cluster.unit]
        # One that is to be started waits for that, and is inactive
        ended = state["ActiveState"] == "failed" or (state["ActiveState"] == "inactive" and not state.get("Job"))
        if state["NRestarts"] != "0" or ended:
            said = must("journalctl", "--no-pager", "--output=cat", f"--unit={cluster.unit}", f"--since=@{int(began) - 1}").splitlines()
            raise Failed(why_not(said))
        time.sleep(POLL)
    raise Failed(f"{otherwise} within {SECONDS:g} s")

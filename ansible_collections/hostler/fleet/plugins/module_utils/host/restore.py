"""Put restored data in the place of a cluster's, and keep those that were there."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.backup.scratch import SPARE
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import RESTORING, USER, Cluster, ask, why_not
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must, run, show
from ansible_collections.hostler.fleet.plugins.module_utils.named import write

POLL = 0.5  # seconds
SECONDS = 6 * 3600.0  # until all WAL is in


def restore(cluster: Cluster, options: Sequence[str], size: int, stamp: str) -> str:
    """Have a cluster's data be those that pgBackRest restores with these options, `size` bytes; return where the former ones are, empty for
    none. Where that fails these are put back, and run as before; where it is killed, the next one goes on.
    """
    if (free := shutil.disk_usage(cluster.data.parent).free) < size * SPARE:
        raise Failed(
            f"{cluster.data.parent} has {free // 2**20} MB free, and what is restored takes {int(size * SPARE) // 2**20} beside the data "
            "that are there; make room, such as by former ones that an earlier restore has kept."
        )
    run("systemctl", "stop", cluster.unit, timeout=900)
    if not RESTORING.exists():
        _note(cluster.data.with_name(f"{cluster.data.name}.former-{stamp}") if cluster.data.exists() else None)
    former = _noted()
    if former and not former.exists():
        # Also where a run was killed before it had done so, or after it had put them back
        cluster.data.rename(former)
    # What a killed run has left is no data
    shutil.rmtree(cluster.data, ignore_errors=True)
    try:
        cluster.data.mkdir(mode=0o700)
        shutil.chown(cluster.data, USER, USER)
        repository.must(*options, "restore")
        must("systemctl", "start", "--no-block", cluster.unit)
        _wait(cluster)
    except (Failed, OSError):
        run("systemctl", "stop", cluster.unit)
        shutil.rmtree(cluster.data, ignore_errors=True)
        if former:
            former.rename(cluster.data)
            RESTORING.unlink()
            must("systemctl", "start", "--no-block", cluster.unit)
        raise
    RESTORING.unlink()
    return str(former or "")


def _note(former: Path | None) -> None:
    """Note where the former data will be, for whoever comes after a run that was killed."""
    RESTORING.parent.mkdir(parents=True, exist_ok=True)
    write(RESTORING, str(former or ""))


def _noted() -> Path | None:
    kept = RESTORING.read_text(encoding="utf-8")
    return Path(kept) if kept else None


def _wait(cluster: Cluster) -> None:
    """Wait until it has taken up all WAL that it is to, and takes writes."""
    began, end = time.time(), time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(Failed):
            if ask("select pg_is_in_recovery()") == "f":
                return
        state = show([cluster.unit], "NRestarts", "ActiveState")[cluster.unit]
        if state["NRestarts"] != "0" or state["ActiveState"] in ("failed", "inactive"):
            said = must("journalctl", "--no-pager", "--output=cat", f"--unit={cluster.unit}", f"--since=@{int(began) - 1}").splitlines()
            raise Failed(why_not(said))
        time.sleep(POLL)
    raise Failed(f"PostgreSQL has not taken up all WAL within {SECONDS:g} s")

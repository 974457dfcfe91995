"""Put restored data in the place of a cluster's, and keep those that were there."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.backup.scratch import SPARE
from ansible_collections.hostler.fleet.plugins.module_utils.host import recovery
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import RESTORING, USER, Cluster, ask
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must
from ansible_collections.hostler.fleet.plugins.module_utils.named import lasting, sync


def restore(cluster: Cluster, options: Sequence[str], size: int, stamp: str) -> str:
    """Have a cluster's data be those that pgBackRest restores with these options, `size` bytes; return where the former ones are, empty for
    none. Where that fails these are put back, and run as before; where it is killed, the next one goes on. Failed says where they are.
    """
    cluster.data.parent.mkdir(parents=True, exist_ok=True)
    begun = RESTORING.exists()
    former = _noted() if begun else _former(cluster, stamp)
    if not begun:
        _see_room(cluster, size)
    must("systemctl", "stop", cluster.unit)
    if not begun:
        _note(former)
    try:
        if former and not former.exists() and cluster.data.exists():
            # Also where a run was killed before it had done so, or after it had put them back
            cluster.data.rename(former)
        # What a killed run has left is no data
        shutil.rmtree(cluster.data, ignore_errors=True)
        _see_room(cluster, size)
        cluster.data.mkdir(mode=0o700)
        shutil.chown(cluster.data, USER, USER)
        repository.must(*options, "restore")
        recovery.start(cluster, _takes_writes, "PostgreSQL has not taken up all WAL")
    except Exception as error:
        raise Failed(f"{error} {_put_back(cluster, former)}") from error
    _forget()
    return str(former) if former and former.exists() else ""


def _former(cluster: Cluster, stamp: str) -> Path | None:
    """Return where the data are to be kept that are there, None for none; Failed where something is in that place."""
    path = cluster.data.with_name(f"{cluster.data.name}.former-{stamp}")
    if path.exists():
        raise Failed(f"{path} is there already, of another restore; try again.")
    return path if cluster.data.exists() else None


def _see_room(cluster: Cluster, size: int) -> None:
    if (free := shutil.disk_usage(cluster.data.parent).free) < size * SPARE:
        raise Failed(
            f"{cluster.data.parent} has {free // 2**20} MB free, and what is restored takes {int(size * SPARE) // 2**20} beside the data "
            "that are there; make room, such as by former ones that an earlier restore has kept."
        )


def _put_back(cluster: Cluster, former: Path | None) -> str:
    """Put the former data back, and have PostgreSQL run on them; return where they are, in one sentence."""
    try:
        must("systemctl", "stop", cluster.unit)
        if former is None or former.exists():
            shutil.rmtree(cluster.data, ignore_errors=True)
        if former and former.exists():
            former.rename(cluster.data)
        _forget()
        if former is None:
            return "There were no data before."
        must("systemctl", "start", "--no-block", cluster.unit)
    except (Failed, OSError) as error:
        where = former if former and former.exists() else cluster.data
        return f"The data that were there, if any, are in {where}, and PostgreSQL may not run: {error}"
    return "The data that were there are in their place again."


def _note(former: Path | None) -> None:
    """Note where the former data will be, for whoever comes after a run that was killed.

    It lasts before they are moved: by a note that is empty, there were none, and what is in their place is deleted.
    """
    RESTORING.parent.mkdir(parents=True, exist_ok=True)
    lasting(RESTORING, str(former or ""))


def _forget() -> None:
    """Have it be over: by a note that came back with a crash, what was written since would be deleted."""
    RESTORING.unlink()
    sync(RESTORING.parent)


def _noted() -> Path | None:
    kept = RESTORING.read_text(encoding="utf-8").strip()
    return Path(kept) if kept else None


def _takes_writes() -> bool:
    """Tell whether it has taken up all WAL that it is to."""
    return ask("select pg_is_in_recovery()") == "f"

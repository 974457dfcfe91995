"""One host follows another one's PostgreSQL, and takes its place. Where each comes to, its settings say, and those are the same before and
after: a file among its data tells whether it follows.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.host import recovery
from ansible_collections.hostler.fleet.plugins.module_utils.host.gate import ROLE
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import (
    FOLLOWING,
    LED,
    MARK,
    POLL,
    RECEIVED,
    SIGNAL,
    STREAMS,
    USER,
    Cluster,
    ask,
    empty,
    ended,
    running,
)
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must
from ansible_collections.hostler.fleet.plugins.module_utils.named import lasting

SECONDS = 6 * 3600.0  # until it has what the archive has
BETWEEN = 60.0  # until it has the last of what a primary wrote that was stopped
# What a restore has left in the file of PostgreSQL's own settings: one that follows would stop there
RECOVERY = re.compile(r"^\s*(recovery_target\w*|restore_command|recovery_end_command|archive_cleanup_command)\b.*\n?", re.MULTILINE)
# Those of ours, and of these the ones whose WAL is there no more, by which nobody can go on
SLOTS = """
select coalesce(string_agg(slot_name, ' ' order by slot_name), '') from pg_replication_slots
    where slot_type = 'physical' and slot_name like 'hostler\\_%'
"""
LOST = f"{SLOTS} and wal_status = 'lost'"


def slot(host: str) -> str:
    """Return the name of the slot by which a host's WAL is kept for it while it is away."""
    return "hostler_" + re.sub(r"[^a-z0-9_]", "_", host.lower())[:50]


def admit(hosts: Sequence[str], look: bool) -> bool:
    """Have the primary that runs here let these hosts follow, and keep for each what it has not had; or only `look`. Return whether
    anything was to be done.
    """
    wanted, there, lost = {slot(host) for host in hosts}, set(ask(SLOTS).split()), set(ask(LOST).split())
    known = ask(f"select count(*) from pg_roles where rolname = '{ROLE}' and rolcanlogin and rolreplication") == "1"
    due = [] if known or not hosts else [f'create role "{ROLE}" login replication']
    # Also of a host that has left the fleet: for it, WAL would be kept for good
    for name in sorted((there - wanted) | lost):
        due += [
            f"select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where slot_name = '{name}' and active",
            f"select pg_drop_replication_slot('{name}')",
        ]
    due += [f"select pg_create_physical_replication_slot('{name}', true)" for name in sorted(wanted - (there - lost))]
    for statement in () if look else due:
        ask(statement)
    return bool(due)


def follow(cluster: Cluster, anew: bool, look: bool) -> bool:
    """Have a cluster follow the primary, with data from the newest backup where it has none for that, or where it is to get them `anew`;
    or only `look`. Return whether anything was to be done. What was there then is gone.
    """
    unmade = anew or FOLLOWING.exists() or not (cluster.ours and (cluster.data / SIGNAL).exists())
    runs = running(cluster)
    if look or (runs and not unmade):
        return unmade or not runs or admit([], look)
    if unmade:
        _await_backup()
        leave(cluster)
        cluster.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (cluster.data, cluster.data.parent, cluster.data / MARK):
            if path.exists():
                shutil.chown(path, USER, USER)
        # What has no checksum to be held against is taken away, for pgBackRest would refuse it
        delta = (cluster.data / "PG_VERSION").exists()
        if not delta:
            empty(cluster.data)
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)
        repository.must("--type=standby", *(["--delta"] if delta else []), "restore")
        if not cluster.ours:
            raise Failed(f"{cluster.data} was restored without the file {MARK}, so it is not of this fleet's data.")
    _without_targets(cluster)
    _start(cluster)
    # One that was the primary would keep WAL for good, for the one that follows no more
    admit([], look=False)
    FOLLOWING.unlink(missing_ok=True)
    return True


def _await_backup() -> None:
    """Wait until there is a backup: of a fleet that is new, the first one is under way."""
    end = time.monotonic() + SECONDS
    while not repository.known()[1]:
        if time.monotonic() > end:
            raise Failed("There is no backup yet.")
        time.sleep(POLL * 10)


def leave(cluster: Cluster) -> None:
    """Have a cluster be one that is to follow with data that it has yet to get: it is stopped, and does not start with those it has."""
    FOLLOWING.parent.mkdir(parents=True, exist_ok=True)
    lasting(FOLLOWING, cluster.version)
    must("systemctl", "stop", cluster.unit)


def hand_over(cluster: Cluster) -> tuple[int, float]:
    """Stop the primary that runs here, in order, with all that it wrote sent to those that follow; when it starts, it follows. Return the
    last byte of WAL that it wrote, and since when nobody could write, seconds since 1970.
    """
    # So that there is little to write when it stops, while nobody can write
    ask("checkpoint", seconds=600)
    lasting(cluster.data / SIGNAL, "")
    _without_targets(cluster)
    began = time.time()
    must("systemctl", "stop", cluster.unit)
    said = ended(cluster)
    if not said["clean"]:
        raise Failed(f"{cluster.unit} was stopped, and not in order: 'journalctl --unit={cluster.unit}' has why.")
    return int(said["at"]), began


def take_back(cluster: Cluster) -> None:
    """Have it be what it was before it was to hand over."""
    (cluster.data / SIGNAL).unlink(missing_ok=True)
    if not running(cluster):
        lasting(cluster.data / LED, "")
        must("systemctl", "start", cluster.unit)


def stay(cluster: Cluster, look: bool) -> bool:
    """Have one that runs and takes writes do so at its next start too: a run may have been killed when it was about to hand over; or only
    `look`. Return whether anything was to be done.
    """
    signal = cluster.data / SIGNAL
    due = signal.exists() and ask("select pg_is_in_recovery()") == "f"
    if due and not look:
        signal.unlink(missing_ok=True)
    return due


def behind(cluster: Cluster, at: int) -> str:
    """Wait until a cluster that follows has the byte of WAL `at`; return why it does not, in one sentence, empty where it does."""
    if not cluster.follows:
        return ""
    if not running(cluster):
        _start(cluster)
    end = time.monotonic() + BETWEEN
    while (has := int(ask(f"select ({RECEIVED} - '0/0')::bigint"))) <= at:
        if time.monotonic() > end:
            return f"it has WAL up to byte {has}, and {at} was written; what is between them did not come here."
        time.sleep(POLL)
    return ""


def take_over(cluster: Cluster) -> None:
    """Have a cluster be the primary."""
    if not cluster.follows:
        # It was written to before, and waits to be told
        lasting(cluster.data / LED, "")
        must("systemctl", "restart", cluster.unit)
        return
    if ask("select pg_promote(true, 60)", seconds=90) != "t":
        raise Failed("PostgreSQL did not become the primary within 60 s.")


def _start(cluster: Cluster) -> None:
    """Start one that follows, and wait until it answers."""
    must("systemctl", "daemon-reload")
    try:
        recovery.start(cluster, lambda: running(cluster), "PostgreSQL does not follow")
    except Failed:
        must("systemctl", "stop", cluster.unit)
        raise


def _without_targets(cluster: Cluster) -> None:
    """Take away how far a restore once had it go."""
    path = cluster.data / "postgresql.auto.conf"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if (left := RECOVERY.sub("", text)) != text:
        lasting(path, left)


def streams(cluster: Cluster, seconds: float) -> bool:
    """Wait until a cluster is told what the primary writes, as that does; return whether it is."""
    end = time.monotonic() + seconds
    while ask(f"select {STREAMS}") != "t":
        if time.monotonic() > end or not running(cluster):
            return False
        time.sleep(POLL)
    return True

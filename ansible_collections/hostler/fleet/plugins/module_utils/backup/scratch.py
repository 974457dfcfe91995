"""A cluster that is restored from the newest backup and WAL beside everything else, to be looked at, and deleted."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Data

FOLDER = Path("/var/lib/postgresql/scratch")
# Of its own: of the other one, whoever restores is on the host with the data
SETTINGS = {
    repository.HERE: Path("/etc/pgbackrest/scratch.conf"),
    # As if there were no other one: what is restored by it has all its WAL there too
    repository.S3: Path("/etc/pgbackrest/scratch-s3.conf"),
}
SPARE = 1.2  # times the size of the backup have to be free, for WAL comes to it
SECONDS = 6 * 3600.0  # until all WAL is in
POLL = 0.5  # seconds
# It archives nothing, nobody comes in by the network, and it is as small as it can be
OWN = """
listen_addresses = ''
port = {port}
unix_socket_directories = '{folder}'
hba_file = '{folder}/pg_hba.conf'
ident_file = '{folder}/pg_ident.conf'
external_pid_file = ''
archive_mode = off
hot_standby = off
shared_buffers = 64MB
max_wal_size = 1GB
fsync = off
full_page_writes = off
jit = off
logging_collector = off
log_destination = stderr
"""
COUNT = """
select json_build_object('tables', count(*), 'rows', coalesce(sum((xpath('/row/c/text()', query_to_xml(
    format('select count(*) as c from %I.%I', schemaname, tablename), false, true, '')))[1]::text::bigint), 0),
    'bytes', pg_database_size(current_database()))
from pg_tables where schemaname not in ('pg_catalog', 'information_schema')
"""


@dataclass(frozen=True)
class Counted(Data):
    """What a database has: its `tables`, their `rows`, each read, and `bytes` on the disk."""

    tables: int
    rows: int
    bytes: int


@dataclass(frozen=True)
class Found(Data):
    """What was restored: of each database what it has; and `newest`, when its last transaction was committed, seconds since 1970, 0 where
    none came after the backup.
    """

    databases: dict[str, Counted]
    newest: int


@contextlib.contextmanager
def restored(version: str, size: int, target: tuple[str, ...] = (), number: int = repository.HERE) -> Iterator[Path]:
    """Restore a cluster of a PostgreSQL's version, with `size` bytes of data, from the repository of a number alone, and have it run.

    `target` are options of pgBackRest's that say how far. Yield the folder of its socket; it is stopped and deleted after that, whatever
    happens.
    """
    FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Failed("A drill or a restore is at work on this host; wait for it to end.") from error
        data, log = FOLDER / "data", FOLDER / "log"
        shutil.rmtree(data, ignore_errors=True)
        if (free := shutil.disk_usage(FOLDER).free) < size * SPARE:
            raise Failed(f"{FOLDER} has {free // 2**20} MB free, and the data take {int(size * SPARE) // 2**20}; make room there.")
        data.mkdir(mode=0o700)
        try:
            repository.must(f"--pg1-path={data}", "--archive-mode=off", *target, "restore", config=SETTINGS[number])
            for name, text in {
                "postgresql.conf": OWN.format(folder=FOLDER, port=postgres.PORT),
                "pg_hba.conf": "local all all peer\n",
                "pg_ident.conf": "",
            }.items():
                (FOLDER / name).write_text(text, encoding="utf-8")
            # What restore.yml and site.yml know as ours is the data's own place alone
            (data / postgres.MARK).unlink(missing_ok=True)
            program = f"/usr/lib/postgresql/{version}/bin/postgres"
            with (
                log.open("w") as said,
                subprocess.Popen(
                    [program, "-D", str(data), "-c", f"config_file={FOLDER / 'postgresql.conf'}"], stdout=said, stderr=said, cwd="/"
                ) as server,
            ):
                try:
                    _wait(server, log)
                    yield FOLDER
                finally:
                    # At once: nothing of it is kept
                    server.send_signal(signal.SIGQUIT)
                    server.wait(60)
        finally:
            shutil.rmtree(data, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it has taken up all WAL that it is to, and answers."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise Failed(postgres.why_not(log.read_text(encoding="utf-8", errors="replace").splitlines()))
        with contextlib.suppress(Failed):
            if postgres.ask("select pg_is_in_recovery()", sockets=FOLDER) == "f":
                return
        time.sleep(POLL)
    raise Failed(f"PostgreSQL has not taken up all WAL within {SECONDS:g} s")


def look(sockets: Path) -> Found:
    """Return what a cluster has, each row of it read."""
    names = postgres.ask("select datname from pg_database where not datistemplate and datname <> 'postgres' order by 1", sockets=sockets)
    newest = postgres.ask("select coalesce(extract(epoch from pg_last_xact_replay_timestamp())::bigint, 0)", sockets=sockets)
    databases = {name: Counted.of(json.loads(postgres.ask(COUNT, name, sockets, SECONDS))) for name in names.splitlines()}
    return Found(databases, int(newest))

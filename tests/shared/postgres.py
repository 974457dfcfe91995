"""A PostgreSQL of the tests' own, on a socket in a folder, which is gone with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

# As Debian has them, the newest last; or as another system has them in PATH
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
FOUND = str(PLACES[-1] / "initdb") if PLACES else shutil.which("initdb")
SUPERUSER = "postgres"
# The superuser by being here, everybody else by a password, as from a web host
HBA = f"local all {SUPERUSER} trust\nlocal all all scram-sha-256\n"


@dataclass(frozen=True)
class Server:
    """One that runs, with its data and its socket in a folder."""

    folder: Path
    programs: Path

    @property
    def data(self) -> Path:
        """Where its data are."""
        return self.folder / "data"

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, as who owns its data; PostgreSQL refuses to be root's."""
        user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
        command = [*user, str(self.programs / program), *words]
        return subprocess.run(command, cwd="/", check=False, capture_output=True, text=True)

    def must(self, program: str, *words: str) -> str:
        """Run one that has to succeed; return what it prints."""
        done = self.run(program, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def reload(self) -> None:
        """Have it read its files, and wait until it has."""
        asked = "select pg_conf_load_time()"
        with self.connect() as connection:
            [[before]] = connection.execute(asked).fetchall()
            connection.execute("select pg_reload_conf()")
            while connection.execute(asked).fetchall() == [(before,)]:
                time.sleep(0.005)

    def restart(self) -> None:
        """Have it begin anew, with its files as they are now."""
        self.must("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "restart")

    def connect(self, database: str = "postgres", user: str = SUPERUSER, password: str = "") -> psycopg.Connection[Any]:
        """Come in; each statement is a transaction of its own."""
        return psycopg.connect(host=str(self.folder), dbname=database, user=user, password=password, autocommit=True)

    def ask(self, question: str, database: str = "postgres") -> str:
        """Return the first value of what it answers, as text; empty for none."""
        with self.connect(database) as connection:
            answer = connection.execute(question.encode())
            row = answer.fetchone() if answer.description else None
            return str(row[0]) if row else ""

    def clear(self) -> None:
        """Take away all databases and roles that tests have made."""
        with self.connect() as connection:
            for (name,) in connection.execute("select datname from pg_database where oid >= 16384").fetchall():
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            for (name,) in connection.execute("select rolname from pg_roles where oid >= 16384").fetchall():
                connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


@contextmanager
def running() -> Iterator[Server]:
    """Run one. Its folder is not one of pytest's, which are closed to others than root."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        server = Server(Path(name), Path(str(FOUND)).parent)
        if os.geteuid() == 0:
            shutil.chown(server.folder, "nobody")
        server.must("initdb", "-D", str(server.data), "-U", SUPERUSER, "--no-sync", "--locale=C.UTF-8")
        (server.data / "pg_hba.conf").write_text(HBA)
        # Nothing of it is to outlive the tests
        quick = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "wal_level=minimal", "max_wal_senders=0")
        options = " ".join([f"-k {server.folder}", *(f"-c {one}" for one in ("listen_addresses=''", *quick))])
        server.must("pg_ctl", "-D", str(server.data), "-w", "-l", str(server.folder / "log"), "-o", options, "start")
        try:
            yield server
        finally:
            server.must("pg_ctl", "-D", str(server.data), "-m", "immediate", "stop")


def needed() -> None:
    """Skip a test where PostgreSQL is not installed. CI has it, and fails without."""
    if not FOUND:
        assert not os.environ.get("CI"), "PostgreSQL is not installed here; .ci/run does that"
        pytest.skip("PostgreSQL is not installed here; on Debian: apt-get install postgresql")

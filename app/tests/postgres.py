"""A PostgreSQL of the tests' own, on a socket in a folder, which is gone with them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
FOUND = shutil.which("initdb") or (PLACES and str(PLACES[-1] / "initdb"))


def _run(*command: str) -> None:
    # PostgreSQL refuses to be root's
    user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*user, *command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def running() -> Iterator[str]:
    """Run one, and return its URL. Its folder is not one of pytest's, which are closed to others than root."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        programs, data = Path(str(FOUND)).parent, folder / "data"
        own = ["-U", "hello", "-A", "trust", "--no-sync", "--locale=C.UTF-8"]
        _run(str(programs / "initdb"), "-D", str(data), *own)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://hello@/postgres?host={folder}"
        finally:
            _run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")


def alembic(url: str, *words: str) -> str:
    """Run Alembic as a release command does, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "DATABASE_URL": url},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def sql(url: str, question: str) -> list[tuple[Any, ...]]:
    """Ask the database itself."""
    with psycopg.connect(url) as connection:
        answer = connection.execute(question.encode())
        return answer.fetchall() if answer.description else []

"""An app for tests: keeps a ledger of what it was asked to do in a PostgreSQL database."""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

Start = Callable[[str, list[tuple[str, str]]], Any]
AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


@cache
def pool(url: str = "DATABASE_URL") -> ConnectionPool:
    """Return the process's pool, of those who write or who only read; it is opened at the first request, so after the server has forked.

    The two share what a process may have. Their own tries to connect come ever more seldom, so they end soon: after them, it is each
    request that tries. It waits for longer than two hosts that are dead take.
    """
    found = ConnectionPool(
        os.environ[url],
        min_size=1,
        max_size=max(1, int(os.environ["DATABASE_POOL"]) // 2),
        timeout=5,
        reconnect_timeout=2,
        check=ConnectionPool.check_connection,
        open=False,
    )
    found.open()
    # Else the process waits at its end, for each thread of the pool, until it is clear that that will not end
    atexit.register(found.close)
    return found


def answered(method: str, path: str, body: str) -> tuple[str, object]:
    """Return the status and what is said; errors of the database come through."""
    told = {"release": os.environ.get("RELEASE", ""), "word": os.environ.get("WORD", "")}
    match method, path:
        case "GET", "/status" | "/tell":
            return "200 OK", told
        case "POST", "/entries":
            with pool().connection() as connection:
                connection.execute("insert into entries (id) values (%s)", (body,))
            return "201 Created", told
        case "GET", "/entries":
            with pool("DATABASE_URL_READ").connection() as connection:
                rows = connection.execute("select id::text from entries").fetchall()
            return "200 OK", [row[0] for row in rows]
    return "404 Not Found", {}


def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer a request; while the database is away, with a 503."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    try:
        status, told = answered(environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
    except AWAY as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        status, told = "503 Service Unavailable", {"why": "the database is away"}
    text = json.dumps(told).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]

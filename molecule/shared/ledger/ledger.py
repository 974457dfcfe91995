"""An app for tests: keeps a ledger of what it was asked to do, and tells what reached it."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import allowed

STATE = Path(os.environ.get("STATE_DIRECTORY", "."))
LEDGER, SICK, LATE = STATE / "entries", STATE / "sick", STATE / "late"
SLOT_SICK = STATE / f"sick-{os.environ.get('SLOT')}"
Start = Callable[[str, list[tuple[str, str]]], Any]


def app(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Answer ``/status``, ``/slow?seconds=``, ``/eat?megabytes=``, ``/cookies?count=&bytes=``, ``/bytes?count=&header=``,
    ``/tell``, ``/allowed``, ``/download?seconds=`` and ``POST /entries``.

    While there is a file ``sick``, the status is 503, and that of the slot blue for ``sick-blue``; while there is ``late``, it takes a
    second. The body of a POST is one entry, but for blanks around it; a download is a chunk of 1000 bytes each tenth of a second.
    """
    path, status = environ["PATH_INFO"], "200 OK"
    told: dict[str, Any] = {}
    cookies: list[tuple[str, str]] = []
    if path == "/slow":
        time.sleep(float(parse_qs(environ["QUERY_STRING"])["seconds"][0]))
    elif path == "/download":
        start_response(status, [("Content-Type", "application/octet-stream")])
        return _chunks(int(parse_qs(environ["QUERY_STRING"])["seconds"][0]) * 10)
    elif path == "/bytes":
        asked = parse_qs(environ["QUERY_STRING"])
        body = b"x" * int(asked["count"][0])
        more = [(name, value) for name, _, value in (header.partition(":") for header in asked.get("header", []))]
        start_response(status, [*more, ("Content-Length", str(len(body)))])
        return [body]
    elif path == "/cookies":
        asked = parse_qs(environ["QUERY_STRING"])
        cookies = [("Set-Cookie", f"c{number}={'x' * int(asked['bytes'][0])}") for number in range(int(asked["count"][0]))]
        told = {"query": len(environ["QUERY_STRING"]), "cookies": len(environ.get("HTTP_COOKIE", ""))}
    elif path == "/eat":
        told = {"eaten": len(bytearray(b"x") * (int(parse_qs(environ["QUERY_STRING"])["megabytes"][0]) << 20))}
    elif path == "/allowed":
        told = {"failures": allowed.failures()}
    elif path == "/tell":
        told = {
            "headers": {key: value for key, value in environ.items() if key.startswith("HTTP_")},
            "tricky": os.environ.get("TRICKY"),
            "key": os.environ.get("API_KEY"),
            "made": os.environ.get("SECRET_KEY"),
        }
    elif path == "/entries" and environ["REQUEST_METHOD"] == "POST":
        # All there is, where no length is told
        entry = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or -1))
        _append(entry.strip() + b"\n")
        status = "201 Created"
    elif path != "/status":
        status = "404 Not Found"
    elif SICK.exists() or SLOT_SICK.exists():
        status = "503 Service Unavailable"
    elif LATE.exists():
        time.sleep(1)
    told |= {"host": socket.gethostname(), "slot": os.environ.get("SLOT"), "release": os.environ.get("RELEASE")}
    start_response(status, [("Content-Type", "application/json"), *cookies])
    return [json.dumps(told).encode()]


def _chunks(count: int) -> Iterator[bytes]:
    for _ in range(count):
        time.sleep(0.1)
        yield b"x" * 1000


def _append(line: bytes) -> None:
    file = os.open(LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(file, line)
    finally:
        os.close(file)

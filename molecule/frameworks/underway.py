"""What is under way while a release goes live: each goes on until it is told that the run is over, then ends by itself."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from fleet import ADDRESS, get
from websocket import WebSocket

PIECES = 500  # of 52 KiB: far more than all buffers on the way hold


def download(host: str, over: threading.Event) -> dict[str, int]:
    """Take a long answer slowly; return how many lines of it each release wrote."""
    body = b""
    with closing(http.client.HTTPConnection(ADDRESS["balancer1"], 80, timeout=20)) as connection:
        connection.connect()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.request("GET", f"/download?pieces={PIECES}", headers={"Host": host})
        answer = connection.getresponse()
        assert answer.status == 200
        while piece := answer.read(16384):
            body += piece
            over.wait(0.1)
    return dict(Counter(body.decode().splitlines()))


def upload(host: str, over: threading.Event) -> tuple[dict[str, Any], str]:
    """Send a long body slowly; return the app's answer, and the SHA-256 of what was sent."""
    pieces = [f"{number:07}\n".encode() * 256 for number in range(2000)]

    def slowly() -> Iterator[bytes]:
        for piece in pieces:
            over.wait(0.1)
            yield piece

    with closing(http.client.HTTPConnection(ADDRESS["balancer2"], 80, timeout=20)) as connection:
        headers = {"Host": host, "Content-Type": "application/octet-stream", "Content-Length": str(sum(map(len, pieces)))}
        connection.request("POST", "/upload", body=slowly(), headers=headers)
        answer = connection.getresponse()
        told = {"status": answer.status, **json.loads(answer.read())}
    return told, hashlib.sha256(b"".join(pieces)).hexdigest()


def talk(host: str, over: threading.Event) -> set[str]:
    """Send messages over one WebSocket, with a pause between that is longer than the app's timeout; return which releases answered."""
    answered = set()
    with WebSocket(ADDRESS["balancer1"], host, "/socket") as open_socket:
        for number in range(1000):
            release, _, text = open_socket.ask(f"message {number}").partition(" ")
            assert text == f"message {number}"
            answered.add(release)
            if over.is_set():
                return answered
            over.wait(6)
    return answered


def fetch(host: str, path: str, over: threading.Event) -> list[int]:
    """Ask for one file over and over, through both balancers in turn; return each status."""
    found: list[int] = []
    while not over.wait(0.05):
        found.append(get(host, path, ("balancer1", "balancer2")[len(found) % 2]).status)
    return found

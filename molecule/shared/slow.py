"""Visitors who are slow on purpose: each of many connections gives, or takes, one byte every few seconds; one that is ended begins anew.

A program of its own, of the standard library alone, so that any host of the fleet may be such a visitor:
``python3 slow.py KIND ADDRESS NAME COUNT SECONDS``. It ends after so many seconds, and prints how often each answer was given.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import time
from collections import Counter

PAUSE = 5  # seconds from one byte to the next
LARGE = 20_000_000  # bytes: more than anything on the way holds
# What each kind begins with at once
BEGINS = {
    "header": "GET /tell HTTP/1.1\r\nHost: {name}\r\nX-Slow: ",
    "body": "POST /entries HTTP/1.1\r\nHost: {name}\r\nContent-Length: 1000\r\n\r\n",
    "upload": "POST /entries HTTP/1.1\r\nHost: {name}\r\nContent-Length: {large}\r\n\r\n" + "x" * 200_000,
    "reader": "GET /bytes?count={large} HTTP/1.1\r\nHost: {name}\r\n\r\n",
    "small": "GET /bytes?count=100000 HTTP/1.1\r\nHost: {name}\r\n\r\n",
}


class Slow:
    """One such connection."""

    def __init__(self, kind: str, address: str, name: str, told: Counter[str]) -> None:
        """Take what it does, where to, and where its answers are counted."""
        self._reads, self._address, self._told = kind in ("reader", "small"), address, told
        self._begin = BEGINS[kind].format(name=name, large=LARGE).encode()
        self._socket: socket.socket | None = None
        self._left, self._answer = b"", b""

    def step(self) -> None:
        """Give or take one byte; begin anew where the connection is no more."""
        try:
            if not self._socket:
                self._left, self._answer = self._begin, b""
                self._socket = socket.socket()
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                self._socket.settimeout(1)
                self._socket.connect((self._address, 80))
                self._socket.setblocking(False)
            self._go_on(self._socket)
        except BlockingIOError:
            pass
        except OSError as error:
            self._ended(type(error).__name__)

    def _go_on(self, sock: socket.socket) -> None:
        # Before a byte is given: one to who has answered and is gone would lose the answer
        with contextlib.suppress(BlockingIOError):
            self._take(sock)
        if self._socket and self._left:
            self._left = self._left[sock.send(self._left) :]
        elif self._socket and not self._reads:
            sock.send(b"x")

    def _take(self, sock: socket.socket) -> None:
        # Of who takes his time, the first line of the answer is read at once, to be counted
        taken = sock.recv(1 if self._reads and self._answer else 100)
        if not self._answer and taken:
            self._answer = taken
            self._told[taken.split(b" ")[1].decode()] += 1
        if not taken or (not self._reads and self._answer):
            self._ended("closed")

    def _ended(self, why: str) -> None:
        if not self._answer:
            self._told[why] += 1
        if self._socket:
            self._socket.close()
        self._socket = None


def main(kind: str, address: str, name: str, count: int, seconds: float) -> None:
    """Keep so many connections busy, spread over the pause."""
    told: Counter[str] = Counter()
    visitors = [Slow(kind, address, name, told) for _ in range(count)]
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        began = time.monotonic()
        for visitor in visitors:
            # All of them are there from the first second on
            visitor.step()
            if turn:
                time.sleep(PAUSE / count / 2)
        turn += 1
        while time.monotonic() < min(end, began + (PAUSE if turn > 2 else 1)):
            time.sleep(0.05)
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))

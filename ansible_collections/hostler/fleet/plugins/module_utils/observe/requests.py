"""What runs beside HAProxy and reads its lines of requests: it counts them, for Prometheus, and writes each to the journal with fields.

systemd holds both sockets, the one for lines and the one to be asked by, so that what comes while this starts anew waits.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import BaseServer

from ansible_collections.hostler.fleet.plugins.module_utils.observe.entry import Journal, entry
from ansible_collections.hostler.fleet.plugins.module_utils.observe.line import NOTICE, Line, Unread, plain, read
from ansible_collections.hostler.fleet.plugins.module_utils.observe.tally import Tally

FIRST = 3  # what systemd hands on begins there. Source: sd_listen_fds(3)
LONGEST = 8192  # bytes of a line; HAProxy's has 4096 at the most
IDLE_SECONDS = 1  # after which one that is to end looks for that
PAUSE_SECONDS = 0.02  # for more lines to come, once all are read: to be woken for each costs more than to read it
# Source: Linux, include/uapi/asm-generic/socket.h and linux/sock_diag.h
SO_MEMINFO, MEMINFO, DROPS = 55, "9I", 8


def dropped(lines: socket.socket) -> int:
    """Return how many datagrams the kernel had no room for since systemd opened the socket."""
    return int(struct.unpack(MEMINFO, lines.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, struct.calcsize(MEMINFO)))[DROPS])


class Reader:
    """Reads lines until it is to end."""

    def __init__(self, lines: socket.socket, journal: Journal, sleep: Callable[[float], object] = time.sleep) -> None:
        """Take the socket that lines come by, and what waits for a number of seconds."""
        self.lines, self.journal, self.sleep, self.tally = lines, journal, sleep, Tally()
        self.ending = False
        lines.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", IDLE_SECONDS, 0))

    def run(self) -> None:
        """Read. Who is to end does so between two lines, so that none is lost."""
        flags = 0
        while not self.ending:
            try:
                datagram = self.lines.recv(LONGEST, flags)
            except BlockingIOError:
                if flags:
                    self.sleep(PAUSE_SECONDS)
                flags = 0
                continue
            self.take(datagram)
            flags = socket.MSG_DONTWAIT  # what else is there

    def take(self, datagram: bytes) -> None:
        """Count a line, and write it; one that cannot be read is written as it is."""
        tally = self.tally
        tally.lines += 1
        try:
            line = read(datagram)
        except Unread:
            tally.unread += 1
            text, priority = plain(datagram)
            line = Line(text, priority or NOTICE, None)
        if line.request and not (line.request.bad and line.request.status in (b"0", b"-1")):
            tally.count(line.request)
        self.journal.write(entry(line))

    def text(self) -> str:
        """Return what was counted."""
        return self.tally.text(self.journal.unwritten, dropped(self.lines))


class Handler(BaseHTTPRequestHandler):
    """Answers who asks for what was counted."""

    timeout = 5  # seconds
    server: Server

    def do_GET(self) -> None:
        """Answer."""
        if self.path != "/metrics":
            self.send_error(404)
            return
        body = self.server.reader.text().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: it is asked four times a minute."""


class Server(HTTPServer):
    """Listens on a socket that is open already."""

    def __init__(self, listener: socket.socket, reader: Reader) -> None:
        """Take the socket, and what has counted."""
        # Not HTTPServer's own, which would open a socket
        BaseServer.__init__(self, listener.getsockname(), Handler)
        self.socket, self.reader = listener, reader


def given() -> dict[int, socket.socket]:
    """Return the sockets that systemd hands on, by their kind."""
    sockets = [socket.socket(fileno=FIRST + number) for number in range(int(os.environ["LISTEN_FDS"]))]
    return {each.type: each for each in sockets}


def main() -> None:
    """Run until systemd ends it."""
    sockets = given()
    reader = Reader(sockets[socket.SOCK_DGRAM], Journal())

    def end(*_: object) -> None:
        reader.ending = True

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=Server(sockets[socket.SOCK_STREAM], reader).serve_forever, daemon=True).start()
    reader.run()


if __name__ == "__main__":
    main()

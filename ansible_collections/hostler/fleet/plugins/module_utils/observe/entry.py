"""Write to the journal by its own protocol, with fields. Source: systemd's JOURNAL_NATIVE_PROTOCOL."""

from __future__ import annotations

import contextlib
import socket
import struct

from ansible_collections.hostler.fleet.plugins.module_utils.observe.line import NOTICE, Line

SOCKET = "/run/systemd/journal/socket"
SECONDS = 1  # that a journal which is busy is waited for
# Fields of journald's own begin with `_`, and none of its others has one of these names
FIXED = b"SYSLOG_IDENTIFIER=haproxy\nSYSLOG_FACILITY=16\n"


def entry(line: Line) -> bytes:
    """Return the entry of a line of HAProxy's; its text has no line break."""
    request = line.request
    if request is None:
        return b"MESSAGE=%b\nPRIORITY=%b\n%b" % (line.text, line.priority or NOTICE, FIXED)
    place = request.place
    fields = [
        b"MESSAGE=%b\nPRIORITY=%b\n%bSTATUS=%b\nMETHOD=%b\nMILLISECONDS=%d"
        % (line.text, line.priority, FIXED, request.status, request.method, request.milliseconds)
    ]
    optional = (
        (b"REQUEST_ID", request.number),
        (b"RELEASE", request.release),
        (b"REFUSED", request.refused),
        (b"APP", place.app.encode()),
        (b"SLOT", place.slot.encode()),
        (b"HOST", place.host.encode()),
    )
    fields += [b"%b=%b" % field for field in optional if field[1] not in (b"", b"-")]
    return b"\n".join(fields) + b"\n"


class Journal:
    """The journal of this host."""

    def __init__(self, path: str = SOCKET) -> None:
        """Take the socket's path."""
        self.path = path
        self.unwritten = 0  # entries that it did not take
        self._well = True
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        # By the kernel: Python's own timeout would ask before each entry whether there is room
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SECONDS, 0))

    def write(self, text: bytes) -> None:
        """Write an entry. A journal that has not taken one is waited for again only when it has taken another."""
        try:
            self._socket.sendto(text, 0 if self._well else socket.MSG_DONTWAIT, self.path)
            self._well = True
        except OSError:
            self.unwritten += 1
            self._well = False

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self._socket.close()

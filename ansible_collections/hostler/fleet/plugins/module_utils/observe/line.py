"""Read HAProxy's line of a request, as haproxy.cfg has it: before the line that people read stand the app and the release."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS, late

NOTICE = b"5"  # the priority of what has none of its own
# A line is text for terminals too: HAProxy writes ASCII alone, so what is not is nobody's, and no line break may begin another field
PLAIN = bytes(byte if 0x20 <= byte < 0x7F else ord("?") for byte in range(256))
NAME = re.compile(r"[\w.:-]*", re.ASCII)  # of apps, hosts and releases
NONE = ("-", "<NOSRV>")


class Unread(ValueError):
    """It begins as the line of a request does, and is none: it was cut, or somebody else wrote it."""


class Place(NamedTuple):
    """Where a request went: empty for what it did not get to. A slot without a host is one that had no room, or no host up."""

    app: str
    slot: str
    host: str


class Request(NamedTuple):
    """A request, by its line."""

    place: Place
    release: bytes
    status: bytes
    method: bytes
    number: bytes  # its id
    refused: bytes  # for what; `-` for nothing
    milliseconds: int  # from its first byte to the last of the answer: HAProxy's Ta
    bad: bool  # it was no request, or the visitor said nothing, or no TLS


class Line(NamedTuple):
    """What HAProxy said: the line for people, its priority as syslog has them, and the request that it is about, if it is."""

    text: bytes
    priority: bytes
    request: Request | None


def read(datagram: bytes) -> Line:
    """Return the line in a datagram.

    Unread for one that is not HAProxy's; ``plain`` has its text all the same. Source: HAProxy's manual, 8.2.3 and 8.2.6.
    """
    text, priority = plain(datagram)
    if not priority:
        raise Unread("without a level")
    # app release visitor [date] frontend backend/server times status bytes cookie cookie state connections queues "request" id refused
    words = text.split(b" ", 13)
    if len(words) < 4 or words[3][:1] != b"[":
        return Line(text, priority, None)
    try:
        line = text.split(b" ", 2)[2]
        asked, end, last = words[13].rpartition(b'" ')
        number, refused = last.split(b" ")
        method, _, _ = asked.split(b'"', 1)[1].partition(b" ")
        status, took = words[7], int(words[6].rsplit(b"/", 1)[1])
        if not end or not status.lstrip(b"-").isdigit():
            raise Unread("no status, or no end")
        place = _place(words[0], words[5], words[1])
    except (ValueError, IndexError) as error:
        raise Unread(str(error)) from error
    return Line(line, priority, Request(place, words[1], status, method, number, refused, took, method == b"<BADREQ>"))


def plain(datagram: bytes) -> tuple[bytes, bytes]:
    """Return the text of a datagram, in which nothing is but what can be read, and its level; empty where it has none."""
    text = datagram.rstrip(b"\n\0").translate(PLAIN)
    if text[:1] == b"<" and text[2:3] == b">" and text[1:2].isdigit():
        return text[3:], text[1:2]
    return text, b""


@lru_cache(maxsize=4096)
def _place(app: bytes, there: bytes, release: bytes) -> Place:
    """Return the place that an app, or ``-``, and a backend with its server are; Unread where one of them is no name."""
    name, (backend, _, server) = app.decode(), there.decode().partition("/")
    host = "" if server in NONE else server
    known, _, slot = backend.removesuffix(late("")).rpartition("_")
    place = Place(known, slot, host) if slot in SLOTS else Place("" if name in NONE else name, "", "")
    if not all(map(NAME.fullmatch, (*place, release.decode()))):
        raise Unread("no names")
    return place

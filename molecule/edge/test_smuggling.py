"""Requests that two programs may read differently: refused, or understood alike by HAProxy and Gunicorn, whichever version each has."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import unquote_to_bytes

import payloads
import pytest
from fleet import ADDRESS, APPS, BALANCERS, CLIENT, LAB, WEB, on, site, until, whole
from payloads import Payload

# One app for each of Gunicorn's parsers: the one by plain HTTP, the other by HTTPS
TLS = {"wsgi": "off", "asgi": "selfsigned"}
COMMON = {"source": "../../molecule/edge/echo", "health": "/status", "processes": 2, "threads": 4, "timeout": 5, "watch_seconds": 1}
ECHO = [
    {**COMMON, "name": app, "interface": app, "callable": f"echo:{app}", "domains": [f"{app}.example.org"], "tls": tls, "ports": ports}
    for (app, tls), ports in zip(TLS.items(), ({"blue": 5021, "green": 5022}, {"blue": 5031, "green": 5032}), strict=True)
]
# Who came, which server was asked, what came of it, what for, by what name: as role balancer has it logged
LOGGED = re.compile(rf'{re.escape(CLIENT)}:(\d+) \[.*?\] visitors~? (\S+)/(\S+) \S+ (-?\d+) .* "(.*)" (\S+) \S+$')
TABLES = {1: payloads.first_version(), 2: payloads.second_version()}


@dataclass(frozen=True)
class Seen:
    """A request as the app was given it."""

    method: str
    target: str
    root: str
    path: str
    headers: dict[str, str]
    length: int
    digest: str

    @property
    def name(self) -> str:
        """The name that the balancer gave it."""
        return self.headers.get("x-request-id", "")


@dataclass
class Visit:
    """A payload that was sent on a connection of its own, a good request after it, and what came of both."""

    payload: Payload
    port: int = 0
    # What was answered, in order: status, the request's id by the balancer's header, and what the app says that it was asked
    answers: list[tuple[int, str | None, Seen | None]] = field(default_factory=list)
    # What is not to be, as a connection on which nothing happens any more
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """A request as HAProxy has read it, by its log."""

    backend: str
    server: str
    status: int
    line: str
    name: str


def _told(body: bytes) -> Seen | None:
    """Return what an answer says that the app was asked; nothing where the answer is not the app's."""
    return Seen(**json.loads(body)) if body.startswith(b"{") else None


def _first_answers(data: bytes) -> Iterator[tuple[int, str | None, Seen | None]]:
    """Return the answers of HTTP/1 that a visitor got; one to HEAD has no body, whatever its length says."""
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
        if not status:
            yield 0, None, None
            return
        headers = dict(re.findall(rb"\r\n([^:\r]+): *([^\r]*)", head.lower()))
        length = 0 if data.startswith(b"HTTP/1.") else int(headers.get(b"content-length", b"0"))
        name = headers.get(b"x-request-id")
        yield int(status[1]), name.decode() if name else None, _told(data[:length])
        data = data[length:]


def _first(sock: socket.socket, visit: Visit, data: bytes) -> None:
    """Send a payload and a request after it; once nothing comes any more, say that there is no more to come."""
    sock.sendall(data)
    got = b""
    sock.settimeout(0.5)
    for last in (False, True):
        try:
            while more := sock.recv(65536):
                got += more
            break
        except TimeoutError:
            if last:
                visit.faults.append("hangs")
                break
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(8)
        except ConnectionError:
            break
    visit.answers += _first_answers(got)


def _second(sock: socket.socket, visit: Visit, data: bytes) -> None:
    """Send a payload's frames and a good stream after it; read until that one's end, which may never come, and that of the connection."""
    sock.sendall(payloads.PREFACE + payloads.frame(payloads.SETTINGS, 0, 0) + data)
    sock.settimeout(1)
    got, bodies, open_streams = b"", {1: b"", 3: b""}, {1, 3}
    try:
        while open_streams and (more := sock.recv(65536)):
            got += more
            while len(got) >= 9 and len(got) >= (size := 9 + int.from_bytes(got[:3], "big")):
                kind, flags, stream, part, got = got[3], got[4], int.from_bytes(got[5:9], "big"), got[9:size], got[size:]
                if kind == payloads.DATA:
                    bodies[stream] += part
                ends = kind in (payloads.DATA, payloads.HEADERS) and flags & payloads.END_STREAM
                if ends or kind == payloads.RST_STREAM:
                    open_streams.discard(stream)
                elif kind == payloads.SETTINGS and not flags & payloads.ACK:
                    sock.sendall(payloads.frame(payloads.SETTINGS, payloads.ACK, 0))
    except (TimeoutError, ConnectionError):
        pass
    visit.answers += [(200, told.name, told) for body in bodies.values() if (told := _told(body))]


def _put(data: bytes, app: str, number: int) -> bytes:
    return data.replace(payloads.HOST, f"{app}.example.org".encode()).replace(payloads.NUMBER, b"%04d" % number)


def _visited(number: int, payload: Payload, version: int, app: str, balancer: str) -> Visit:
    """Send a payload on a connection of its own; return what came of it."""
    visit, host = Visit(payload), f"{app}.example.org"
    after = b"GET /after0000 HTTP/1.1\r\nHost: what.example.org\r\nConnection: close\r\n\r\n" if version == 1 else payloads.marker(3)
    data = _put(payload.sent + after, app, number)
    tls = TLS[app] != "off"
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, (1).to_bytes(4, "little") + bytes(4))
        plain.settimeout(10)
        # A port that no other payload has, for HAProxy logs it with each request
        plain.bind((CLIENT, 10000 * version + number))
        plain.connect((ADDRESS[balancer], 443 if tls else 80))
        visit.port = plain.getsockname()[1]
        trust = ssl.create_default_context(cafile=str(LAB / "authority" / "ca.crt"))
        trust.set_alpn_protocols(["h2"] if version == 2 else ["http/1.1"])
        sock = trust.wrap_socket(plain, server_hostname=host) if tls else plain
        (_first if version == 1 else _second)(sock, visit, data)
        sock.close()
    return visit


def _read(balancer: str, since: float) -> dict[int, list[Read]]:
    """Return what HAProxy has logged, by the visitor's port."""
    found: dict[int, list[Read]] = {}
    for line in on(balancer, f"journalctl -t haproxy --since @{int(since)} -o cat --no-pager").splitlines():
        if match := LOGGED.search(line):
            written = re.sub("#([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), match[5])
            found.setdefault(int(match[1]), []).append(Read(match[2], match[3], int(match[4]), written, match[6]))
    return found


def _seen() -> list[Seen]:
    """Return what the apps' processes have seen since this was last asked."""
    read = " ".join(f"cat /var/lib/{app}/seen 2>/dev/null; rm -f /var/lib/{app}/seen;" for app in TLS)
    return [Seen(**json.loads(line)) for host in WEB for line in on(host, read).splitlines()]


def _origin(target: str) -> str:
    """Return what is asked for of a host, whether the host stands before it or not."""
    return re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "", target) or "/"


def _differs(read: Read, seen: Seen, tls: bool) -> Iterator[str]:
    """Say in what HAProxy and the app take a request for different ones, and what the app is told that is not HAProxy's word."""
    method, _, rest = read.line.partition(" ")
    target = _origin(rest.rpartition(" ")[0])
    path = unquote_to_bytes(target.partition("?")[0].encode("latin-1")).decode("utf-8", "replace")
    found = {"method": seen.method, "target": _origin(seen.target), "path": seen.path, "root": seen.root}
    meant = {"method": "GET" if seen.method == "WEBSOCKET" else method, "target": target, "path": path, "root": ""}
    found["method"] = "GET" if seen.method == "WEBSOCKET" else seen.method
    for name in ("host", *(name.decode().lower() for name in payloads.TRUSTED if b"_" not in name)):
        found[name], meant[name] = seen.headers.get(name, ""), ""
    meant |= {"x-forwarded-for": CLIENT, "x-forwarded-proto": "https" if tls else "http", "x-request-id": read.name}
    # By which name HAProxy has found the app
    meant |= {"host": found["x-forwarded-host"], "x-forwarded-host": found["host"]}
    yield from (f"{name} is {found[name]!r} for the app, not {meant[name]!r}" for name in found if found[name] != meant[name])


def _wrong(number: int, visit: Visit, read: list[Read], seen: dict[str, list[Seen]], app: str, version: int) -> Iterator[str]:
    """Say what is not as it is to be with a payload, by what HAProxy has read of it, and what the apps have seen, by the name it got."""
    yield from visit.faults
    forwarded = [one for one in read if one.server != "<NOSRV>"]
    # Streams are apart; on a connection of HTTP/1, what follows may be a part of what was refused
    if version == 1 and 400 in [one.status for one in read[:-1] if one not in forwarded]:
        yield f"read on after it was refused: {read}"
    for one in forwarded:
        those = seen.get(one.name, [])
        if len(those) > 1:
            yield f"{one} was seen {len(those)} times"
        if one.status >= 500:
            yield f"{one} failed"
        if not those and 200 <= one.status < 500 and not (visit.payload.late and one.status >= 400):
            yield f"{one} was not seen"
        for given in those:
            yield from (f"{one}: {fault}" for fault in _differs(one, given, TLS[app] != "off"))
            if visit.payload.body is not None and given.path in (f"/p{number:04}", f"/unread{number:04}"):
                body = _put(visit.payload.body, app, number)
                if given.digest != sha256(body).hexdigest():
                    yield f"{one}: a body of {given.length} bytes for the app, not {len(body)}"
    names = [name for _, name, _ in visit.answers if name]
    # Streams end, and are logged, in any order
    order: Callable[[list[str]], list[str]] = list if version == 1 else sorted
    # What the balancer answers by itself has a name too
    if order(names) != order([one.name for one in read if one.name in names]):
        yield f"answers to {names}, of {read}"
    yield from (f"the answer to {name} is one to {told}" for _, name, told in visit.answers if told and told.name != name)


def _faults(app: str, version: int, visits: list[Visit], read: dict[int, list[Read]], seen: list[Seen]) -> list[str]:
    """Return what is not as it is to be, each with the payload's name."""
    by_name: dict[str, list[Seen]] = {}
    for one in seen:
        by_name.setdefault(one.name, []).append(one)
    known = {one.name for visit in visits for one in read.get(visit.port, [])}
    # One whose connection of HTTP/2 broke may not be logged; it is the payload itself then, not what is in it
    unlogged = re.compile(r"[0-9a-f-]{36} /p\d{4}" if version == 2 else "$^")
    found = [
        f"not forwarded, but seen: {one}" for one in seen if one.name not in known and not unlogged.fullmatch(f"{one.name} {one.path}")
    ]
    for number, visit in enumerate(visits):
        mine = read.get(visit.port, [])
        found += [f"{visit.payload.name}: {fault}" for fault in _wrong(number, visit, mine, by_name, app, version)]
    return found


@pytest.fixture(scope="module", autouse=True)
def echoing() -> Iterator[None]:
    """Have two more apps, which tell what they are asked; and visitors come to none of them in the end."""
    site(apps=[*APPS, *ECHO]).well()
    assert until(lambda: all(map(whole, TLS)))
    yield
    site("--tags", "firewall,balancer").well()


@pytest.mark.parametrize("version", TABLES)
@pytest.mark.parametrize("app", TLS)
@pytest.mark.parametrize("balancer", BALANCERS)
def test_what_is_forwarded_is_read_alike(balancer: str, app: str, version: int) -> None:
    """Each request that the app saw is one that HAProxy has read, and the same; who sent it gets its answer, and nobody else's."""
    table = TABLES[version]
    assert len(table) > 300
    _seen()
    began = time.time()
    with ThreadPoolExecutor(24) as pool:
        visits = list(pool.map(lambda number: _visited(number, table[number], version, app, balancer), range(len(table))))
    seen = _seen()
    # A request is logged once it has ended, and the journal takes its time
    until(lambda: {one.name for one in seen} <= {read.name for those in _read(balancer, began).values() for read in those}, 40)
    assert _faults(app, version, visits, _read(balancer, began), seen) == []
    print(f"{len(table)} payloads; requests seen: {len(seen)}")
    # Not because all is refused
    assert len(seen) > len(table) / 3

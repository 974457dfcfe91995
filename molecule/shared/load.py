"""Send requests at a constant rate and count what becomes of each one; nothing is ever sent twice.

Half the requests are POSTs to the ledger, half are GETs; about half use a connection that is kept open, the others a new one. Beside
them there is always a download and an upload under way, each of LONG seconds, so that one of each spans whatever happens.
Every request has an id of its own, so that what was acknowledged can be held against the app's ledger.
"""

from __future__ import annotations

import http.client
import itertools
import json
import ssl
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

TIMEOUT = 20  # seconds for one answer
LONG = 3
RATE = 15  # requests a second: enough to find a gap of a tenth of a second; tests of what lasts shorter send more


@dataclass
class Tally:
    """What became of the requests: `sent` in all, `failed` one line each, `entries` the acknowledged POSTs' ids."""

    sent: int = 0
    failed: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    releases: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def lost(self) -> list[str]:
        """Return the GETs that got no answer; one whose answer has begun when its host is lost cannot be sent again by anybody."""
        return [line for line in self.failed if line.startswith("GET") and ": IncompleteRead" not in line]


class Secure(http.client.HTTPSConnection):
    """A connection to an address by TLS, at which a certificate of another name is expected: of the site's."""

    def __init__(self, address: str, name: str, authority: str) -> None:
        """Take where to, whose certificate, and the file of the authority that has signed it."""
        self._name, self._trust = name, ssl.create_default_context(cafile=authority)
        super().__init__(address, 443, timeout=TIMEOUT)

    def connect(self) -> None:
        """Connect, and hold the certificate against the name."""
        http.client.HTTPConnection.connect(self)
        self.sock = self._trust.wrap_socket(self.sock, server_hostname=self._name)


class Load:
    """A stream of `rate` requests a second to the balancers at `addresses`, under the host name `host`."""

    def __init__(
        self,
        addresses: list[str],
        host: str = "ledger.example.org",
        rate: int = RATE,
        threads: int = 10,
        long: bool = True,
        authority: str = "",
    ) -> None:
        """Take where to send, and how much; `threads` bounds how many short requests are under way at once. By TLS where `authority` is
        the file of who has signed the certificate.

        More than RATE is for tests that have to themselves what they run on: at 150 a second, the visitors of two scenarios took more than
        half of two cores, at 60 a quarter. As many threads as one web host has room for, with two long ones beside them, so that tests
        may hold that the loss of the other fails no GET: a balancer that finds the last host full goes back to the one that is lost,
        until its checks have found it down.
        """
        self.addresses, self.host, self.rate, self.authority = addresses, host, rate, authority
        self.tally = Tally()
        self._lock = threading.Lock()
        self._tickets = itertools.count()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(threads)]
        kinds = (self._download, self._upload) if long else ()
        self._threads += [threading.Thread(target=self._take_long, args=(kind,)) for kind in kinds]
        self._began = 0.0

    @contextmanager
    def running(self) -> Iterator[Tally]:
        """Send while the block runs, from a second before it to a second after."""
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        time.sleep(1)
        try:
            yield self.tally
        finally:
            time.sleep(1)
            self._over.set()
            for thread in self._threads:
                thread.join()

    def _connection(self, address: str) -> http.client.HTTPConnection:
        return Secure(address, self.host, self.authority) if self.authority else http.client.HTTPConnection(address, 80, timeout=TIMEOUT)

    def _work(self, number: int) -> None:
        address, keep = self.addresses[number % len(self.addresses)], number // 2 % 2 == 0
        connection = self._connection(address)
        for method in itertools.cycle(("GET", "POST")):
            with self._lock:
                ticket = next(self._tickets)
            # An open loop: the next request is due when it is due, however long the last one took
            time.sleep(max(0.0, self._began + ticket / self.rate - time.monotonic()))
            if self._over.is_set():
                break
            self._send(connection, method, "kept" if keep else "new")
            if not keep:
                connection.close()
        connection.close()

    def _take_long(self, kind: Callable[[http.client.HTTPConnection], str]) -> None:
        for address in itertools.cycle(self.addresses):
            if self._over.is_set():
                break
            connection = self._connection(address)
            began = time.monotonic()
            try:
                wrong = kind(connection)
            except (OSError, http.client.HTTPException) as error:
                wrong = f"{type(error).__name__}: {error}"
            finally:
                connection.close()
            with self._lock:
                self.tally.sent += 1
                if wrong:
                    self.tally.failed.append(f"{kind.__name__[1:]} after {began - self._began:.2f} s: {wrong}")

    def _download(self, connection: http.client.HTTPConnection) -> str:
        """Take bytes for LONG seconds; return what was wrong."""
        connection.request("GET", f"/download?seconds={LONG}", headers={"Host": self.host})
        answer = connection.getresponse()
        got = len(answer.read())
        return "" if (answer.status, got) == (200, LONG * 10_000) else f"{answer.status}, {got} bytes"

    def _upload(self, connection: http.client.HTTPConnection) -> str:
        """Send an entry over LONG seconds, after as many blanks as no balancer waits for the end of; return what was wrong."""
        entry, blanks = str(uuid.uuid4()), b" " * 100_000
        connection.putrequest("POST", "/entries", skip_host=True)
        connection.putheader("Host", self.host)
        connection.putheader("Content-Length", str(len(blanks) + len(entry)))
        connection.endheaders(blanks)
        for char in entry:
            connection.send(char.encode())
            time.sleep(LONG / len(entry))
        answer = connection.getresponse()
        answer.read()
        if answer.status == 201:
            with self._lock:
                self.tally.entries.append(entry)
        return "" if answer.status == 201 else str(answer.status)

    def _send(self, connection: http.client.HTTPConnection, method: str, kind: str) -> None:
        entry = str(uuid.uuid4())
        path, wanted = ("/entries", 201) if method == "POST" else ("/tell", 200)
        began = time.monotonic()
        try:
            connection.request(method, path, body=entry if method == "POST" else None, headers={"Host": self.host})
            answer = connection.getresponse()
            body = answer.read()
            wrong = "" if answer.status == wanted else f"{answer.status} {body[:80]!r}"
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            wrong, body = f"{type(error).__name__}: {error}", b""
        with self._lock:
            self.tally.sent += 1
            self.tally.slowest = max(self.tally.slowest, time.monotonic() - began)
            if wrong:
                self.tally.failed.append(f"{method} on a {kind} connection after {began - self._began:.2f} s: {wrong}")
                return
            if method == "POST":
                self.tally.entries.append(entry)
            self.tally.releases[json.loads(body)["release"]] += 1

"""Visitors who are slow take nothing from others; and what is only large, or takes long for good reasons, works as ever."""

import http.client
import json
import socket
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fleet import ADDRESS, BALANCERS, ROOT, WEB, failed_requests, journals, on, recorded
from load import Load

SITE = "ledger.example.org"
PROGRAM = (ROOT / "molecule/shared/slow.py").read_text()
MANY = 300
SECONDS = 14


def slow(kind: str, host: str, balancer: str) -> Counter[str]:
    """Have a web host be that many slow visitors of a balancer; return what they were answered."""
    return Counter(json.loads(on(host, f"python3 - {kind} {ADDRESS[balancer]} {SITE} {MANY} {SECONDS}", PROGRAM)))


# Headers last: what comes of them is an error of that visitor, who has so many of these that he is refused for a while
@pytest.mark.parametrize(
    "kind", ["header", "upload", "reader", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("body", "small"))]
)
def test_visitors_who_are_slow_take_nothing_from_others(kind: str) -> None:
    """Many at each balancer at once: bytes of a header, of a small body, of a large one; and who reads a large answer, or a small one."""
    load = Load([ADDRESS[balancer] for balancer in BALANCERS], long=False)
    with ThreadPoolExecutor() as pool:
        answers = [pool.submit(slow, kind, host, balancer) for host, balancer in zip(WEB, BALANCERS, strict=True)]
        time.sleep(3)
        with load.running() as tally:
            time.sleep(7)
        told = [answer.result() for answer in answers]
    print(f"{tally.sent} requests, the slowest {tally.slowest:.2f} s; who was slow: {told}")
    assert len(tally.failed) <= tally.sent / 100, tally.failed
    ledger = recorded()
    assert [entry for entry in tally.entries if ledger[entry] != 1] == []
    for each in told:
        if kind == "body":
            assert not each  # each is waited for
        elif kind == "upload":
            assert each["429"] > MANY / 2
        elif kind == "reader":
            assert 0 < each["200"] < 16
        elif kind == "header":
            assert each == {"408": MANY}
        elif kind == "small":
            # The balancer has taken the answer, so that it holds no place however long it is read
            assert each == {"200": MANY}


def test_a_connection_on_which_nothing_is_asked_for_is_no_error() -> None:
    """Browsers open one in advance: it is closed without an answer, which one of them might take for that to its next request."""
    opened = [socket.create_connection((ADDRESS[balancer], 80), 5) for balancer in BALANCERS]
    for sock in opened:
        sock.settimeout(20)
        assert sock.recv(1) == b""
        sock.close()


def sent(balancer: str, body: bytes | Iterable[bytes], **headers: str) -> int:
    """Return the status of a POST to the ledger; a body in pieces is sent chunked, its length untold."""
    connection = http.client.HTTPConnection(ADDRESS[balancer], 80, timeout=20)
    try:
        connection.request("POST", "/entries", body, {"Host": SITE, **headers}, encode_chunked=not isinstance(body, bytes))
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("balancer", BALANCERS)
def test_what_is_large_goes_through(balancer: str) -> None:
    """Of a length that is told or not, more than a buffer holds; also from who asks first whether he may."""
    began = int(time.time())
    for number, size in enumerate((0, 1000, 65_000, 65_536, 100_000, 3_000_000)):
        entry = f"{balancer}-{time.time()}-{number}"
        pieces = (b" " * size, f"{entry}-chunked".encode())
        try:
            assert sent(balancer, b" " * size + entry.encode()) == 201
            assert sent(balancer, pieces, **{"Transfer-Encoding": "chunked"}) == 201
        except (OSError, http.client.HTTPException) as error:
            raise AssertionError(f"{size} bytes: {error!r}\n{failed_requests(began)}\n{journals()}") from error
        ledger = recorded()
        assert (ledger[entry], ledger[f"{entry}-chunked"]) == (1, 1)

"""What is compressed on its way to a visitor, and that nothing is which may hold a secret of his."""

import gzip
import http.client
from urllib.parse import urlencode

import pytest
from fleet import ADDRESS, BALANCERS

COUNT = 20_000
PUBLIC = "Cache-Control:public, max-age=60"


def asked(balancer: str, *headers: str, takes: str = "gzip, br", method: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
    """Ask for an answer of so many bytes with these headers; return it, and its body as it came."""
    connection = http.client.HTTPConnection(ADDRESS[balancer], 80, timeout=20)
    try:
        query = urlencode({"count": COUNT, "header": headers}, doseq=True)
        connection.request(method, f"/bytes?{query}", headers={"Host": "ledger.example.org", "Accept-Encoding": takes})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("balancer", BALANCERS)
@pytest.mark.parametrize("kind", ["text/css", "text/javascript; charset=utf-8", "image/svg+xml"])
def test_what_is_the_same_for_all_is_compressed(balancer: str, kind: str) -> None:
    """Caches are told what it depends on, and that it is not the same bytes."""
    answer, body = asked(balancer, f"Content-Type:{kind}", PUBLIC, 'ETag:"abc"')
    assert (answer.status, answer.headers["Content-Encoding"], answer.headers["Content-Type"]) == (200, "gzip", kind)
    assert gzip.decompress(body) == b"x" * COUNT
    assert len(body) < COUNT / 10
    assert "accept-encoding" in answer.headers["Vary"].lower()
    assert answer.headers["ETag"] == 'W/"abc"'
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    plain, body = asked(balancer, f"Content-Type:{kind}", PUBLIC, takes="identity")
    assert (plain.headers["Content-Encoding"], body) == (None, b"x" * COUNT)


@pytest.mark.parametrize("balancer", BALANCERS)
@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Type:text/html",),
        ("Content-Type:text/html", PUBLIC),
        ("Content-Type:application/json",),
        ("Content-Type:text/plain",),
        ("Content-Type:text/event-stream",),
        ("Content-Type:text/javascript", "Cache-Control:private, no-transform"),
        ("Content-Type:text/css", "Content-Encoding:br"),
    ],
    ids=" ".join,
)
def test_what_may_hold_a_secret_is_not(balancer: str, headers: tuple[str, ...]) -> None:
    """Pages and data, and what the app says so of; nor is anything compressed twice."""
    answer, body = asked(balancer, *headers)
    assert (answer.status, body) == (200, b"x" * COUNT)
    assert answer.headers["Content-Encoding"] in (None, "br")

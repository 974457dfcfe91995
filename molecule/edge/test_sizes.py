"""How large a request and an answer may be, from the balancer to the app; and that what is larger is told, to visitors and in the log."""

import time

import pytest
from fleet import BALANCERS, Answer, get, on, until

SITE = "ledger.example.org"
KB = 1024


def asked(balancer: str, path: str = "/status", **headers: str) -> Answer:
    return get(SITE, path, balancer, headers)


@pytest.mark.parametrize("balancer", BALANCERS)
def test_what_apps_have_in_their_headers_passes(balancer: str) -> None:
    """An address of 8 kB, a cookie of 8 kB and one that is larger yet, many headers; and 32 kB of headers of an answer, in one or many."""
    path = "/cookies?count=1&bytes=1&x="
    told = asked(balancer, path + "x" * (8 * KB - len(path)), Cookie="c" * 8 * KB).json
    assert (told["query"], told["cookies"]) == (8 * KB - len("/cookies?"), 8 * KB)
    assert asked(balancer, path, Cookie="c" * 31 * KB).json["cookies"] == 31 * KB
    assert asked(balancer, **{f"X-{number}": "x" for number in range(90)}).status == 200
    for count, size in ((1, 31 * KB), (31, KB), (85, 300)):
        assert asked(balancer, f"/cookies?count={count}&bytes={size}").status == 200


def logged(balancer: str, since: int) -> set[tuple[str, ...]]:
    """Return what there is of each request in the journal, which has it a while after its answer: its status, HAProxy's letters for how it
    ended, and what it was refused for.
    """
    lines = [line.split() for line in on(balancer, f"journalctl -t haproxy --since @{since} -o cat --no-pager").splitlines()]
    return {(line[5], line[9][:2], line[-1]) for line in lines if len(line) > 10}


@pytest.mark.parametrize("balancer", BALANCERS)
def test_what_is_too_large_is_told(balancer: str) -> None:
    began = int(time.time())
    assert asked(balancer, "/status?" + "x" * 8 * KB).status == 414
    assert asked(balancer, Cookie="c" * 33 * KB).status == 431
    assert asked(balancer, **{f"X-{number}": "x" for number in range(100)}).status == 431
    # More than any buffer holds
    assert asked(balancer, Cookie="c" * 62 * KB).status in (400, 431)
    assert asked(balancer, "/cookies?count=33&bytes=1024").status == 502
    assert asked(balancer, "/cookies?count=80&bytes=1024").status == 502
    told = {("414", "LR", "url"), ("431", "LR", "headers"), ("502", "LH", "answer"), ("502", "PH", "-")}
    assert until(lambda: told <= logged(balancer, began)), logged(balancer, began)

"""How much one visitor may ask for: counted by his address, wherever it is known from, and whatever he speaks."""

import socket
import subprocess
from collections import Counter
from collections.abc import Iterator

import pytest
from fleet import ADDRESS, BALANCERS, CLIENT, LAB, Answer, get, on, site

SITE, HEALTH = "ledger.example.org", "/.well-known/hostler"
# This machine is believed in who it says that it asks for; a web host is a visitor of its own
LIMITS: dict[str, object] = {
    "balancer_trusted_proxies": [{"from": CLIENT, "kind": "forwarded"}],
    "balancer_limit_requests": 2,
    "balancer_limit_errors": 1,
    "balancer_limit_connections": 30,
    "balancer_limit_allow": ["198.51.100.0/24"],
    "balancer_limit_deny": ["203.0.113.66", "2001:db8:66::/48"],
    "ledger_limits": [{"path": "/cookies", "per_minute": 3}],
    "ledger_tls": "selfsigned",
}


@pytest.fixture(scope="module", autouse=True)
def limits() -> Iterator[None]:
    """Have low limits; and those of the inventory in the end."""
    site("--tags", "balancer", **LIMITS).well()
    yield
    site("--tags", "balancer").well()


def ask(balancer: str, visitor: str, path: str = "/tell", method: str = "GET") -> Answer:
    return get(SITE, path, balancer, {"X-Forwarded-For": visitor, "X-Forwarded-Proto": "https"}, method)


def answers(balancer: str, visitor: str, count: int, path: str = "/tell") -> list[int]:
    """Return the status of each of so many answers."""
    return [ask(balancer, visitor, path).status for _ in range(count)]


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_visitor_has_so_many_requests_and_another_one_too(balancer: str) -> None:
    """A rate is a mean, so the number is not exact; of IPv6 a network counts as one visitor."""
    told = answers(balancer, "192.0.2.1", 40)
    assert Counter(told)[200] in range(20, 26)
    assert told == sorted(told)
    refused = ask(balancer, "192.0.2.1")
    assert (refused.status, refused.headers["retry-after"], refused.headers["cache-control"]) == (429, "10", "no-store")
    assert answers(balancer, "192.0.2.2", 5) == [200] * 5
    assert answers(balancer, "198.51.100.9", 40) == [200] * 40
    assert 429 in answers(balancer, "2001:db8::1", 40)
    assert answers(balancer, "2001:db8::2", 1) == [429]
    assert answers(balancer, "2001:db8:0:1::1", 1) == [200]
    # Who checks the balancer is told how it is, as often as he likes
    assert {ask(balancer, "192.0.2.1", HEALTH).status for _ in range(40)} == {200}
    logged = on(balancer, "journalctl -t haproxy -n 300 -o cat --no-pager")
    assert any(line.endswith(" requests") for line in logged.splitlines())


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_visitor_has_so_many_errors(balancer: str) -> None:
    """A refusal is none of them: who goes on, slowly, is served again."""
    told = answers(balancer, "192.0.2.3", 16, "/no-such-page")
    assert told[:10] == [404] * 10
    assert told[-1] == 429
    assert ask(balancer, "192.0.2.4").status == 200


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_path_has_a_limit_of_its_own_however_it_is_written(balancer: str) -> None:
    paths = [f"{path}?count=0&bytes=0" for path in ("/cookies", "/%63ookies", "//cookies", "/cookies/x", "/cookies")]
    assert [ask(balancer, "192.0.2.5", path).status for path in paths] == [200, 200, 404, 429, 429]
    assert ask(balancer, "192.0.2.5", paths[0]).headers["retry-after"] == "60"
    assert [ask(balancer, "192.0.2.5", path).status for path in ("/tell", "/cookiesx")] == [200, 404]
    assert ask(balancer, "192.0.2.6", paths[0]).status == 200
    assert {ask(balancer, "198.51.100.9", paths[0]).status for _ in range(6)} == {200}


@pytest.mark.parametrize("balancer", BALANCERS)
def test_who_is_denied_gets_nothing(balancer: str) -> None:
    assert [ask(balancer, visitor).status for visitor in ("203.0.113.66", "2001:db8:66:1::1", "203.0.113.67")] == [403, 403, 200]


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_visitor_is_the_same_by_http2(balancer: str) -> None:
    """All requests on one connection."""
    command = ["curl", "--silent", "--show-error", "--http2", "--cacert", str(LAB / "authority/ca.crt")]
    command += ["--resolve", f"{SITE}:443:{ADDRESS[balancer]}", "--header", "X-Forwarded-For: 192.0.2.8"]
    command += ["--write-out", "%{http_code} %{http_version}\\n", "--output", "/dev/null", f"https://{SITE}/tell?[1-40]"]
    told = Counter(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())
    assert set(told) == {"200 2", "429 2"}
    assert told["200 2"] in range(20, 26)


OPEN = """
import socket, sys, time
kept = [socket.create_connection((sys.argv[1], 80), 5) for _ in range(40)]
for sock in kept:
    sock.sendall(b"GET / HTTP/1.1\\r\\n")
    sock.setblocking(False)
time.sleep(3)
def is_open(sock):
    try:
        return bool(sock.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False
print(sum(is_open(sock) for sock in kept))
"""


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_visitor_has_so_many_connections_open(balancer: str) -> None:
    """What is more is closed at once, before anything is asked for; others come in."""
    assert on("web1", f"timeout 60 python3 - {ADDRESS[balancer]}", OPEN).strip() == "30"
    with socket.create_connection((ADDRESS[balancer], 80), 5):
        assert ask(balancer, "192.0.2.9").status == 200

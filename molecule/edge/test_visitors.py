"""What visitors send, and what asks for the balancer itself."""

import time

import pytest
from fleet import ADDRESS, BALANCERS, WEB, get, on, runtime, slots, until, whole

HEALTH = "/.well-known/hostler"


def asked(method: str, path: str, balancer: str, host: str = "hello.example.org") -> tuple[int, str]:
    """Return status and body of the answer to a request."""
    answer = get(host, path, balancer, method=method)
    return answer.status, answer.body


@pytest.mark.parametrize("balancer", BALANCERS)
def test_the_balancer_itself_is_well_while_any_app_is_served(balancer: str) -> None:
    """By any name, and by its address; nothing of the fleet is told, nor is it logged."""
    began = int(time.time())
    for host in ("hello.example.org", "no.example.org", ADDRESS[balancer]):
        assert (asked("GET", HEALTH, balancer, host), asked("HEAD", HEALTH, balancer, host)) == ((200, "ok"), (200, ""))
    # Elsewhere it is a path like any other
    assert asked("GET", f"{HEALTH}/more", balancer, "no.example.org")[0] == 404
    assert asked("POST", HEALTH, balancer, "no.example.org")[0] == 404
    live = {app: slots(app)[0] for app in ("hello", "ledger")}
    for app, slot in live.items():
        for host in WEB:
            on(host, f"systemctl stop {app}@{slot}")
        assert until(lambda app=app, slot=slot: down(f"{app}_{slot}", balancer))  # type: ignore[misc]
        assert asked("GET", HEALTH, balancer)[0] == (503 if app == "ledger" else 200)
    for app, slot in live.items():
        for host in WEB:
            on(host, f"systemctl start {app}@{slot}")
    assert until(lambda: all(map(whole, live)))
    assert asked("GET", HEALTH, balancer)[0] == 200
    logged = on(balancer, f"journalctl -t haproxy --since @{began} -o cat --no-pager | grep -F '{HEALTH} ' || true").splitlines()
    assert [line for line in logged if '"GET ' in line or '"HEAD ' in line] == []
    assert [line for line in logged if '"POST ' in line] != []


def down(backend: str, balancer: str) -> bool:
    """Tell whether a balancer has no server of a slot, not even a late one."""
    rows = [line.split(",") for line in runtime(balancer, "show stat").splitlines()]
    return all(row[17].startswith("DOWN") for row in rows if row[0] in (backend, f"{backend}_late") and row[1] in WEB)


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_name_is_understood_however_it_is_written(balancer: str) -> None:
    for host in ("hello.example.org", "hello.example.org.", "hello.example.org:80", "hello.example.org.:80", "HELLO.Example.ORG"):
        assert get(host, "/status", balancer).status == 200
    for host in ("hello.example.org.evil.example", "evil.example", ".hello.example.org", "[::1]:80", "[2001:db8::1]"):
        assert get(host, "/status", balancer).status == 404
    for host in ("hello.example.org:80.evil.example", "hello.example.org:@evil.example", "hello.example.org/x", "[::1].evil.example"):
        assert get(host, "/status", balancer).status == 400


@pytest.mark.parametrize("balancer", BALANCERS)
def test_browsers_are_told_to_be_careful_on_each_page(balancer: str) -> None:
    """On an app's, and on those of the balancer itself."""
    for host, status in (("ledger.example.org", 200), ("no.example.org", 404)):
        answer = get(host, "/tell", balancer)
        assert (answer.status, answer.headers["x-content-type-options"], answer.headers["x-frame-options"]) == (
            status,
            "nosniff",
            "SAMEORIGIN",
        )
        assert answer.headers["permissions-policy"] == "camera=(), geolocation=(), microphone=()"


@pytest.mark.parametrize("balancer", BALANCERS)
def test_methods_that_no_app_serves_are_refused(balancer: str) -> None:
    """TRACE would have an app say what it was asked, cookies and all."""
    assert asked("TRACE", "/status", balancer)[0] == 405
    assert asked("CONNECT", "hello.example.org:80", balancer)[0] in (400, 405)
    assert asked("OPTIONS", "/status", balancer)[0] == 200


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_long_path_does_not_hide_a_request_in_the_log(balancer: str) -> None:
    """Its id is at the end of the line."""
    answer = get("hello.example.org", f"/status?{'x' * 7000}", balancer)
    assert answer.status == 200
    assert until(lambda: answer.headers["x-request-id"] in on(balancer, "journalctl -t haproxy --since -60s -o cat --no-pager"), 5)

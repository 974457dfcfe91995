"""What a visitor sees, whichever balancer answers."""

import re

import pytest
from fleet import ADDRESS, BALANCERS, CLIENT, WEB, get, on

HELLO, LEDGER = "hello.example.org", "ledger.example.org"
FORGED = {
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Host": "evil.example.org",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Anything": "evil",
    "Forwarded": "for=6.6.6.6;host=evil.example.org",
    "X-Real-IP": "6.6.6.6",
    "X-Request-ID": "forged",
    "Proxy": "http://evil.example.org",
    "SCRIPT_NAME": "/tell",
    "PATH_INFO": "/evil",
}
UNWANTED = ("HTTP_X_REAL_IP", "HTTP_PROXY", "HTTP_SCRIPT_NAME", "HTTP_PATH_INFO")


@pytest.mark.parametrize("balancer", BALANCERS)
def test_both_hosts_answer(balancer: str) -> None:
    """Requests are spread over the web hosts."""
    assert {get(HELLO, balancer=balancer).part("host") for _ in range(8)} == set(WEB)


@pytest.mark.parametrize("balancer", BALANCERS)
def test_page_shows_the_visitor_and_not_a_forged_address(balancer: str) -> None:
    """The app believes the balancer, and the balancer believes nobody."""
    assert get(HELLO, balancer=balancer, headers=FORGED).part("visitor") == CLIENT


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_visitor_by_ipv6_is_told_to_the_app_by_that_address(balancer: str) -> None:
    """The hosts of a lab know each other by IPv4, and have IPv6 for themselves alone."""
    ask = f"printf 'GET /tell HTTP/1.0\\r\\nHost: {LEDGER}\\r\\n\\r\\n' | socat -t 5 - TCP6:[::1]:80"
    answer = on(balancer, f"if grep -q lo /proc/net/if_inet6; then {ask}; else echo 200 FORWARDED_FOR ::1; fi")
    assert re.search(r"200[\s\S]*FORWARDED_FOR\W+::1\b", answer), answer


@pytest.mark.parametrize("balancer", BALANCERS)
def test_forged_headers_do_not_reach_the_app(balancer: str) -> None:
    """What the app is told of a request's way is what the balancer saw."""
    headers = get(LEDGER, "/tell", balancer, FORGED).json["headers"]
    assert isinstance(headers, dict)
    told = {key: value for key, value in headers.items() if "FORWARDED" in key or key in UNWANTED}
    assert told == {"HTTP_X_FORWARDED_FOR": CLIENT, "HTTP_X_FORWARDED_PROTO": "http", "HTTP_X_FORWARDED_HOST": LEDGER}


def test_each_request_has_an_id_of_its_own_that_visitor_and_app_share() -> None:
    """A visitor's complaint can be followed through the journals."""
    answers = [get(LEDGER, "/tell", headers=FORGED) for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert ids == [answer.json["headers"]["HTTP_X_REQUEST_ID"] for answer in answers]  # type: ignore[index]
    assert ids[0] != ids[1]
    assert "forged" not in ids


@pytest.mark.parametrize("balancer", BALANCERS)
def test_many_cookies_and_a_long_query_pass_both_ways(balancer: str) -> None:
    """Eighteen of 1 kB, as a site has that keeps a visitor's state in them, and 32 kB of headers."""
    for count, size in ((18, 1000), (8, 4000)):
        assert get(LEDGER, f"/cookies?count={count}&bytes={size}", balancer).status == 200
    asked = f"count=0&bytes=0&q={'x' * 8000}"
    answer = get(LEDGER, f"/cookies?{asked}", balancer, {"Cookie": "c=" + "y" * 9000})
    assert (answer.status, answer.json["query"], answer.json["cookies"]) == (200, len(asked), 9002)


def test_status_is_ok() -> None:
    """The health path is served to visitors as the app made it."""
    answer = get(HELLO, "/status")
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_host_names_choose_the_app_whatever_their_case_and_port() -> None:
    """Each app has its names, and no other app's."""
    assert "tricky" in get("WWW.Ledger.Example.ORG:80", "/tell").json
    assert get(HELLO, "/tell").status == 404


@pytest.mark.parametrize("balancer", BALANCERS)
def test_unknown_host_name_gets_404_from_the_balancer(balancer: str) -> None:
    """No app is the default in this inventory."""
    answer = get("unknown.example.org", balancer=balancer)
    assert (answer.status, answer.body) == (404, "There is no site under this name.")


def test_answers_do_not_tell_what_serves() -> None:
    """The release in the Server header is for the balancers' checks alone."""
    assert "server" not in get(HELLO).headers


def test_a_sticky_app_keeps_a_visitor_on_a_host() -> None:
    """The cookie says which host by a digest of its name, and nothing of the host."""
    first = get(LEDGER, "/tell")
    cookie = first.headers["set-cookie"]
    assert re.match(r"HOSTLER=[0-9a-f]{12}; path=/; HttpOnly; SameSite=Lax$", cookie)
    assert not any(address in cookie for address in ADDRESS.values())
    later = {get(LEDGER, "/tell", headers={"Cookie": cookie.partition(";")[0]}).json["host"] for _ in range(6)}
    assert later == {first.json["host"]}


def test_an_app_that_is_not_sticky_sets_no_cookie() -> None:
    """Cookies are for those who asked for them."""
    assert "set-cookie" not in get(HELLO).headers

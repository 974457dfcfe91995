"""Forwarded headers are believed from the trusted proxies alone, however many a visitor forges."""

from collections.abc import Callable

import pytest
from flask import request
from flask.testing import FlaskClient
from test_page import part

from hello import create_app
from hello.config import ConfigError

PEER = "192.0.2.1"
FORGED = "198.51.100.66, 198.51.100.77"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "visitor"),
    [
        (None, None, PEER),
        (None, "203.0.113.7", PEER),
        ("0", f"{FORGED}, 203.0.113.7", PEER),
        ("1", None, PEER),
        ("1", "203.0.113.7", "203.0.113.7"),
        ("1", f"{FORGED}, 203.0.113.7", "203.0.113.7"),
        ("1", "2001:db8::7", "2001:db8::7"),
        ("2", f"{FORGED}, 203.0.113.7, 192.0.2.2", "203.0.113.7"),
        ("2", "198.51.100.66", PEER),
    ],
)
def test_visitors_address(
    client: Callable[..., FlaskClient], proxies: str | None, forwarded: str | None, visitor: str
) -> None:
    environ = {} if proxies is None else {"PROXY_COUNT": proxies}
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    page = client(**environ).get("/", headers=headers, environ_base={"REMOTE_ADDR": PEER}).text
    assert part(page, "visitor") == visitor


def test_visitor_on_a_unix_socket_is_unknown(client: Callable[..., FlaskClient]) -> None:
    assert part(client().get("/", environ_base={"REMOTE_ADDR": ""}).text, "visitor") == "unknown"


@pytest.mark.parametrize(("proxies", "url"), [("0", "http://inn.test/"), ("1", "https://inn.test/")])
def test_scheme_is_believed_and_host_is_not(proxies: str, url: str) -> None:
    app = create_app({"PROXY_COUNT": proxies})
    app.add_url_rule("/seen", view_func=lambda: request.host_url)
    headers = {"Host": "inn.test", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "forged.test"}
    assert app.test_client().get("/seen", headers=headers).text == url


@pytest.mark.parametrize("value", ["", "-1", "1.5", "one", " 1", "1_0", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_bad_proxy_count_is_named(value: str) -> None:
    with pytest.raises(ConfigError) as error:
        create_app({"PROXY_COUNT": value})
    for expected in ("PROXY_COUNT", repr(value), "a whole number, 0 or more"):
        assert expected in str(error.value)

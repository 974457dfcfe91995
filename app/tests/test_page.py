"""The page says what it should, to whom it should, and needs nothing but itself."""

import re
import socket
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

Client = Callable[..., FlaskClient]


def part(page: str, name: str) -> str:
    """Return the text of the element with this id; markup in it fails, as text has none."""
    found = re.findall(rf'<\w+ id="{name}">([^<]*)</', page)
    assert len(found) == 1, f"{len(found)} elements with id {name} hold text alone, in:\n{page}"
    return unescape(found[0])


def test_message_has_a_default(client: Client) -> None:
    assert part(client().get("/").text, "message") == "default"


def test_message_comes_from_the_environment(client: Client) -> None:
    assert part(client(MESSAGE="Good evening").get("/").text, "message") == "Good evening"


def test_message_is_text_and_not_html(client: Client) -> None:
    message = '<script>alert("1")</script> & co'
    page = client(MESSAGE=message).get("/").text
    assert "<script" not in page
    assert part(page, "message") == message


@pytest.mark.parametrize("name", ["slot", "release"])
def test_slot_and_release_are_shown(client: Client, name: str) -> None:
    assert part(client(**{name.upper(): "green"}).get("/").text, name) == "green"


@pytest.mark.parametrize("name", ["slot", "release"])
@pytest.mark.parametrize("environ", [{}, {"SLOT": "", "RELEASE": ""}], ids=["unset", "empty"])
def test_slot_and_release_may_be_missing(client: Client, name: str, environ: dict[str, str]) -> None:
    assert part(client(**environ).get("/").text, name) == "none"


def test_slot_tints_the_page(client: Client) -> None:
    assert '<body data-slot="blue">' in client(SLOT="blue").get("/").text


def test_host_is_shown(client: Client) -> None:
    assert part(client().get("/").text, "host") == socket.gethostname()


def test_page_is_never_cached(client: Client) -> None:
    assert client().get("/").headers["Cache-Control"] == "no-store"


def test_the_visitor_sees_how_he_came(client: Client) -> None:
    assert part(client().get("/").text, "scheme") == "http"
    headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    assert part(client(PROXY_COUNT="1").get("/", headers=headers).text, "scheme") == "https"


def test_a_browser_may_do_nothing_with_the_page_but_show_it(client: Client) -> None:
    """Its own style has a word that no other page has, and there is nothing that would need more."""
    first, second = (client().get("/") for _ in range(2))
    [nonce] = re.findall(r'<style nonce="([\w-]+)">', first.text)
    assert f"default-src 'none'; style-src 'nonce-{nonce}';" in first.headers["Content-Security-Policy"]
    assert nonce not in second.text
    assert not re.search(r"<script|\sstyle=|\son\w+=|<style>", first.text)


def test_page_has_no_external_assets(client: Client) -> None:
    page = client().get("/").text
    links = re.findall(r"""(?:src|srcset|href)=["']?([^"'\s>]*)|url\(["']?([^"')]*)""", page)
    assert {a or b for a, b in links} == {"data:,", "#inside"}
    assert "//" not in page

"""The guestbook: what visitors may write, what others see of it, and what is refused."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from postgres import sql
from werkzeug.test import TestResponse

from hello.guestbook import book

Client = Callable[..., FlaskClient]
# As people try them
HTML = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</p><iframe src=javascript:alert(1)>",
    '"><b>bold</b>',
    "' onmouseover='alert(1)",
    "{{ config.SECRET_KEY }}",
    "{% for x in y %}",
    "<style>body{display:none}</style>",
    '<a href="https://elsewhere.example">here</a>',
    "&lt;b&gt;",
    "<!--",
    "<![CDATA[x]]>",
]


@pytest.fixture
def visitor(client: Client, database: str) -> FlaskClient:
    """Return a visitor of an app with a guestbook."""
    return client(DATABASE_URL=database)


def token(page: str) -> str:
    """Return what makes a form be one of ours."""
    [found] = re.findall(r'name="csrf_token" type="hidden" value="([^"]+)"', page)
    return str(found)


def sign(visitor: FlaskClient, name: str = "Ann", text: str = "It was warm.", **more: str) -> TestResponse:
    """Send the form, as a browser does."""
    good = token(visitor.get("/guestbook").text)
    return visitor.post("/guestbook", data={"csrf_token": good, "name": name, "text": text, **more})


def entries(page: str) -> list[tuple[str, str]]:
    """Return names and texts that a page shows; markup in one fails, as text has none."""
    found = re.findall(r'class="said" dir="auto">([^<]*)</p>\s*<p class="who"><bdi>([^<]*)</bdi>', page)
    assert len(found) == page.count("<article"), page
    return [(unescape(name), unescape(text)) for text, name in found]


def test_without_a_database_there_is_no_guestbook(client: Client) -> None:
    assert client().get("/guestbook").status_code == 404
    assert "guestbook" not in client().get("/").text


def test_a_line_is_shown_to_the_next_visitor(visitor: FlaskClient) -> None:
    answer = sign(visitor, text="It was warm.\r\nThank you!")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/guestbook#entry-1")
    assert entries(visitor.get("/guestbook").text) == [("Ann", "It was warm.\nThank you!")]
    assert 'href="/guestbook"' in visitor.get("/").text


@pytest.mark.parametrize("payload", HTML)
def test_html_is_text(visitor: FlaskClient, payload: str) -> None:
    assert sign(visitor, payload[:40], payload).status_code == 303
    page = visitor.get("/guestbook").text
    assert entries(page) == [(" ".join(payload[:40].split()), payload)]
    own = visitor.get("/guestbook?before=1").text
    # No tag more than the page has with nothing in it, but for those of the entry
    assert re.findall(r"<(script|img|svg|iframe|b|style|a)\b", page) == re.findall(
        r"<(script|img|svg|iframe|b|style|a)\b", own
    )


def test_a_form_that_was_refused_keeps_what_was_written_as_text(visitor: FlaskClient) -> None:
    answer = sign(visitor, '"><script>', "")
    assert answer.status_code == 422
    assert "<script" not in answer.text
    assert "Leave a line." in answer.text
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("", "x", "Tell us your name."),
        (" \t ", "x", "Tell us your name."),
        ("x" * 41, "x", "A name has 40 characters at the most."),
        ("x", " \r\n ", "Leave a line."),
        ("x", "x" * 501, "There is room for 500 characters."),
    ],
)
def test_what_is_missing_or_too_long_is_told_and_not_written(
    visitor: FlaskClient, name: str, text: str, said: str
) -> None:
    answer = sign(visitor, name, text)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert entries(visitor.get("/guestbook").text) == []


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u0639\u0644\u064a", "\u0639\u0644\u064a"),
        ("a\u202eb", "ab"),
        ("a\x00b\x07c", "a b c"),
        ("\U0001f984", "\U0001f984"),
        ("  two   blanks ", "two blanks"),
    ],
)
def test_a_name_of_any_script_is_kept_and_nothing_that_is_no_text(
    visitor: FlaskClient, written: str, kept: str
) -> None:
    assert sign(visitor, written).status_code == 303
    assert entries(visitor.get("/guestbook").text)[0][0] == kept


def test_empty_lines_make_no_room(visitor: FlaskClient) -> None:
    sign(visitor, text="one\r\n\r\n\r\n\r\n \r\ntwo")
    assert entries(visitor.get("/guestbook").text)[0][1] == "one\n\ntwo"


def test_a_form_of_somebody_else_is_refused_and_what_was_written_is_kept(visitor: FlaskClient) -> None:
    for data in ({}, {"csrf_token": "made up"}):
        answer = visitor.post("/guestbook", data={"name": "Ann", "text": "kept", **data})
        assert answer.status_code == 400
        assert ">\r\nkept</textarea>" in answer.text
        # With a token that is good
        again = visitor.post("/guestbook", data={"csrf_token": token(answer.text), "name": "Ann", "text": "kept"})
        assert again.status_code == 303


KEYS = {"ENV": "production", "SECRET_KEY": "first", "WTF_CSRF_SECRET_KEY": "forms"}


def test_a_form_from_before_the_key_was_changed_is_taken(client: Client, database: str) -> None:
    """As over a switch: the page came from the former release."""
    before = client(DATABASE_URL=database, **KEYS)
    page = before.get("/guestbook")
    [cookie] = [value for name, value in page.headers if name == "Set-Cookie"]
    data = {"csrf_token": token(page.text), "name": "Ann", "text": "over a switch"}
    for fallbacks, status in (("first", 303), ("", 400)):
        after = client(DATABASE_URL=database, **KEYS | {"SECRET_KEY": "second", "SECRET_KEY_FALLBACKS": fallbacks})
        name, _, value = cookie.partition(";")[0].partition("=")
        after.set_cookie(name, value)
        assert after.post("/guestbook", data=data).status_code == status


def test_the_cookie_is_for_this_site_alone_and_by_https_where_the_visitor_is(client: Client, database: str) -> None:
    for scheme, secure in (("http", False), ("https", True)):
        said = client(DATABASE_URL=database).get("/guestbook", base_url=f"{scheme}://inn.example").headers["Set-Cookie"]
        assert ("Secure" in said, "HttpOnly" in said, "SameSite=Lax" in said) == (secure, True, True)


def test_so_many_lines_of_one_visitor_and_no_more(visitor: FlaskClient, database: str) -> None:
    for _ in range(book.MOST):
        assert sign(visitor).status_code == 303
    answer = sign(visitor, text="one more")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert ">\r\none more</textarea>" in answer.text
    good = token(visitor.get("/guestbook").text)
    other = visitor.post(
        "/guestbook",
        data={"csrf_token": good, "name": "Bo", "text": "x"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.9"},
    )
    assert other.status_code == 303
    sql(database, "update entries set at = now() - interval '11 minutes'")
    assert sign(visitor).status_code == 303


def test_pages_go_by_key(visitor: FlaskClient, database: str) -> None:
    sql(database, "insert into entries (name, text) select 'n' || i, 't' from generate_series(1, 45) i")
    seen, path = list[str](), "/guestbook"
    while path:
        page = visitor.get(path).text
        seen += [name for name, _ in entries(page)]
        # Somebody writes meanwhile
        sql(database, "insert into entries (name, text) values ('new', 't')")
        found = re.findall(r'rel="next" href="([^"]+)"', page)
        path = unescape(found[0]) if found else ""
    assert seen == [f"n{number}" for number in range(45, 0, -1)]
    assert entries(visitor.get("/guestbook?before=nonsense").text)[0][0] == "new"
    assert visitor.get(f"/guestbook?before={10**30}").status_code == 200


def test_a_browser_may_show_the_page_and_send_its_form_and_nothing_else(visitor: FlaskClient) -> None:
    answer = visitor.get("/guestbook")
    [nonce] = re.findall(r'<style nonce="([\w-]+)">', answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert f"default-src 'none'; style-src 'nonce-{nonce}';" in policy
    assert "form-action 'self'" in policy
    assert not re.search(r"<script|\sstyle=|\son\w+=|<style>", answer.text)
    assert "form-action 'none'" in visitor.get("/").headers["Content-Security-Policy"]


def test_where_the_database_is_away_the_page_says_so_and_keeps_what_was_written(client: Client) -> None:
    visitor = client(DATABASE_URL="postgresql://hello@/postgres?host=/nonexistent")
    page = visitor.get("/guestbook")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    answer = visitor.post("/guestbook", data={"csrf_token": token(page.text), "name": "Ann", "text": "kept"})
    assert answer.status_code == 503
    assert "What you wrote is still here" in answer.text
    assert ">\r\nkept</textarea>" in answer.text
    assert visitor.get("/").status_code == visitor.get("/status").status_code == 200


def test_a_mistake_of_ours_is_none_of_the_database_s_absence(visitor: FlaskClient, database: str) -> None:
    visitor.application.config["PROPAGATE_EXCEPTIONS"] = False
    sql(database, "alter table entries rename to others")
    try:
        assert visitor.get("/guestbook").status_code == 500
    finally:
        sql(database, "alter table others rename to entries")


class TestApi:
    """The guestbook for programs."""

    def test_entries_are_told_by_pages(self, visitor: FlaskClient, database: str) -> None:
        sql(database, "insert into entries (name, text) select 'n' || i, '<t>' from generate_series(1, 25) i")
        first = visitor.get("/api/entries").json
        assert first is not None
        assert [one["name"] for one in first["entries"]] == [f"n{number}" for number in range(25, 5, -1)]
        assert set(first["entries"][0]) == {"id", "at", "name", "text"}
        last = visitor.get(first["next"]).json
        assert last is not None
        assert (len(last["entries"]), last["next"]) == (5, None)

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/api/nothing", 404), ("DELETE", "/api/entries", 405), ("POST", "/api/entries", 405)],
    )
    def test_errors_are_json_too(self, visitor: FlaskClient, method: str, path: str, status: int) -> None:
        answer = visitor.open(path, method=method, headers={"X-Request-ID": "f00"})
        assert (answer.status_code, answer.json and answer.json["error"]["status"]) == (status, status)
        assert answer.json
        assert answer.json["error"]["request"] == "f00"

    def test_the_site_s_own_errors_are_pages(self, visitor: FlaskClient) -> None:
        assert visitor.get("/nothing").content_type.startswith("text/html")

    def test_a_database_that_is_away_is_told(self, client: Client) -> None:
        answer = client(DATABASE_URL="postgresql://hello@/postgres?host=/nonexistent").get("/api/entries")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json
        assert answer.json["error"]["message"] == "The book is not at hand for a moment."


def test_old_entries_are_pruned_and_where_others_came_from_is_forgotten(visitor: FlaskClient, database: str) -> None:
    for _ in range(3):
        sign(visitor)
    sql(database, "update entries set at = now() - interval '40 days' where id = 1")
    sql(database, "update entries set at = now() - interval '25 hours' where id = 2")
    runner = visitor.application.test_cli_runner()
    assert runner.invoke(args=["prune", "--days", "30"]).output == "1 entry is gone.\n"
    assert sql(database, "select id, visitor is null from entries order by id") == [(2, True), (3, False)]
    assert runner.invoke(args=["prune", "--days", "0"]).exit_code != 0

"""HAProxy's line of a request, read: each kind that it writes, and what it never would."""

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.observe.line import Place, Unread, plain, read

FRONT = "hello 6aaff7b8c6d3 10.76.13.1:42454 [22/Nov/2026:14:28:07.088] visitors"
BACK = 'sH-- 1/1/0/0/0 0/0 "GET /a HTTP/1" de358ab1-2ccd-4e8a-b318-07695af4f62d -\n'


def line(where: str = "hello_green/web1", times: str = "0/0/0/8/12", status: str = "200", front: str = FRONT, back: str = BACK) -> bytes:
    """Return what HAProxy 2.6 and 3.0 were seen to write."""
    return f"<6>{front} {where} {times} {status} 6736 - - {back}".encode()


def test_a_request_is_read() -> None:
    read_ = read(line())
    assert read_.text == line().decode().removeprefix("<6>hello 6aaff7b8c6d3 ").strip().encode()
    assert read_.request
    place, *rest = read_.request
    assert place == Place("hello", "green", "web1")
    assert rest == [b"6aaff7b8c6d3", b"200", b"GET", b"de358ab1-2ccd-4e8a-b318-07695af4f62d", b"-", 12, False]
    assert read_.priority == b"6"


@pytest.mark.parametrize(
    ("where", "front", "place"),
    [
        ("hello_blue_late/web2", FRONT, Place("hello", "blue", "web2")),
        ("hello_blue/<NOSRV>", FRONT, Place("hello", "blue", "")),
        ("visitors/<NOSRV>", FRONT, Place("hello", "", "")),
        ("visitors/<NOSRV>", FRONT.replace("hello 6aaff7b8c6d3", "- -"), Place("", "", "")),
        ("my-app_green/Web_1.example.org", FRONT, Place("my-app", "green", "Web_1.example.org")),
        ("hello_green/2001:db8::1", FRONT, Place("hello", "green", "2001:db8::1")),
    ],
)
def test_it_went_to(where: str, front: str, place: Place) -> None:
    request = read(line(where, front=front)).request
    assert request
    assert request.place == place


@pytest.mark.parametrize("visitor", ["2001:db8::7:4242", "-:4242", "10.76.13.0:1"])
def test_whoever_it_was(visitor: str) -> None:
    read_ = read(line(front=FRONT.replace("10.76.13.1:42454", visitor)))
    assert read_.request
    assert read_.text.startswith(visitor.encode())


def test_one_that_was_none_is_told_apart() -> None:
    request = read(line("visitors/<NOSRV>", "-1/-1/-1/-1/2001", "408", back='cR-- 1/1/0/0/0 0/0 "<BADREQ>" - -')).request
    assert request
    assert (request.bad, request.number, request.milliseconds) == (True, b"-", 2001)


def test_a_visitor_who_left_has_no_status() -> None:
    request = read(line(times="0/0/-1/-1/0", status="-1")).request
    assert request
    assert request.status == b"-1"


def test_quotes_and_blanks_in_what_was_asked_for_end_nothing() -> None:
    """HAProxy writes a quote as #22; one that is there all the same is taken for a part of it."""
    request = read(line(back='---- 1/1/0/0/0 0/0 "GET /a" b - HTTP/1" f00 limits')).request
    assert request
    assert (request.method, request.number, request.refused) == (b"GET", b"f00", b"limits")


@pytest.mark.parametrize(
    "notice",
    [
        b"<1>Proxy visitors stopped (cumulated conns: FE: 1, BE: 0).",
        b"<6>127.0.0.1:54618 [28/Nov/2026:02:19:47.319] visitors/2: SSL handshake failure (error:0A00010B:SSL routines)",
        b"<4>",
    ],
)
def test_what_is_no_request_is_a_notice(notice: bytes) -> None:
    assert read(notice) == (notice[3:], notice[1:2], None)


WHOLE = line().rstrip()


@pytest.mark.parametrize("length", range(len(FRONT), len(WHOLE) - 40, 7))
def test_one_that_was_cut_is_not_read(length: int) -> None:
    """Its id is gone, with which it could be found."""
    with pytest.raises(Unread):
        read(WHOLE[:length])


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"no level",
        b"\xff" * 100,
        line(times="0/0/0/8/soon"),
        line(status="2OO"),
        line('hello_green/we"b1'),
        line(front=FRONT.replace("hello ", 'he"llo '), where="visitors/<NOSRV>"),
        line(front=FRONT.replace("6aaff7b8c6d3", '6aa"')),
        line(back="---- 1/1/0/0/0 0/0 GET / f00 -"),
        line(back='---- 1/1/0/0/0 0/0 "GET / HTTP/1" f00 - more'),
    ],
    ids=str,
)
def test_what_haproxy_never_writes_is_not_read(garbage: bytes) -> None:
    with pytest.raises(Unread):
        read(garbage)


def test_no_byte_of_it_can_begin_another_line_or_tell_a_terminal_something() -> None:
    text, priority = plain(b"<6>a\nUID=0\r\x1b[2J\x00\xc3\xa4\x7f\n\n")
    assert (text, priority) == (b"a?UID=0??[2J????", b"6")

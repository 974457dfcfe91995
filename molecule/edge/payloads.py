"""Requests that two programs may read differently: the table of what visitors send to smuggle one past a balancer.

In each, ``what.example.org`` stands for the app's name and ``0000`` for the payload's number; both are put in at the same length. Where
bytes may be taken for a request of its own, its path begins with ``/smuggled`` and it forges what balancers tell apps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

HOST, NUMBER = b"what.example.org", b"0000"
SMUGGLED = b"GET /smuggled0000 HTTP/1.1\r\nHost: what.example.org\r\nX-Request-ID: forged\r\nX-Forwarded-For: 192.0.2.66\r\n\r\n"
# Names that apps take for the balancer's word, however they are written
TRUSTED = [b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-Forwarded-Host", b"X-Forwarded-Port", b"X-Forwarded-Prefix", b"X-Request-ID"]
TRUSTED += [b"Forwarded", b"X-Real-IP", b"Proxy", b"SCRIPT_NAME", b"PATH_INFO"]
# Bytes that end something, separate something, or are nothing at all
ODD = [bytes([number]) for number in (0, 1, 8, 9, 10, 11, 12, 13, 27, 32, 127, 128, 133, 160, 255)]
SEPARATORS = [bytes([byte]) for byte in b'"(),/;<=>?@[\\]{}#^`|%']


@dataclass(frozen=True)
class Payload:
    """A request by its bytes, or for HTTP/2 by its frames."""

    name: str
    sent: bytes
    # What is in its body, where all who take it have to agree on that
    body: bytes | None = None
    # What is wrong with it comes after the head, which is on its way by then: a web host may be the one to refuse it
    late: bool = False


def _named(data: bytes) -> str:
    return repr(data)[2:-1]


def _request(*lines: bytes, line: bytes = b"POST /p0000 HTTP/1.1", host: bytes = b"Host: what.example.org", body: bytes = b"") -> bytes:
    """Return a request of these lines of its head, in which all is as it should be but for what is given."""
    return b"\r\n".join([line, *([host] if host else []), *lines, b"", body])


def _chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def transfers() -> Iterator[Payload]:
    """Codings that one side may overlook: with a length, the rest of the body is then a request."""
    values = [b"chunked", b"Chunked", b"CHUNKED", b"chunked ", b" chunked", b"\tchunked", b"chunked\t", b"chunked,", b",chunked"]
    values += [
        b"chunked, chunked",
        b"chunked,identity",
        b"identity, chunked",
        b"identity",
        b"gzip, chunked",
        b"chunked, gzip",
        b"gzip",
        b"",
    ]
    values += [
        b'"chunked"',
        b"'chunked'",
        b"chunked;q=1",
        b"xchunked",
        b"chunkedx",
        b"chunked\x00",
        b"\x0bchunked",
        b"chunked\x0b",
        b"chunked\r",
    ]
    values += [
        b"chun\x00ked",
        b"\x00chunked",
        b"\xa0chunked",
        b"chunked\xff",
        b"chunk",
        b"x, chunked",
        b"trailers, chunked",
        b"ch\xc3\xbcnked",
    ]
    headers = [b"Transfer-Encoding: " + value for value in values]
    headers += [
        name + b": chunked" for name in (b"Transfer-Encoding ", b" Transfer-Encoding", b"Transfer-Encoding\t", b"transfer-encoding")
    ]
    headers += [
        name + b": chunked" for name in (b"Transfer_Encoding", b"TRANSFER-ENCODING", b"Transfer-Encoding\x00", b"X\rTransfer-Encoding")
    ]
    headers += [
        b"Transfer-Encoding:chunked",
        b"Transfer-Encoding:\n chunked",
        b"Transfer-Encoding:\r\n chunked",
        b"Transfer-Encoding\r\n: chunked",
    ]
    headers += [b"X: y\nTransfer-Encoding: chunked", b"X: y\rTransfer-Encoding: chunked", b"X: y\r\n\tTransfer-Encoding: chunked"]
    headers += [b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"]
    headers += [b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked"]
    length = b"Content-Length: %d"
    for header in headers:
        # Whose length ends after the chunks' end, and whose length ends before the body does
        rest = b"0\r\n\r\n" + SMUGGLED
        yield Payload(f"coding {_named(header)}, length of all", _request(header, length % len(rest), body=rest))
        yield Payload(f"length of a part, coding {_named(header)}", _request(length % 4, header, body=_chunked(SMUGGLED)))
        yield Payload(f"coding {_named(header)} alone", _request(header, body=_chunked(b"hello")))
    for line in (b"GET /p0000 HTTP/1.1", b"HEAD /p0000 HTTP/1.1", b"POST /p0000 HTTP/1.0", b"POST /unread0000 HTTP/1.1"):
        for header in (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"):
            yield Payload(f"{_named(line)} with {_named(header)}", _request(header, line=line, body=_chunked(SMUGGLED)))


def lengths() -> Iterator[Payload]:
    """Numbers that are read in more than one way."""
    size = b"%d" % len(SMUGGLED)
    values = [b"+" + size, b"-" + size, b"-0", b"0x10", size + b".0", size + b"e0", size + b" ", b" " + size, b"\t" + size, b"0" + size]
    values += [
        size + b"," + size,
        size + b", " + size,
        size + b",0",
        b"0," + size,
        size + b" 0",
        b"0 " + size,
        size + b";",
        b'"' + size + b'"',
    ]
    values += [
        b"",
        b" ",
        b"abc",
        b"1_0",
        b"\xb2",
        size + b"\x00",
        size + b"\x0b",
        b"\x0c" + size,
        size + b"\xa0",
        b"00000000000000000000" + size,
    ]
    values += [b"18446744073709551616", b"18446744073709551617", b"9223372036854775808", b"4294967296", b"99999999999999999999999"]
    for value in values:
        yield Payload(f"length {_named(value)}", _request(b"Content-Length: " + value, body=SMUGGLED), late=True)
    for other in (size, b"0", b"4", b"", b"+0", b"x"):
        headers = [b"Content-Length: " + size, b"Content-Length: " + other]
        for pair in (headers, headers[::-1]):
            yield Payload(f"lengths {_named(b' and '.join(pair))}", _request(*pair, body=SMUGGLED))
    names = [
        b"Content-Length ",
        b" Content-Length",
        b"Content-Length\t",
        b"Content_Length",
        b"Content-Length\x00",
        b"content-length",
        b"Content Length",
    ]
    names += [b"\x0bContent-Length", b"CONTENT-LENGTH", b"Content-Length\r\n", b"X: y\nContent-Length", b"X: y\rContent-Length"]
    for name in names:
        yield Payload(f"length by {_named(name)}", _request(name + b": " + size, body=SMUGGLED))
    for method in (b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"PUT", b"PATCH", b"TRACE"):
        for path in (b"/p0000", b"/unread0000"):
            yield Payload(
                f"{method.decode()} of {path.decode()} with a body",
                _request(b"Content-Length: " + size, line=method + b" " + path + b" HTTP/1.1", body=SMUGGLED),
                SMUGGLED if path == b"/p0000" else b"",
            )
    for version in (b"1.0", b"1.1"):
        unread = _request(b"Content-Length: " + size, line=b"POST /unread0000 HTTP/" + version, body=SMUGGLED)
        yield Payload(f"unread, HTTP/{version.decode()}", unread, b"")
        for wrong in (b"999", b"18446744073709551616"):
            yield Payload(f"unread, length {wrong.decode()}, HTTP/{version.decode()}", unread.replace(b": " + size, b": " + wrong))


def chunks() -> Iterator[Payload]:
    """Sizes, ends and trailers of chunks."""
    sizes = [
        b"5",
        b"05",
        b"0000000000000005",
        b"00000000000000005",
        b"5;a",
        b"5;a=b",
        b'5;a="b"',
        b"5 ;a",
        b"5; a",
        b"5;",
        b"5;;",
        b"5;a b",
    ]
    sizes += [
        b'5;a="\r\n0\r\n\r\n"',
        b"5;a\n",
        b"5;a\rb",
        b"5;\x00",
        b"5;\xff",
        b" 5",
        b"5 ",
        b"\t5",
        b"5\t",
        b"5\x0b",
        b"+5",
        b"-5",
        b"0x5",
        b"5x",
    ]
    sizes += [
        b"5_",
        b"5.",
        b"5,5",
        b"",
        b" ",
        b"5\n",
        b"5\r",
        b"\x005",
        b"5\x00",
        b"g",
        b"10000000000000005",
        b"ffffffff",
        b"ffffffffffffffff",
    ]
    sizes += [b"8000000000000000", b"5" + b";a" * 200]
    for size in sizes:
        yield Payload(
            f"chunk of {_named(size)[:40]}",
            _request(b"Transfer-Encoding: chunked", body=size + b"\r\nhello\r\n0\r\n\r\n"),
            b"hello",
            late=True,
        )
    # A body that is itself the end of a chunk and a request, for who reads on after the first line's end
    for end in (b"\n", b"\r", b"", b"\r\n\r\n", b"\n\r", b"\r\r\n", b"xx", b"\n\n", b" \r\n", b"\x00\x00"):
        yield Payload(
            f"data that ends with {_named(end)}", _request(b"Transfer-Encoding: chunked", body=b"5\r\nhello" + end + b"0\r\n\r\n"), b"hello"
        )
        yield Payload(
            f"a size that ends with {_named(end)}",
            _request(b"Transfer-Encoding: chunked", body=b"5" + end + b"hello\r\n0\r\n\r\n"),
            b"hello",
        )
        yield Payload(
            f"a last size that ends with {_named(end)}",
            _request(b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0" + end + b"\r\n"),
            b"hello",
        )
        yield Payload(
            f"an end of {_named(end)}", _request(b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n" + end + SMUGGLED), b"hello"
        )
    for last in (b"0", b"00", b"000000000000000000", b"0;a=b", b"0 ", b" 0", b"-0", b"0x0", b"+0"):
        yield Payload(
            f"last chunk of {_named(last)}", _request(b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n" + last + b"\r\n\r\n"), b"hello"
        )
    trailers = [
        b"X: y",
        b"X : y",
        b" X: y",
        b"X",
        b": y",
        b"X: y\nZ: z",
        b"X: y\r\n z",
        b"X: \x00",
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
    ]
    trailers += [
        b"Host: evil.example",
        b"Authorization: x",
        b"X_Y: z",
        b"Connection: close",
        b"Trailer: X",
        b"TE: trailers",
        b"Cookie: a=b",
    ]
    trailers += [name + b": 192.0.2.66" for name in TRUSTED]
    for trailer in trailers:
        for before in (b"", SMUGGLED):
            body = _chunked(before or b"hello")[:-2] + trailer + b"\r\n\r\n"
            yield Payload(
                f"trailer {_named(trailer)} after {len(before)}",
                _request(b"Transfer-Encoding: chunked", body=body),
                before or b"hello",
                late=True,
            )


def ends() -> Iterator[Payload]:
    """Ends of lines, and lines that go on."""
    for end in (b"\n", b"\r", b"\r\r\n", b"\n\r", b"\n\r\n", b"\x0b\r\n", b"\x00\r\n", b"\x85\r\n", b"\xe2\x80\xa8"):
        for place, lines in {
            "the first line": [b"GET /p0000 HTTP/1.1", end, b"Host: what.example.org\r\nX: y\r\n\r\n"],
            "a header": [b"GET /p0000 HTTP/1.1\r\nHost: what.example.org\r\nX: y", end, b"Z: z\r\n\r\n"],
            "the last header": [b"GET /p0000 HTTP/1.1\r\nHost: what.example.org\r\nX: y", end, b"\r\n"],
            "the head": [b"GET /p0000 HTTP/1.1\r\nHost: what.example.org\r\nX: y\r\n", end, SMUGGLED],
            "host": [b"GET /p0000 HTTP/1.1\r\nHost: what.example.org", end, b"Host: evil.example\r\n\r\n"],
            "a length": [b"POST /p0000 HTTP/1.1\r\nHost: what.example.org\r\nContent-Length: 5", end, b"X: y\r\n\r\nhello"],
            "all lines": [b"GET /p0000 HTTP/1.1", end, b"Host: what.example.org", end, end],
        }.items():
            yield Payload(f"{place} ends with {_named(end)}", b"".join(lines))
    # As those begin who stand before a balancer, of whom none is known here
    proxied = [b"PROXY TCP4 192.0.2.66 192.0.2.1 4711 80\r\n", b"PROXY UNKNOWN\r\n"]
    proxied.append(b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x42\xc0\x00\x02\x01\x12\x67\x00\x50")
    for before in (b"\r\n", b"\r\n\r\n", b"\n", b"\r", b" ", b"\x00", b"\t", b"\xef\xbb\xbf", b"x\r\n", b": y\r\n", *proxied):
        yield Payload(f"{_named(before)} before it", before + _request(b"X: y", line=b"GET /p0000 HTTP/1.1"))
    for fold in (b"\r\n ", b"\r\n\t", b"\n ", b"\r ", b"\r\n  \t", b"\r\n \r\n "):
        for header in (b"X: y", b"Content-Length: 5", b"Transfer-Encoding: chunked", b"X-Forwarded-For: 192.0.2.66", b"Connection: close"):
            name, value = header.split(b" ")
            yield Payload(f"{_named(header)} folded by {_named(fold)}", _request(name + fold + value, body=b"5\r\nhello\r\n0\r\n\r\n"))
        yield Payload(f"host folded by {_named(fold)}", _request(host=b"Host:" + fold + b"what.example.org", line=b"GET /p0000 HTTP/1.1"))
        yield Payload(
            f"host going on after {_named(fold)}", _request(host=b"Host: what.example.org" + fold + b"evil", line=b"GET /p0000 HTTP/1.1")
        )
        yield Payload(f"first line going on after {_named(fold)}", _request(line=b"GET /p0000" + fold + b"HTTP/1.1"))
        yield Payload(
            f"a fold before all headers by {_named(fold)}",
            _request(host=fold[-1:] + b"Host: what.example.org", line=b"GET /p0000 HTTP/1.1"),
        )


def hosts() -> Iterator[Payload]:
    """Names of hosts, twice or in two places."""
    get = b"GET /p0000 HTTP/1.1"
    values = [b"", b" ", b"what.example.org what.example.org", b"what.example.org,evil.example", b"what.example.org, what.example.org"]
    values += [
        b"evil.example@what.example.org",
        b"what.example.org@evil.example",
        b"what.example.org:80@evil.example",
        b"what.example.org:",
    ]
    values += [
        b"what.example.org:80",
        b"what.example.org:0080",
        b"what.example.org:99999",
        b"what.example.org:8o",
        b"what.example.org:80:80",
    ]
    values += [
        b"what.example.org.",
        b"what.example.org..",
        b"WHAT.example.org",
        b"what.example.org/",
        b"what.example.org#",
        b"what.example.org?",
    ]
    values += [b"what.example.org\\", b"what.example.org;", b"http://what.example.org", b"[what.example.org]", b"what.example.org%00"]
    values += [
        b"what%2eexample.org",
        b"what.example.org\t",
        b"what.example.org\t:80",
        b"what.example.org :80",
        b"\tevil.example",
        b"*.example.org",
    ]
    for value in values + [b"what.example.org" + odd for odd in ODD]:
        yield Payload(f"host {_named(value)}", _request(host=b"Host: " + value, line=get))
    for other in (b"what.example.org", b"evil.example", b"", b"what.example.org:80", b"WHAT.example.org"):
        for name in (b"Host", b"host", b"HOST", b"Host ", b" Host", b"X: y\nHost", b"H\x00ost"):
            pair = [b"Host: what.example.org", name + b": " + other]
            yield Payload(f"hosts, then {_named(pair[1])}", _request(*pair, host=b"", line=get))
            yield Payload(f"hosts, first {_named(pair[1])}", _request(*pair[::-1], host=b"", line=get))
    for version in (b"HTTP/1.0", b"HTTP/1.1"):
        yield Payload(f"no host, {version.decode()}", _request(host=b"", line=b"GET /p0000 " + version))
        yield Payload(f"{version.decode()}, kept", _request(b"Connection: keep-alive", line=b"GET /p0000 " + version))
    targets = [
        b"http://what.example.org/p0000",
        b"https://what.example.org/p0000",
        b"HTTP://WHAT.example.org/p0000",
        b"http://what.example.org",
    ]
    targets += [
        b"http://what.example.org:80/p0000",
        b"http://evil.example/p0000",
        b"http://evil.example@what.example.org/p0000",
        b"http:///p0000",
    ]
    targets += [
        b"http://what.example.org@evil.example/p0000",
        b"ftp://what.example.org/p0000",
        b"http:/p0000",
        b"http:p0000",
        b"://what.example.org/",
    ]
    targets += [
        b"http://what.example.org?p0000",
        b"http://what.example.org#/p0000",
        b"http://what.example.org:x/p0000",
        b"x://y/p0000",
        b"//evil.example/p0000",
    ]
    targets += [
        b"http://what.example.org//evil.example/p0000",
        b"http://what.example.org\\@evil.example/p0000",
        b"http://[::1]/p0000",
        b"http://[/p0000",
    ]
    targets += [
        b"what.example.org:80",
        b"what.example.org",
        b"http://what.example.org/http://evil.example/p0000",
        b"ws://what.example.org/p0000",
    ]
    targets += [
        b"http://what.example.org./p0000",
        b"http://what.example.org:/p0000",
        b"http://what.example.org/?p0000",
        b"javascript://what.example.org/%0a",
    ]
    for target in targets:
        for host in (b"Host: what.example.org", b"Host: evil.example", b"Host: what.example.org:80", b""):
            yield Payload(f"{_named(target)}, {_named(host)}", _request(host=host, line=b"GET " + target + b" HTTP/1.1"))


def names() -> Iterator[Payload]:
    """Names and values of headers with bytes that do not belong there, and those that nobody but the balancer may set."""
    get = b"GET /p0000 HTTP/1.1"
    for odd in ODD + SEPARATORS:
        yield Payload(f"a name with {_named(odd)}", _request(b"X" + odd + b"Y: z", line=get))
        yield Payload(f"a name that ends with {_named(odd)}", _request(b"X-Forwarded-For" + odd + b": 192.0.2.66", line=get))
    for odd in ODD:
        yield Payload(f"a name that begins with {_named(odd)}", _request(odd + b"X-Forwarded-For: 192.0.2.66", line=get))
        yield Payload(f"a value with {_named(odd)}", _request(b"X: y" + odd + b"X-Forwarded-For: 192.0.2.66", line=get))
    for line in (
        b": y",
        b":",
        b" : y",
        b"X",
        b"X y",
        b"=",
        b"::",
        b"X:: y",
        b"",
        b"X:",
        b"\x00: y",
        b"X\x00: y",
        b"\xc3\xbc: y",
        b"X: y: z",
        b"X" * 300 + b": y",
    ):
        yield Payload(f"the line {_named(line)[:40]}", _request(line, b"Z: z", line=get))
        yield Payload(
            f"the first line after the request {_named(line)[:40]}", _request(line, b"Host: what.example.org", host=b"", line=get)
        )
    for name in TRUSTED:
        spellings = {
            name,
            name.lower(),
            name.upper(),
            name.replace(b"-", b"_"),
            name.replace(b"_", b"-"),
            name + b" ",
            b"HTTP_" + name.replace(b"-", b"_"),
        }
        for spelling in sorted(spellings):
            yield Payload(f"forged {_named(spelling)}", _request(spelling + b": 192.0.2.66", line=get))
        yield Payload(f"forged twice {_named(name)}", _request(name + b": 192.0.2.66", name + b": 192.0.2.67", line=get))
        yield Payload(f"said to be of one hop {_named(name)}", _request(b"Connection: " + name, name + b": 192.0.2.66", line=get))
    for name in (b"Host", b"Content-Length", b"Transfer-Encoding", b"Cookie", b"Connection", b"Upgrade", b"close, Host", b",", b"\x00"):
        yield Payload(f"connection {_named(name)}", _request(b"Connection: " + name, b"Content-Length: 5", body=b"hello"), b"hello")


def lines() -> Iterator[Payload]:
    """First lines, methods, and other protocols."""
    parts = [
        b"GET  /p0000 HTTP/1.1",
        b"GET /p0000  HTTP/1.1",
        b"GET\t/p0000\tHTTP/1.1",
        b"GET /p0000 HTTP/1.1 ",
        b"GET /p0000 HTTP/1.1\t",
        b"GET /p0000",
    ]
    parts += [
        b"GET /p0000 x HTTP/1.1",
        b"GET HTTP/1.1",
        b"GET",
        b"",
        b" ",
        b"/p0000",
        b"GET /p0000 HTTP/1.1 x",
        b"GET /p0000\x0bHTTP/1.1",
        b"GET /p0000\xa0HTTP/1.1",
    ]
    versions = [
        b"0.9",
        b"1.2",
        b"1.9",
        b"1.10",
        b"1.",
        b".1",
        b"1",
        b"1.1.1",
        b"2.0",
        b"2",
        b"3.0",
        b"01.1",
        b"1.01",
        b"+1.1",
        b"1,1",
        b"1.x",
        b"10.1",
        b"\xb9.1",
    ]
    parts += [b"GET /p0000 HTTP/" + version for version in versions]
    parts += [
        b"GET /p0000 " + word
        for word in (b"http/1.1", b"HTTP1.1", b"HTTPS/1.1", b"HTTP /1.1", b"HTTP\\1.1", b"ICY/1.1", b"RTSP/1.0", b"HTTP/1.1\x00")
    ]
    methods = [
        b"get",
        b"Get",
        b"gET",
        b"G",
        b"GE",
        b"X" * 20,
        b"X" * 21,
        b"X" * 300,
        b"PRI",
        b"GET/",
        b"GET:",
        b"G=T",
        b"G\x00T",
        b"G\xffT",
        b"G#T",
        b"G!T",
        b"$$$",
    ]
    methods += [b"TRACE", b"CONNECT", b"trace", b"connect", b"TRACK", b"DEBUG", b"PROPFIND", b"HTTP/1.1", b"GET,POST", b'"GET"', b"GET\r"]
    parts += [method + b" /p0000 HTTP/1.1" for method in methods]
    targets = [
        b"*",
        b"?p0000",
        b"p0000",
        b"#p0000",
        b"",
        b"\\p0000",
        b"/p0000#a",
        b"/p0000?a#b",
        b"/p0000\\",
        b"/../p0000",
        b"/./p0000",
        b"//p0000",
        b"///p0000",
    ]
    targets += [
        b"/p0000;a",
        b"/p0000?a?b",
        b"/p0000??",
        b"/p0000%",
        b"/p0000%0",
        b"/p0000%zz",
        b"/p0000%00",
        b"/p0000%0d%0aX:%20y",
        b"/p0000%2f..%2fx",
        b"/p0000%c3%bc",
    ]
    targets += [
        b"/p0000%ff",
        b"/%70%30000",
        b"/p0000%3fa",
        b"/p0000%23a",
        b"/p0000%25%32%66",
        b"/p0000" + b"/.." * 9,
        b"/p0000" + b"x" * 600,
    ]
    targets += [b"/p0000" + odd + b"x" for odd in ODD + SEPARATORS]
    parts += [b"GET " + target + b" HTTP/1.1" for target in targets]
    for first in parts:
        yield Payload(f"line {_named(first)[:60]}", _request(line=first))
    for method in (b"OPTIONS", b"CONNECT", b"TRACE"):
        for target in (b"*", b"what.example.org:80", b"http://what.example.org", b"/p0000", b"http://what.example.org/p0000"):
            yield Payload(f"{_named(method + b' ' + target)}", _request(line=method + b" " + target + b" HTTP/1.1"))
            yield Payload(
                f"{_named(method + b' ' + target)} with a body",
                _request(b"Content-Length: 5", line=method + b" " + target + b" HTTP/1.1", body=b"hello"),
            )
    other = b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"
    for kind in (b"h2c", b"h2", b"websocket", b"TLS/1.0", b"h2c, websocket", b"websocket\x00", b"WebSocket", b"\th2c"):
        for connection in (b"Upgrade", b"Upgrade, HTTP2-Settings", b"close, Upgrade", b"keep-alive"):
            headers = [
                b"Connection: " + connection,
                b"Upgrade: " + kind,
                other,
                b"Sec-WebSocket-Version: 13",
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            ]
            yield Payload(f"upgrade to {_named(kind)} by {_named(connection)}", _request(*headers, line=b"GET /p0000 HTTP/1.1"))
        yield Payload(
            f"upgrade to {_named(kind)} with a body", _request(*headers[:2], b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED)
        )
    yield Payload("beginning of HTTP/2, in vain", b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
    for value in (
        b"100-continue",
        b"100-Continue",
        b" 100-continue ",
        b"100-continue, 100-continue",
        b"x",
        b"",
        b"200-ok",
        b"100-continue\x00",
    ):
        for path in (b"/p0000", b"/unread0000"):
            for version in (b"1.1", b"1.0"):
                yield Payload(
                    f"{path.decode()} expects {_named(value)}, HTTP/{version.decode()}",
                    _request(b"Expect: " + value, b"Content-Length: 5", line=b"POST " + path + b" HTTP/" + version, body=b"hello"),
                    b"hello" if path == b"/p0000" else b"",
                )


def first_version() -> list[Payload]:
    """Return what is sent by HTTP/1, each once."""
    found = (payload for kind in (transfers, lengths, chunks, ends, hosts, names, lines) for payload in kind())
    return list({payload.sent: payload for payload in found}.values())


# HTTP/2: frames (RFC 9113) with headers as they are, which no decent client would send
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY, CONTINUATION = 0, 1, 3, 4, 7, 9
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
Fields = list[tuple[bytes, bytes]]


def frame(kind: int, flags: int, stream: int, data: bytes = b"") -> bytes:
    """Return a frame."""
    return len(data).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + data


def _packed(text: bytes) -> bytes:
    """Return a string of HPACK's: its length and itself."""
    if len(text) < 127:
        return bytes([len(text)]) + text
    more, rest = b"\x7f", len(text) - 127
    while rest > 127:
        more, rest = more + bytes([rest % 128 | 128]), rest // 128
    return more + bytes([rest]) + text


def block(fields: Fields) -> bytes:
    """Return headers as literals that leave the tables alone (RFC 7541, 6.2.2)."""
    return b"".join(b"\x00" + _packed(name) + _packed(value) for name, value in fields)


def _good(path: bytes = b"/p0000", method: bytes = b"GET") -> Fields:
    return [(b":method", method), (b":scheme", b"https"), (b":path", path), (b":authority", HOST)]


def marker(stream: int) -> bytes:
    """Return a request in which all is well, for after a payload."""
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, block(_good(b"/after0000")))


def _stream(fields: Fields, body: bytes = b"", trailers: Fields | None = None) -> bytes:
    """Return a stream of these headers, this body and these trailers."""
    parts = [frame(HEADERS, END_HEADERS | (0 if body or trailers else END_STREAM), 1, block(fields))]
    if body:
        parts.append(frame(DATA, 0 if trailers else END_STREAM, 1, body))
    if trailers:
        parts.append(frame(HEADERS, END_HEADERS | END_STREAM, 1, block(trailers)))
    return b"".join(parts)


def pseudo_headers() -> Iterator[Payload]:
    """What HTTP/1 has in its first line, and its host."""
    injected = b" HTTP/1.1\r\nHost: what.example.org\r\n\r\n" + SMUGGLED
    odd = [b"", b" ", *ODD, *(b"x" + byte + b"y" for byte in ODD), b"x" + injected, b"/p0000" + injected]
    values = {
        b":method": [
            *odd,
            b"get",
            b"GET /smuggled0000 HTTP/1.1\r\nX: y",
            b"GET /smuggled0000",
            b"TRACE",
            b"CONNECT",
            b"PRI",
            b"GET,POST",
            b"G:T",
        ],
        b":path": [
            *odd,
            *(b"/p0000" + byte + b"x" for byte in ODD),
            b"*",
            b"p0000",
            b"http://evil.example/p0000",
            b"//evil.example/p0000",
            b"/p0000#x",
        ],
        b":authority": [
            *odd,
            *(HOST + byte for byte in ODD + SEPARATORS),
            b"evil.example",
            b"x@" + HOST,
            HOST + b":80",
            HOST + b":x",
            HOST + b"/x",
            b"[::1]",
        ],
        b":scheme": [
            *odd,
            b"http",
            b"HTTPS",
            b"ftp",
            b"https://evil.example/?",
            b"https://evil.example/?x=",
            b"http:",
            b"h t",
            b"javascript",
        ],
    }
    for name, those in values.items():
        for value in those:
            yield Payload(
                f"{name.decode()} {_named(value)[:50]}", _stream([(key, value if key == name else usual) for key, usual in _good()])
            )
        without = [field for field in _good() if field[0] != name]
        yield Payload(f"no {name.decode()}", _stream(without))
        for value in (dict(_good())[name], b"evil.example"):
            yield Payload(f"{name.decode()} twice, then {_named(value)}", _stream([*_good(), (name, value)]))
            yield Payload(f"{name.decode()} {_named(value)} after a header", _stream([*without, (b"x", b"y"), (name, value)]))
    for name in (b":foo", b":status", b":protocol", b":", b":Path", b":host", b"::path"):
        yield Payload(f"{name.decode()}", _stream([*_good(), (name, b"websocket")]))
        yield Payload(f"{name.decode()} first", _stream([(name, b"websocket"), *_good()]))
    for protocol in (b"websocket", b"h2c", b"x\r\nX: y", b""):
        yield Payload(
            f"tunnel of {_named(protocol)}",
            _stream([*_good(method=b"CONNECT"), (b":protocol", protocol), (b"sec-websocket-version", b"13")]),
        )
        yield Payload(f"tunnel of {_named(protocol)} by GET", _stream([*_good(), (b":protocol", protocol)]))
    for method in (b"CONNECT", b"TRACE", b"OPTIONS"):
        for path in (b"*", b"/p0000"):
            yield Payload(f"{method.decode()} {path.decode()}", _stream(_good(path, method)))
    yield Payload("CONNECT as it is meant", _stream([(b":method", b"CONNECT"), (b":authority", HOST + b":80")]))
    for host in (HOST, b"evil.example", b"", HOST + b":80", HOST + b"," + HOST, HOST + b"\r\nX: y", b"WHAT.example.org"):
        yield Payload(f"host {_named(host)} too", _stream([*_good(), (b"host", host)]))
        yield Payload(f"host {_named(host)} alone", _stream([*_good()[:3], (b"host", host)]))
        yield Payload(f"host {_named(host)} twice", _stream([*_good()[:3], (b"host", HOST), (b"host", host)]))


def fields() -> Iterator[Payload]:
    """Headers, lengths and trailers."""
    for byte in ODD + SEPARATORS + [b":", b"A", b"_"]:
        for name in (b"x" + byte + b"y", byte + b"x", b"x-forwarded-for" + byte):
            yield Payload(f"a name {_named(name)}", _stream([*_good(), (name, b"192.0.2.66")]))
    for byte in ODD:
        for value in (b"y" + byte + b"z", byte + b"y", b"y" + byte):
            yield Payload(f"a value {_named(value)}", _stream([*_good(), (b"x", value)]))
    for value in (
        b"y\r\nX-Forwarded-For: 192.0.2.66",
        b"y\nX-Forwarded-For: 192.0.2.66",
        b"y\r\n\r\n" + SMUGGLED,
        b"y\r\nTransfer-Encoding: chunked",
    ):
        yield Payload(f"a value {_named(value)[:40]}", _stream([*_good(method=b"POST"), (b"x", value)], body=SMUGGLED))
        yield Payload(f"a name {_named(value)[:40]}", _stream([*_good(), (value.lower(), b"y")]))
    yield Payload("an empty name", _stream([*_good(), (b"", b"y")]))
    yield Payload("nothing", _stream([]))
    sole = [
        (b"connection", b"close"),
        (b"connection", b"transfer-encoding"),
        (b"keep-alive", b"1"),
        (b"proxy-connection", b"x"),
        (b"upgrade", b"h2c"),
    ]
    sole += [(b"transfer-encoding", value) for value in (b"chunked", b"identity", b"Chunked", b"chunked\r\nx: y", b"", b"trailers")]
    sole += [
        (b"te", b"trailers"),
        (b"te", b"gzip"),
        (b"expect", b"100-continue"),
        (b"upgrade", b"websocket"),
        (b"http2-settings", b"AAMAAABk"),
        (b"trailer", b"x"),
    ]
    sole += [
        (name, b"192.0.2.66") for trusted in TRUSTED for name in sorted({trusted.lower(), trusted, trusted.lower().replace(b"-", b"_")})
    ]
    for name, value in sole:
        yield Payload(
            f"{_named(name)}: {_named(value)}",
            _stream([*_good(method=b"POST"), (name, value)], body=_chunked(SMUGGLED)),
            _chunked(SMUGGLED),
        )
    size = b"%d" % len(SMUGGLED)
    lengths = [
        size,
        b"0",
        b"4",
        b"999",
        b"+" + size,
        b"-" + size,
        size + b" ",
        b" " + size,
        b"0" + size,
        size + b"," + size,
        size + b",0",
        b"",
        b"x",
        b"0x5",
    ]
    lengths += [size + b"\r\nx: y", size + b"\x00", b"18446744073709551616", b"1_0"]
    for value in lengths:
        yield Payload(f"length {_named(value)}", _stream([*_good(method=b"POST"), (b"content-length", value)], body=SMUGGLED), SMUGGLED)
        yield Payload(f"length {_named(value)}, no body", _stream([*_good(method=b"POST"), (b"content-length", value)]), b"")
        two = [(b"content-length", size), (b"content-length", value)]
        yield Payload(f"lengths of the body and {_named(value)}", _stream([*_good(method=b"POST"), *two], body=SMUGGLED), SMUGGLED)
        yield Payload(
            f"length {_named(value)} and a coding",
            _stream([*_good(method=b"POST"), two[1], (b"transfer-encoding", b"chunked")], body=SMUGGLED),
        )
    for name in (
        b"x",
        b":path",
        b":method",
        b"content-length",
        b"transfer-encoding",
        b"host",
        b"X",
        b"",
        b"x_y",
        b"x y",
        b"x\r\ny",
        *(name.lower() for name in TRUSTED),
    ):
        for value in (b"192.0.2.66", b"y\r\nz: 0", b"\x00"):
            given = [*_good(method=b"POST")], SMUGGLED, [(name, value)]
            yield Payload(f"trailer {_named(name)}: {_named(value)}", _stream(*given), SMUGGLED, late=True)
    for method in (b"GET", b"HEAD", b"DELETE", b"TRACE", b"OPTIONS"):
        yield Payload(f"{method.decode()} with a body", _stream(_good(method=method), body=SMUGGLED), SMUGGLED)
    yield Payload("unread", _stream(_good(b"/unread0000", b"POST"), body=SMUGGLED), b"")


def frames() -> Iterator[Payload]:
    """Headers in several frames, and frames in the wrong places."""
    whole, tail = block(_good()), block([(b"x", b"y")])
    yield Payload("two frames of headers", frame(HEADERS, END_STREAM, 1, whole) + frame(CONTINUATION, END_HEADERS, 1, tail))
    yield Payload("cut within a field", frame(HEADERS, END_STREAM, 1, whole[:9]) + frame(CONTINUATION, END_HEADERS, 1, whole[9:]))
    yield Payload("padded", frame(HEADERS, END_STREAM | END_HEADERS | PADDED, 1, b"\x05" + whole + b"\r\n\r\nx"))
    yield Payload("padded with more than there is", frame(HEADERS, END_STREAM | END_HEADERS | PADDED, 1, b"\xff" + whole))
    padded = frame(DATA, END_STREAM | PADDED, 1, bytes([len(SMUGGLED)]) + b"hello" + SMUGGLED)
    yield Payload("a padded body", frame(HEADERS, END_HEADERS, 1, block(_good(method=b"POST"))) + padded, b"hello")
    yield Payload("headers between headers", frame(HEADERS, 0, 1, whole) + frame(HEADERS, END_HEADERS, 5, whole))
    yield Payload(
        "data between headers",
        frame(HEADERS, 0, 1, whole) + frame(DATA, END_STREAM, 1, SMUGGLED) + frame(CONTINUATION, END_HEADERS, 1, tail),
    )
    yield Payload("data after the end", frame(HEADERS, END_STREAM | END_HEADERS, 1, whole) + frame(DATA, END_STREAM, 1, SMUGGLED))
    yield Payload("headers after the end", frame(HEADERS, END_STREAM | END_HEADERS, 1, whole) * 2)
    yield Payload(
        "headers that go on after trailers", _stream(_good(method=b"POST"), b"hello", [(b"x", b"y")]) + frame(DATA, END_STREAM, 1, SMUGGLED)
    )
    yield Payload("trailers that end nothing", _stream(_good(method=b"POST"))[: -0 or None] + frame(HEADERS, END_HEADERS, 1, tail))
    yield Payload("an even stream", frame(HEADERS, END_STREAM | END_HEADERS, 2, whole))
    yield Payload("stream 0", frame(HEADERS, END_STREAM | END_HEADERS, 0, whole))
    yield Payload("a string longer than the frame", frame(HEADERS, END_STREAM | END_HEADERS, 1, whole + b"\x00\x7f\xff\xff\x01x"))
    yield Payload("an index that is not there", frame(HEADERS, END_STREAM | END_HEADERS, 1, whole + b"\xff\xff\xff\x01"))
    yield Payload(
        "abandoned",
        frame(HEADERS, END_HEADERS, 1, block(_good(method=b"POST")))
        + frame(DATA, 0, 1, SMUGGLED)
        + frame(RST_STREAM, 0, 1, b"\x00\x00\x00\x08"),
    )
    yield Payload("HTTP/1 within", frame(DATA, 0, 1, SMUGGLED) + SMUGGLED)


def second_version() -> list[Payload]:
    """Return what is sent by HTTP/2, each once."""
    found = (payload for kind in (pseudo_headers, fields, frames) for payload in kind())
    return list({payload.sent: payload for payload in found}.values())

"""The page's proxy: HAProxy itself, with the role's configuration, before a Prometheus that only notes what it is asked."""

import http.client
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.page.served import FILES, PAGE, proxy
from tests.shared.ports import free
from tests.shared.samples import write

HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(not HAPROXY, reason="HAProxy is not installed here")
READY = "/-/ready"


class Behind(BaseHTTPRequestHandler):
    """Answers as Prometheus does: to every site."""

    def do_GET(self) -> None:
        """Answer, and note the path."""
        if self.path != READY:
            self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@dataclass
class Proxy:
    """The proxy, on its port, and the paths that came through."""

    port: int
    asked: list[str] = field(default_factory=list)

    def __call__(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and text of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in {"Content-Length": "0", **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        said = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return said


@contextmanager
def running(folder: Path, alone: bool = False) -> Iterator[Proxy]:
    """Have HAProxy run; `alone` is with nothing behind it."""
    own = Proxy(free())
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    behind.asked = own.asked  # type: ignore[attr-defined]
    address = f"127.0.0.1:{free() if alone else behind.server_address[1]}"
    Thread(target=behind.serve_forever, args=(0.05,), daemon=True).start()
    write(folder, {"books/HostDown.md": "# HostDown\n"})
    places: dict[str, Any] = {
        "__monitor_runbooks_folder": str(folder / "books"),
        "__monitor_page_folder": str(PAGE),
        "__monitor_runbooks": ["HostDown.md"],
    }
    text = proxy(__monitor_page_port=own.port, __monitor_prometheus=address, __monitor_alertmanager=address, **places)
    write(folder, {"haproxy.cfg": text})
    with (folder / "output").open("w") as output, subprocess.Popen([str(HAPROXY), "-f", folder / "haproxy.cfg"], stderr=output) as process:
        try:
            yield settled(own, 503 if alone else 200, folder)
        finally:
            process.kill()
            behind.shutdown()
            behind.server_close()


def settled(own: Proxy, health: int, folder: Path) -> Proxy:
    """Return the proxy, once it answers and knows who is behind it."""
    for _ in range(200):
        try:
            if own("/health")[0] == health:
                return own
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError((folder / "output").read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Return the proxy with all behind it."""
    with running(tmp_path_factory.mktemp("whole")) as proxy:
        yield proxy


@pytest.fixture
def served(whole: Proxy) -> Proxy:
    """Return it, with nothing asked yet."""
    whole.asked.clear()
    return whole


def test_every_file_is_given_out_as_what_it_is(served: Proxy) -> None:
    for name, kind in FILES.items():
        status, headers, body = served(f"/{name}")
        assert (status, headers["content-type"], body) == (200, kind, (PAGE / name).read_bytes())
    assert served("/")[2] == (PAGE / "index.html").read_bytes()


def test_a_file_is_not_sent_to_who_has_it(served: Proxy) -> None:
    mark = served("/page.js")[1]["etag"]
    assert re.fullmatch(r'"[0-9a-f]{16}"', mark)
    assert served("/page.js", If_None_Match=mark)[::2] == (304, b"")
    assert served("/page.css", If_None_Match=mark)[0] == 200


def test_a_runbook_is_there_to_read(served: Proxy) -> None:
    status, headers, body = served("/runbooks/HostDown.md")
    assert (status, headers["content-type"], body) == (200, "text/plain; charset=utf-8", b"# HostDown\n")


@pytest.mark.parametrize("path", ["/", "/page.js", "/none", "/api/v1/query?query=up", "/api/v2/alerts"])
def test_every_answer_says_what_a_browser_may_do_with_it(served: Proxy, path: str) -> None:
    headers = served(path)[1]
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/api/v1/query?query=up", "/api/v1/query_range?query=up&start=1", "/api/v2/alerts?active=true"])
def test_what_the_page_asks_comes_through_and_is_for_the_page_alone(served: Proxy, path: str) -> None:
    status, headers, _ = served(path, Sec_Fetch_Site="same-origin")
    assert (status, served.asked) == (200, [path])
    assert headers["cache-control"] == "no-store"
    assert [name for name in headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/api/v1/admin/tsdb/delete_series?match[]=up", "POST"),
        ("/api/v1/query", "POST"),
        ("/api/v2/silences", "POST"),
        ("/api/v2/alerts", "POST"),
        ("/-/reload", "PUT"),
        ("/api/v1/query", "DELETE"),
        ("/api/v1/admin/tsdb/snapshot", "GET"),
        ("/api/v1/status/config", "GET"),
        ("/api/v1/targets", "GET"),
        ("/api/v1/query/../status/config", "GET"),
        ("/api/v1/query%2f..%2fstatus%2fconfig", "GET"),
        ("//api/v1/query", "GET"),
        ("/api/v1/query/", "GET"),
        ("/api/v1/query;x", "GET"),
        ("/api/v2/silences", "GET"),
        ("/metrics", "GET"),
        ("/-/quit", "GET"),
        ("/etc/passwd", "GET"),
        ("/../haproxy.cfg", "GET"),
    ],
)
def test_nothing_else_comes_through(served: Proxy, path: str, method: str) -> None:
    assert served(path, method)[0] == (404 if method == "GET" else 405)
    assert served.asked == []


def test_another_site_comes_by_no_way_of_an_operator_s_browser(served: Proxy) -> None:
    assert served("/api/v1/query?query=up", Host="evil.example:9080")[0] == 421
    assert served("/", Host="127.0.0.1.evil.example")[0] == 421
    assert served("/api/v1/query?query=up", Sec_Fetch_Site="cross-site")[0] == 403
    assert served.asked == []
    assert [served("/", Host=name)[0] for name in ("localhost:8000", "127.0.0.1", "[::1]:9080")] == [200, 200, 200]


def test_where_nothing_is_behind_it_says_so_as_prometheus_would(tmp_path: Path) -> None:
    with running(tmp_path, alone=True) as proxy:
        status, headers, body = proxy("/api/v1/query?query=up")
        assert proxy("/")[0] == 200
    assert (status, headers["content-type"]) == (503, "application/json")
    assert body == b'{"error":"nothing listens at its address, or it still starts"}'

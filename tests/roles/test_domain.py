"""The fleet's page by a domain of its own: a HAProxy of a balancer and one of the monitor run here, by the roles' configurations."""

import base64
import contextlib
import http.client
import json
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.observe.line import read
from tests.page.served import proxy
from tests.roles.test_observers import HAPROXY, certificates
from tests.shared.ports import free
from tests.shared.rendered import render
from tests.shared.samples import app, write

pytestmark = pytest.mark.skipif(not HAPROXY, reason="HAProxy is not installed here")
PAGE = "fleet.example.org"
# Of `open sesame`, by `openssl passwd -6`
HASH = "$6$saltsalt$e/5XKibXPLqVcfjpD.ouauaJrAOL5V0uo80Lt7n7EbRdRiCx3HbQ90yjOHr.G0T.mx79PEMRy8nmtr0qSYhQp1"
KNOWN = "Basic " + base64.b64encode(b"ops:open sesame").decode()
ALLOWED, GUESSING, STRANGER = "127.0.0.1", "127.0.0.2", "127.0.0.66"


class Told(BaseHTTPRequestHandler):
    """Prometheus and Alertmanager, which tell what they were asked with."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        body = json.dumps({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@dataclass
class Fleet:
    """Both, and where they listen."""

    folder: Path
    behind: int
    visitors: int = field(default_factory=free)
    secure: int = field(default_factory=free)
    page: int = field(default_factory=free)
    loopback: int = field(default_factory=free)
    logs: list[socket.socket] = field(default_factory=lambda: [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)])

    def write(self) -> None:
        """Write their files."""
        certificates(self.folder)
        for log in self.logs:
            log.bind(("127.0.0.1", 0))
            log.settimeout(5)
        to_balancer, to_monitor = (log.getsockname()[1] for log in self.logs)
        for name in ("balancer", "monitor"):
            write(
                self.folder,
                {f"{name}/host.pem": (self.folder / f"{name}1.pem").read_text(), f"{name}/ca.crt": (self.folder / "ca.crt").read_text()},
            )
        write(self.folder, {f"tls/{PAGE}.pem": (self.folder / "web1.pem").read_text()})
        one = app(domains=["*.example.org"], ports={"blue": free(), "green": free()})
        page = {
            "name": PAGE,
            "domains": [PAGE],
            "default": False,
            "tls": "files",
            "certificate": "",
            "allow": [*(f"192.0.2.{number}" for number in range(100)), "127.0.0.0/27"],
        }
        fleet = {
            "apps": [one.json()],
            "pages": [page],
            "hosts": {"web1": {"name": "web1", "address": "127.0.0.11", "cores": 1}},
            "web": ["web1"],
            "balancers": ["balancer1"],
            "monitors": ["monitor1"],
            "facts": {"monitor1": {"address": "127.0.0.1"}},
            "ports": {"balancer": free(), "journals": free(), "page": self.page},
            "identity": self.folder / "balancer",
        }
        facts = {"hostler": {"ipv6": False}}
        own = {"balancer_port": self.visitors, "balancer_tls_port": self.secure, "balancer_stats_port": free(), "balancer_http3": False}
        places = {
            f"__balancer_{key}": self.folder / name
            for key, name in (("map", "slots.map"), ("checked", "checked.map"), ("certificates", "tls"))
        }
        places |= {f"__balancer_{key}": self.folder / name for key, name in (("socket", "admin.sock"), ("states", "servers.state"))}
        text = render(
            "balancer", "etc/haproxy/haproxy.cfg.j2", fleet=fleet, ansible_facts=facts, __balancer_lines_port=to_balancer, **own, **places
        )
        write(
            self.folder,
            {
                "balancer.cfg": text.replace("/etc/haproxy/", f"{self.folder}/"),
                "slots.map": "hello blue\n",
                "checked.map": "",
                "servers.state": "1\n",
            },
        )
        write(
            self.folder,
            {
                "tls/list": render(
                    "balancer", "etc/haproxy/tls/list.j2", fleet={**fleet, "apps": []}, __balancer_certificates=self.folder / "tls"
                )
            },
        )
        for name in ("unavailable.html", "maintenance.html", "wait.lua"):
            write(self.folder, {name: render("balancer", f"etc/haproxy/{name}.j2", __balancer_checked=self.folder / "checked.map")})
        address = f"127.0.0.1:{self.behind}"
        text = proxy(
            log=f"127.0.0.1:{to_monitor}",
            fleet={**fleet, "identity": self.folder / "monitor"},
            __monitor_page_port=self.loopback,
            __monitor_prometheus=address,
            __monitor_alertmanager=address,
        )
        users = render("monitor", "etc/haproxy/users.cfg.j2", monitor_page={"users": {"ops": HASH}})
        # Files that the page has are not what is tested
        write(self.folder, {"monitor.cfg": re.sub(r"file /usr/share/hostler/page/\S+", 'string "the page"', text), "users.cfg": users})

    def ask(
        self, path: str = "/", who: str = ALLOWED, name: str = PAGE, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Return status, headers and text of what a visitor from an address gets by HTTPS."""
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", self.secure, context=context, timeout=5, source_address=(who, 0))
        return _answer(connection, path, name, method, headers)

    def plain(self, path: str = "/", port: int = 0, name: str = PAGE) -> tuple[int, dict[str, str], str]:
        """Return the same by HTTP."""
        return _answer(http.client.HTTPConnection("127.0.0.1", port or self.visitors, timeout=5), path, name, "GET", {})

    def told(self, number: int) -> list[bytes]:
        """Return the lines that one of them, the balancer or the monitor, has logged since it was last asked."""
        found = []
        self.logs[number].settimeout(0.3)
        with contextlib.suppress(TimeoutError):
            while True:
                found.append(self.logs[number].recv(8192))
        return found


def _answer(
    connection: http.client.HTTPConnection, path: str, name: str, method: str, headers: dict[str, str]
) -> tuple[int, dict[str, str], str]:
    with contextlib.closing(connection):
        connection.request(method, path, headers={"Host": name, **{key.replace("_", "-"): value for key, value in headers.items()}})
        answer = connection.getresponse()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read().decode()


@contextmanager
def running(folder: Path, alone: bool = False) -> Iterator[Fleet]:
    """Have both run, with who tells what he was asked behind them; `alone` is the balancer without the monitor."""
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Told)
    threading.Thread(target=behind.serve_forever, args=(0.05,), daemon=True).start()
    found = Fleet(folder, behind.server_address[1])
    folder.chmod(0o755)
    found.write()
    processes = []
    try:
        with (folder / "said").open("w") as said:
            for files in (("balancer.cfg",), ("monitor.cfg", "users.cfg"))[: 1 if alone else 2]:
                words = [word for file in files for word in ("-f", file)]
                checked = subprocess.run([str(HAPROXY), "-c", *words], cwd=folder, capture_output=True, text=True, check=False)
                assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr
                processes.append(subprocess.Popen([str(HAPROXY), "-db", *words], cwd=folder, stdout=said, stderr=said))
        end = time.monotonic() + 10
        while time.monotonic() < end and all(process.poll() is None for process in processes):
            with contextlib.suppress(OSError, http.client.HTTPException):
                if found.ask("/health", Authorization=KNOWN)[0] == (503 if alone else 200):
                    break
            time.sleep(0.1)
        assert not any(process.poll() for process in processes), (folder / "said").read_text()
        yield found
    finally:
        for process in processes:
            process.kill()
            process.wait()
        for log in found.logs:
            log.close()
        behind.shutdown()
        behind.server_close()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Return both."""
    with running(tmp_path_factory.mktemp("domain")) as found:
        yield found


def test_who_logs_in_reads_the_page_and_what_it_asks(fleet: Fleet) -> None:
    assert fleet.ask(Authorization=KNOWN)[::2] == (200, "the page")
    status, headers, body = fleet.ask("/api/v1/query?query=up", Authorization=KNOWN, Sec_Fetch_Site="same-origin")
    assert (status, json.loads(body)["path"]) == (200, "/api/v1/query?query=up")
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert headers["x-request-id"]


def test_the_password_goes_no_further(fleet: Fleet) -> None:
    assert "authorization" not in json.loads(fleet.ask("/api/v1/query", Authorization=KNOWN)[2])


@pytest.mark.parametrize("number", range(3, 9))
def test_who_does_not_is_asked_who_he_is(fleet: Fleet, number: int) -> None:
    """By addresses of their own: these are guesses."""
    said = {3: {}, 4: "Basic b3BzOndyb25n", 5: "Basic b3BzOg==", 6: "Basic", 7: "Bearer x", 8: KNOWN[:-4]}[number]
    for path in ("/", "/page.js", "/health", "/api/v1/query?query=up", "/api/v2/alerts", "/none"):
        status, headers, body = fleet.ask(path, who=f"127.0.0.{number}", **({"Authorization": str(said)} if said else {}))
        assert (status, headers["www-authenticate"]) == (401, 'Basic realm="The fleet"')
        assert "the page" not in body
        assert headers["content-security-policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X_Forwarded_For": ALLOWED},
        {"X_Forwarded_For": f"{ALLOWED}, {ALLOWED}", "Forwarded": f"for={ALLOWED}", "X_Real_IP": ALLOWED, "True_Client_IP": ALLOWED},
    ],
)
def test_who_comes_from_elsewhere_is_not_even_asked(fleet: Fleet, headers: dict[str, str]) -> None:
    for known in ({}, {"Authorization": KNOWN}):
        status, got, body = fleet.ask(who=STRANGER, **headers, **known)
        assert (status, body) == (403, "This address is not served.")
        assert "www-authenticate" not in got


def test_by_http_he_is_sent_to_https(fleet: Fleet) -> None:
    status, headers, _ = fleet.plain("/?app=hello")
    assert (status, headers["location"]) == (308, f"https://{PAGE}:{fleet.secure}/?app=hello")


def test_its_name_is_no_app_s(fleet: Fleet) -> None:
    """Though one has a wildcard that stands for it and is the default, too; and that one's other names do not lead to the page."""
    assert fleet.ask(name=f"{PAGE.upper()}.:443", Authorization=KNOWN)[0] == 200
    for name in ("www.example.org", f"x.{PAGE}", "127.0.0.1", "localhost"):
        # No web host runs here
        assert fleet.ask(name=name, Authorization=KNOWN)[0] == 503


def test_it_is_read_alone_and_by_itself(fleet: Fleet) -> None:
    assert fleet.ask("/api/v1/query", method="POST", Authorization=KNOWN)[0] == 405
    assert fleet.ask("/api/v1/admin/tsdb/snapshot", Authorization=KNOWN)[0] == 404
    assert fleet.ask("/api/v1/query?query=up", Authorization=KNOWN, Sec_Fetch_Site="cross-site")[0] == 403


def test_a_request_is_of_no_app_and_its_line_tells_no_password(fleet: Fleet) -> None:
    fleet.told(0)
    fleet.ask("/api/v2/alerts", Authorization=KNOWN)
    fleet.ask("/", Authorization="Basic b3BzOndyb25n")
    fleet.ask("/", who=STRANGER, Authorization=KNOWN)
    lines = fleet.told(0)
    requests = [read(line).request for line in lines]
    assert [(one.place.app, one.place.host, one.status, one.refused) for one in requests if one] == [
        ("", "", b"200", b"-"),
        ("", "", b"401", b"-"),
        ("", "", b"403", b"address"),
    ]
    for word in (b"Basic", KNOWN[6:].encode(), b"b3BzOndyb25n", b"sesame", b"ops"):
        assert word not in b"".join(lines)


def test_what_goes_well_is_not_logged_by_the_monitor(fleet: Fleet) -> None:
    fleet.told(1)
    fleet.ask("/api/v2/alerts", Authorization=KNOWN)
    fleet.plain("/", fleet.loopback, "localhost")
    assert fleet.told(1) == []


def test_the_tunnel_is_asked_nothing_and_has_not_that_name(fleet: Fleet) -> None:
    assert fleet.plain("/", fleet.loopback, "localhost:8000")[0] == 200
    assert fleet.plain("/health", fleet.loopback, "127.0.0.1")[0] == 200
    assert fleet.plain("/", fleet.loopback)[0] == 421


def test_on_the_monitor_balancers_alone_are_heard(fleet: Fleet) -> None:
    """Who has another certificate of the fleet's is told so, and who has none gets no word."""

    def direct(shows: str, name: str = PAGE) -> tuple[int, str]:
        context = ssl._create_unverified_context()
        if shows:
            context.load_cert_chain(fleet.folder / f"{shows}.pem")
        connection = http.client.HTTPSConnection("127.0.0.1", fleet.page, context=context, timeout=5)
        status, _, body = _answer(connection, "/", name, "GET", {"Authorization": KNOWN})
        return status, body

    assert direct("balancer1") == (200, "the page")
    assert direct("balancer1", "localhost")[0] == 421
    assert direct("balancer1", "evil.example")[0] == 421
    assert direct("web1") == (403, "This is the balancers'.")
    for stranger in ("", "forged"):
        with pytest.raises(OSError, match=r"(?i)alert|reset|eof"):
            direct(stranger)


def test_who_guesses_waits_and_nobody_else_does(fleet: Fleet) -> None:
    guesses = [fleet.ask(who=GUESSING, Authorization=f"Basic {base64.b64encode(b'ops:%d' % number).decode()}")[0] for number in range(25)]
    assert guesses == [401] * 21 + [429] * 4
    assert fleet.ask(who=GUESSING, Authorization=KNOWN)[0] == 429
    assert fleet.ask(Authorization=KNOWN)[0] == 200


def test_where_the_monitor_gives_no_answer_it_says_so_as_the_page_understands_it(tmp_path: Path) -> None:
    with running(tmp_path, alone=True) as fleet:
        status, headers, body = fleet.ask("/api/v1/query?query=up", Authorization=KNOWN)
    assert (status, headers["content-type"]) == (503, "application/json")
    assert json.loads(body) == {"error": "the host that watches the fleet gives no answer"}

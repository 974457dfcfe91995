"""What is told to the monitor, and not to visitors: a HAProxy that runs here, by the role's configuration, before hosts of few words."""

import contextlib
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.roles.spellings import OTHER, SAME
from tests.shared.ports import free
from tests.shared.rendered import render
from tests.shared.samples import app

HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(not HAPROXY, reason="HAProxy is not installed here")
RELEASE = "1f0c3a5e7b9d"
HOSTS = {"web1": "127.0.0.11", "web2.example.org": "127.0.0.12"}
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


class Told(BaseHTTPRequestHandler):
    """An app that tells what it was asked; its answer to what is named ``leak`` is of the kind of metrics."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        host, port = self.connection.getsockname()
        body = json.dumps({"host": host, "port": port, "path": self.path, "headers": dict(self.headers)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", EXPOSITION if self.path in ("/leak", "/metrics") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # A balancer that does not want it hangs up
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    do_POST = do_GET

    def version_string(self) -> str:
        """Return the release, by which a health check knows it."""
        return RELEASE

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that says nothing of who hangs up."""

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


def openssl(*words: str, folder: Path) -> None:
    """Run openssl."""
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def certificates(folder: Path) -> None:
    """Make an authority, and certificates of it for a balancer, the monitor and a web host; and of another one for the monitor's name."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    for ca, names in (("ca", ("balancer1", "monitor1", "web1")), ("other", ("forged",))):
        openssl("req", "-x509", *key, "-keyout", f"{ca}.key", "-out", f"{ca}.crt", "-subj", f"/CN={ca}", folder=folder)
        for name in names:
            cn = "monitor1" if name == "forged" else name
            openssl("req", *key[:-2], "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={cn}", folder=folder)
            signed = ("-CA", f"{ca}.crt", "-CAkey", f"{ca}.key", "-CAcreateserial", "-days", "2")
            openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.crt", *signed, folder=folder)
            (folder / f"{name}.pem").write_text((folder / f"{name}.crt").read_text() + (folder / f"{name}.key").read_text())


@dataclass
class Balancer:
    """A HAProxy that runs, and the ports of what is around it."""

    folder: Path
    visitors: int = field(default_factory=free)
    observers: int = field(default_factory=free)
    requests: int = field(default_factory=free)
    statistics: int = field(default_factory=free)
    blue: int = field(default_factory=free)
    green: int = field(default_factory=free)

    def configuration(self) -> str:
        """Return what the role writes, with all that lies elsewhere in the folder."""
        one = app(metrics="/metrics", ports={"blue": self.blue, "green": self.green}, domains=["hello.example"])
        quiet = app(name="quiet", default=False, domains=["quiet.example"], ports={"blue": self.blue, "green": self.green})
        hosts = {name: {"name": name, "address": address, "cores": 1} for name, address in HOSTS.items()}
        fleet = {
            "apps": [one.json(), quiet.json()],
            "hosts": hosts,
            "monitors": ["monitor1"],
            "pages": [],
            "ports": {"balancer": self.observers},
            "identity": self.folder,
        }
        text = render(
            "balancer",
            "etc/haproxy/haproxy.cfg.j2",
            fleet=fleet,
            ansible_facts={"hostler": {"ipv6": False}},
            balancer_port=self.visitors,
            balancer_stats_port=self.statistics,
            balancer_limit_requests=0,
            balancer_limit_errors=0,
            __balancer_map=self.folder / "slots.map",
            __balancer_checked=self.folder / "checked.map",
            __balancer_socket=self.folder / "admin.sock",
            __balancer_states=self.folder / "servers.state",
            __balancer_counts_port=self.requests,
        )
        return text.replace("/etc/haproxy/", f"{self.folder}/")

    def write(self) -> None:
        """Write its files."""
        certificates(self.folder)
        (self.folder / "balancer1.pem").rename(self.folder / "host.pem")
        for name in ("unavailable.html", "maintenance.html", "wait.lua"):
            text = render("balancer", f"etc/haproxy/{name}.j2", __balancer_checked=self.folder / "checked.map")
            (self.folder / name).write_text(text)
        lines = [
            f"{one} blue\n{one}/blue {RELEASE}\n{one}/blue/path /status\n{one}/blue/host {one}.example\n" for one in ("hello", "quiet")
        ]
        (self.folder / "slots.map").write_text("".join(lines))
        (self.folder / "checked.map").write_text("")
        (self.folder / "servers.state").write_text("1\n")
        (self.folder / "haproxy.cfg").write_text(self.configuration())

    def get(self, target: str, name: str = "hello.example", method: str = "GET") -> tuple[int, str]:
        """Return status and body of what a visitor asks for, as he writes it."""
        with socket.create_connection(("127.0.0.1", self.visitors), timeout=5) as sock:
            sock.sendall(f"{method} {target} HTTP/1.1\r\nHost: {name}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode("latin-1"))
            answer = http.client.HTTPResponse(sock, method=method)
            answer.begin()
            return answer.status, answer.read().decode()

    def observe(self, path: str, who: str = "monitor1", method: str = "GET", **headers: str) -> tuple[int, str]:
        """Return status and body of what one with this certificate is told; ssl.SSLError where it is not let in."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        context.check_hostname = False
        if who:
            context.load_cert_chain(self.folder / f"{who}.pem")
        connection = http.client.HTTPSConnection("127.0.0.1", self.observers, context=context, timeout=5)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def statistic(self, proxy: str, column: str) -> int:
        """Return a number that HAProxy has counted."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.folder / "admin.sock"))
            sock.sendall(b"show stat\n")
            head, *rows = b"".join(iter(lambda: sock.recv(65536), b"")).decode().splitlines()
        at = head.split(",").index(column)
        return sum(int(row.split(",")[at] or 0) for row in rows if row.startswith((f"{proxy},FRONTEND,", f"{proxy},BACKEND,")))


@pytest.fixture(scope="module")
def balancer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Balancer]:
    """Return a HAProxy that has both hosts of the app up in blue; green runs on the second alone; and a reader of log lines."""
    found = Balancer(tmp_path_factory.mktemp("balancer"))
    found.folder.chmod(0o755)
    found.write()
    places = [(address, found.blue) for address in HOSTS.values()] + [("127.0.0.12", found.green), ("127.0.0.1", found.requests)]
    servers = [Server(place, Told) for place in places]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    checked = subprocess.run([str(HAPROXY), "-c", "-f", "haproxy.cfg"], cwd=found.folder, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    with (found.folder / "said").open("w") as said:
        process = subprocess.Popen([str(HAPROXY), "-db", "-f", "haproxy.cfg"], cwd=found.folder, stdout=said, stderr=said)
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if found.get("/ready")[0] == 200:
                    break
            time.sleep(0.1)
        assert process.poll() is None, (found.folder / "said").read_text()
        yield found
    finally:
        process.terminate()
        process.wait()
        for server in servers:
            server.shutdown()
            server.server_close()


class TestVisitors:
    """Visitors, who see none of it."""

    @pytest.mark.parametrize("path", SAME)
    def test_however_it_is_written_the_app_is_not_asked(self, balancer: Balancer, path: str) -> None:
        status, body = balancer.get(path)
        # Of what stands behind #, newer HAProxys say that it is no URL
        assert (status, "host" in body) == (400 if "#" in path and status == 400 else 404, False)

    @pytest.mark.parametrize(
        "path", ["http://hello.example/metrics", "HTTP://x@hello.example:80//metrics", "http://hello.example/%6detrics?x"]
    )
    def test_nor_where_the_host_stands_before_it(self, balancer: Balancer, path: str) -> None:
        assert balancer.get(path)[0] in (400, 404)
        assert balancer.get(path.replace("etrics", "odest"))[0] != 404

    @pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PURGE"])
    def test_nor_by_another_method(self, balancer: Balancer, method: str) -> None:
        assert balancer.get("/metrics", method=method)[0] == 404

    @pytest.mark.parametrize("path", OTHER)
    def test_other_paths_are_the_app_s(self, balancer: Balancer, path: str) -> None:
        status, body = balancer.get(path)
        assert (status, json.loads(body)["path"]) == (200, path)

    def test_another_app_has_that_path_for_itself(self, balancer: Balancer) -> None:
        """And whatever kind of answer it has."""
        assert [json.loads(balancer.get(path, "quiet.example")[1])["path"] for path in ("/metrics", "/leak")] == ["/metrics", "/leak"]

    def test_an_answer_of_that_kind_is_none_for_them_whatever_it_was_asked_for(self, balancer: Balancer) -> None:
        assert balancer.get("/leak") == (404, "There is nothing here.")

    def test_a_name_that_is_nobody_s_is_the_default_app_s(self, balancer: Balancer) -> None:
        assert balancer.get("/metrics", "127.0.0.1")[0] == 404


class TestMonitor:
    """The monitor, which is told."""

    def test_haproxy_s_own_counts_are_told(self, balancer: Balancer) -> None:
        status, body = balancer.observe("/haproxy")
        assert status == 200
        assert 'haproxy_server_status{proxy="hello_blue",server="web1",state="UP"} 1' in body
        assert balancer.observe("/haproxy?scope=server")[0] == 200

    def test_what_reads_the_log_lines_is_asked(self, balancer: Balancer) -> None:
        status, body = balancer.observe("/requests")
        assert (status, json.loads(body)["port"], json.loads(body)["path"]) == (200, balancer.requests, "/metrics")

    @pytest.mark.parametrize("host", HOSTS)
    def test_an_app_is_asked_on_that_very_host(self, balancer: Balancer, host: str) -> None:
        for _ in range(3):
            status, body = balancer.observe(f"/apps/hello/blue/{host}", **{"X-Request-ID": "x", "X-Forwarded-For": "192.0.2.66"})
            said = json.loads(body)
            assert (status, said["host"], said["port"], said["path"]) == (200, HOSTS[host], balancer.blue, "/metrics")
        # By its own name, and as a health check, which no log has
        assert {key.lower(): value for key, value in said["headers"].items()} == {
            "host": "hello.example",
            "user-agent": "hostler-check",
        } | {key: value for key, value in ((key.lower(), value) for key, value in said["headers"].items()) if key == "accept-encoding"}

    def test_where_it_does_not_run_nobody_else_answers(self, balancer: Balancer) -> None:
        """Though the other host does, on that slot's port."""
        assert balancer.observe("/apps/hello/green/web1")[0] == 503
        status, body = balancer.observe("/apps/hello/green/web2.example.org")
        assert (status, json.loads(body)["port"]) == (200, balancer.green)

    @pytest.mark.parametrize(
        "path",
        [
            *("/", "/metrics", "/haproxy/", "/Haproxy", "//haproxy", "/requests/x", "/apps", "/apps/hello/blue", "/apps/hello/blue/"),
            *("/apps/hello/red/web1", "/apps/hello/blue/web3", "/apps/hello/blue/web1/x", "/apps/hello/blue/web2xexample.org"),
            *("/apps/quiet/blue/web1", "/apps/none/blue/web1", "/apps/hello/blue/127.0.0.1", "/apps//hello/blue/web1", "/;csv"),
        ],
    )
    def test_there_is_nothing_else(self, balancer: Balancer, path: str) -> None:
        assert balancer.observe(path) == (404, "There is nothing here.")

    @pytest.mark.parametrize("path", ["/haproxy", "/requests", "/apps/hello/blue/web1"])
    def test_it_only_asks(self, balancer: Balancer, path: str) -> None:
        assert balancer.observe(path, method="POST")[0] == 404

    @pytest.mark.parametrize("path", ["/haproxy", "/requests", "/apps/hello/blue/web1", "/none"])
    def test_another_host_of_the_fleet_is_told_nothing(self, balancer: Balancer, path: str) -> None:
        assert balancer.observe(path, who="web1") == (403, "This is the monitor's.")

    @pytest.mark.parametrize("who", ["", "forged"])
    def test_who_has_no_certificate_of_the_fleet_s_is_not_let_in(self, balancer: Balancer, who: str) -> None:
        with pytest.raises(OSError, match=r"(?i)alert|reset|eof"):
            balancer.observe("/haproxy", who=who)

    def test_what_it_asks_for_is_no_visit(self, balancer: Balancer) -> None:
        """By these counts a canary and a release that is just live are judged."""
        before = [balancer.statistic(proxy, "req_tot") for proxy in ("visitors", "hello_blue", "hello_blue_late")]
        asked = balancer.statistic("observers", "req_tot")
        for path in ("/apps/hello/blue/web1", "/apps/hello/green/web1", "/haproxy", "/requests"):
            balancer.observe(path)
        assert [balancer.statistic(proxy, "req_tot") for proxy in ("visitors", "hello_blue", "hello_blue_late")] == before
        assert balancer.statistic("observers", "req_tot") == asked + 4


def test_a_fleet_without_a_monitor_has_none_of_it() -> None:
    fleet = {"apps": [app(metrics="/metrics").json()], "hosts": {}, "monitors": [], "pages": []}
    text = render(
        "balancer",
        "etc/haproxy/haproxy.cfg.j2",
        fleet={**fleet, "hosts": {"web1": {"name": "web1", "address": "192.0.2.1", "cores": 1}}},
        ansible_facts={"hostler": {"ipv6": True}},
    )
    assert "observers" not in text
    assert "9101" not in text
    # Visitors are told nothing all the same
    assert "There is nothing here." in text

"""Those who are told of alerts: what takes mail and what takes HTTP, on this machine; and an Alertmanager that tells them."""

from __future__ import annotations

import json
import socketserver
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.shared.ports import free
from tests.shared.tools import tool

BESIDE = Path("/usr/share/prometheus/alertmanager")  # where Debian's Alertmanager looks for its own templates


class Inbox(socketserver.ThreadingTCPServer):
    """What takes mail; `mails` has each as its subject and its text."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        """Listen on the loopback interface."""
        self.mails: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), Letterbox)


class Letterbox(socketserver.StreamRequestHandler):
    """One delivery, of the little of SMTP that is needed."""

    server: Inbox

    def handle(self) -> None:
        """Take mails until the other side ends."""
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "DATA":
                self._say("354 go on")
                lines: list[str] = []
                while (part := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(part)
                mail = message_from_string("\n".join(lines), policy=default)
                text = mail.get_body(("plain",))
                self.server.mails.append((str(mail["Subject"]), text.get_content() if text else ""))
            self._say("221 bye" if verb == "QUIT" else "250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Web(ThreadingHTTPServer):
    """What takes HTTP; `posts` has each as its path, its authorization and its JSON."""

    def __init__(self) -> None:
        """Listen on the loopback interface."""
        self.posts: list[tuple[str, str, Any]] = []
        super().__init__(("127.0.0.1", 0), Door)

    def at(self, path: str) -> list[Any]:
        """Return what was posted there."""
        return [body for where, _, body in self.posts if where == path]


class Door(BaseHTTPRequestHandler):
    """One request."""

    server: Web

    def do_POST(self) -> None:
        """Note it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, self.headers.get("Authorization", ""), json.loads(body)))
        self.send_response(200)
        self.end_headers()
        # Of Telegram's API
        self.wfile.write(b'{"ok": true}')

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def listening(server: socketserver.TCPServer) -> Iterator[int]:
    """Have a server take what comes, at the port that is returned."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Alertmanager:
    """One that runs, with a configuration."""

    def __init__(self, url: str) -> None:
        """Take its address."""
        self.url = url

    def post(self, *alerts: dict[str, Any]) -> None:
        """Have it told of alerts, as Prometheus does."""
        body = json.dumps(alerts).encode()
        request = urllib.request.Request(f"{self.url}/api/v2/alerts", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10):
            pass


@contextmanager
def alertmanager(config: Path) -> Iterator[Alertmanager]:
    """Run one of Debian's with a configuration, alone and on the loopback interface."""
    port = free()
    program = tool("prometheus-alertmanager")
    command = [
        *([] if (BESIDE / "default.tmpl").exists() else _with_templates(program)),
        str(program),
        f"--config.file={config}",
        f"--storage.path={config.parent / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (config.parent / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/-/ready", process)
            yield Alertmanager(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def _with_templates(program: Path) -> list[str]:
    """Return what runs the program where its own templates are in the place that is built into it, for it alone."""
    lay = f'mount -t tmpfs none /usr/share && mkdir -p {BESIDE} && cp "$0"/*.tmpl {BESIDE} && exec "$@"'
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", lay, str(program.parent)]


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "it has ended"
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")

"""The page's files and a fleet's answers, served as the proxy on the monitor host does it, with its headers."""

import json
import re
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.page.world import World
from tests.shared.rendered import render
from tests.shared.samples import ROOT

ROLE = ROOT / "roles/monitor"
PAGE = ROLE / "files/usr/share/hostler/page"
FILES: dict[str, str] = yaml.safe_load((ROLE / "vars/main.yml").read_text(encoding="utf-8"))["__monitor_page_files"]


def proxy(log: str = "", **variables: Any) -> str:
    """Return the proxy's configuration without the door for journals, for who may not be root; it has a log where its address is named."""
    fleet = {"ports": {"journals": 19532}, "web": [], "balancers": [], "pages": [], "identity": "/etc/ssl/hostler"}
    given = {"__monitor_runbooks": [], "fleet": fleet, "ansible_facts": {"hostler": {"ipv6": False}}}
    page, door, _ = render("monitor", "etc/haproxy/haproxy.cfg.j2", **{**given, **variables}).partition("\n# The hosts' journals")
    assert door
    left_out = r"^ +(?:user|group) .*\n" if log else r"^ +(?:user|group|log) .*\n"
    return re.sub(left_out, "", page, flags=re.MULTILINE).replace("log /dev/log", f"log {log}") + "\n"


@cache
def headers() -> dict[str, str]:
    """Return the headers that the proxy gives every answer."""
    found = re.findall(r'http-after-response set-header (\S+) "?([^"\n]+)"?', proxy())
    assert "Content-Security-Policy" in dict(found)
    return dict(found)


class Served(ThreadingHTTPServer):
    """A server of the page; its `world` may be changed while it runs."""

    daemon_threads = True

    def __init__(self, world: World) -> None:
        """Listen on a free port, and answer from a thread of its own."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.world = world
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """End it."""
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers as the proxy does."""

    server: Served

    def do_GET(self) -> None:
        """Answer with a file of the page, or what the world says."""
        asked = urlsplit(self.path)
        name = asked.path[1:] or "index.html"
        if name in FILES:
            self.reply(200, FILES[name], (PAGE / name).read_bytes())
        elif asked.path.startswith("/api/"):
            status, said = self.server.world.answer(asked.path, asked.query)
            self.reply(status, "application/json", json.dumps(said).encode())
        else:
            self.reply(404, "text/plain", b"There is no such page.")

    def reply(self, status: int, kind: str, body: bytes) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in {**headers(), "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

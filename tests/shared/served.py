"""A server on loopback in the place of a slot."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ansible_collections.hostler.fleet.plugins.module_utils.host.health import Health


class Server(ThreadingHTTPServer):
    """A server on loopback that answers as it is told; the last answer stays."""

    daemon_threads = True

    def __init__(self, *answers: tuple[int, str], location: str = "") -> None:
        """Take answers as status and Server header; status 0 hangs. Each has the Location, if any, and comes after `delay` seconds."""
        self.answers = list(answers)
        self.location = location
        self.delay = 0.0
        self.seen: list[tuple[str, str | None, str | None]] = []
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    def __enter__(self) -> "Server":
        """Serve."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.ended.set()
        self.shutdown()
        self.server_close()

    def health(self) -> Health:
        """Return a check of this server."""
        return Health(self.server_port, "/status", "www.example.org")


class Handler(BaseHTTPRequestHandler):
    """Answers GET."""

    server: Server

    def do_GET(self) -> None:
        """Give the next answer."""
        told = self.server
        told.seen.append((self.path, self.headers["Host"], self.headers["User-Agent"]))
        status, name = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
        if not status:
            told.ended.wait()
            return
        told.ended.wait(told.delay)
        self.send_response_only(status)
        self.send_header("Server", name)
        self.send_header("Content-Length", "0")
        if told.location:
            self.send_header("Location", told.location)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

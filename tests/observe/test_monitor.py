"""What the host that watches tells, by what Prometheus answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.observe import judged, lasting
from ansible_collections.hostler.fleet.plugins.module_utils.observe.judged import Watched
from ansible_collections.hostler.fleet.plugins.module_utils.observe.monitor import Monitor
from tests.observe.test_judged import series
from tests.observe.told import told
from tests.shared.judged import OLD, Fleet


class Prometheus(HTTPServer):
    """Answers one question."""

    def __init__(self, fleet: Fleet) -> None:
        """Take the fleet that it watches."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.fleet = fleet


class Handler(BaseHTTPRequestHandler):
    """Speaks for it."""

    server: Prometheus

    def do_POST(self) -> None:
        """Answer."""
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert (self.path, asked) == ("/api/v1/query", {"query": [judged.QUESTION]})
        found = [{"metric": one.labels, "value": [0, str(float(one.value))]} for one in series(self.server.fleet, 4_000_000_000)]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"status": "success", "data": {"resultType": "vector", "result": found}}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def prometheus() -> Iterator[Prometheus]:
    """Return one that watches a fleet that is well."""
    with Prometheus(Fleet()) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_problems_are_told_by_what_prometheus_knows_now(prometheus: Prometheus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "SECONDS", 0)
    monitor = Monitor(Watched(["hello"], [], ["web1", "web2"]), f"http://127.0.0.1:{prometheus.server_port}")
    assert told(monitor.of_problems()) == {}
    prometheus.fleet.web["web2"]["apps"]["hello"]["green"].update(release=OLD)
    [problem] = told(monitor.of_problems())
    assert problem.startswith('hostler_problem{kind="problem",text="web2: the live slot green of hello links ')


def test_where_prometheus_gives_no_answer_nothing_of_before_is_told(prometheus: Prometheus) -> None:
    monitor = Monitor(Watched(["hello"], [], ["web1", "web2"]), f"http://127.0.0.1:{prometheus.server_port}")
    prometheus.shutdown()
    prometheus.server_close()
    with pytest.raises(OSError, match=r"refused|reset"):
        told(monitor.of_problems())

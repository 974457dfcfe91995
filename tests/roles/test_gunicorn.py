"""Gunicorn itself, with the settings of a release: what an app of each interface answers, logs, and is told when it stops."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host.health import Health
from tests.shared.rendered import gunicorn
from tests.shared.samples import app, write

RELEASE = "1f0c3a5e7b9d"
# The one for ASGI names a server of its own, as an app may
WSGI = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
ASGI = """\
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            print("told", kind, flush=True)
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"Server", b"mine"), (b"Content-Length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
"""
SOURCES = {"wsgi": WSGI, "asgi": ASGI}


@contextmanager
def running(folder: Path, interface: str, *balancers: str, hooks: str = "") -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """Have Gunicorn serve an app of this interface, on a free port; what it prints is in ``output`` in the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    keys = {"interface": interface, "ports": {"blue": port, "green": 1024}, "gunicorn_hooks": "hooks.py" if hooks else ""}
    settings = gunicorn(app(**keys, processes=1, timeout=1), *balancers)
    write(folder, {f"{RELEASE}/gunicorn.conf.py": settings, f"{RELEASE}/app/hooks.py": hooks, "app.py": SOURCES[interface]})
    command = [sys.executable, "-m", "gunicorn", "--config", f"{RELEASE}/gunicorn.conf.py"]
    environment = {"SLOT": "blue", "PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
    with (
        (folder / "output").open("w") as output,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True) as process,
    ):
        try:
            assert Health(port, "/status", "localhost").wait(RELEASE, seconds=20) == "", (folder / "output").read_text()
            yield port, process
        finally:
            process.terminate()
            process.wait(20)


def logged(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of requests."""
    return [json.loads(line) for line in (folder / "output").read_text().splitlines() if line.startswith("{")]


@pytest.mark.parametrize("interface", SOURCES)
def test_an_answer_carries_the_release_and_is_logged(interface: str, tmp_path: Path) -> None:
    visit = {"X-Request-ID": "f00", "X-Forwarded-For": "198.51.100.7"}
    with running(tmp_path, interface) as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/a?b=c", headers=visit)
        answer = connection.getresponse()
        assert (answer.status, answer.read(), answer.headers.get_all("Server")) == (200, b"ok", [RELEASE])
        connection.close()
    [line] = logged(tmp_path)
    assert isinstance(line.pop("ms"), float)
    expected = {"request_id": "f00", "method": "GET", "path": "/a", "status": 200, "bytes": 2}
    assert line == {**expected, "release": RELEASE}


@pytest.mark.parametrize("interface", SOURCES)
def test_a_long_query_and_many_cookies_are_taken(interface: str, tmp_path: Path) -> None:
    with running(tmp_path, interface) as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", f"/?q={'x' * 8000}", headers={"Cookie": "c=" + "y" * 16000})
        assert connection.getresponse().read() == b"ok"
        connection.close()


HOOKS = """\
bind = "unix:/nowhere"
workers = 3
server_side = []

def on_starting(server):
    print("hook on_starting", flush=True)

def post_fork(server, worker):
    print("hook post_fork", open("/proc/self/oom_score_adj").read().strip(), flush=True)

def post_worker_init(worker):
    print("hook post_worker_init", flush=True)

def worker_exit(server, worker):
    print("hook worker_exit", server_side, flush=True)
"""


@pytest.mark.parametrize("interface", SOURCES)
def test_hooks_of_the_app_are_called_beside_ours_and_its_settings_are_not_heeded(interface: str, tmp_path: Path) -> None:
    with running(tmp_path, interface, hooks=HOOKS) as (port, process):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().headers.get_all("Server") == [RELEASE]
        connection.close()
        process.terminate()
        process.wait(20)
    told = [line for line in (tmp_path / "output").read_text().splitlines() if line.startswith("hook")]
    assert told == ["hook on_starting", "hook post_fork 500", "hook post_worker_init", "hook worker_exit []"]


def test_an_asgi_app_is_told_of_its_start_and_of_its_end_even_when_connections_are_kept(tmp_path: Path) -> None:
    with running(tmp_path, "asgi") as (port, process):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        connection.getresponse().read()
        process.terminate()
        assert process.wait(20) == 0
        connection.close()
    told = [line for line in (tmp_path / "output").read_text().splitlines() if line.startswith("told")]
    assert told == ["told lifespan.startup", "told lifespan.shutdown"]


@pytest.mark.parametrize("interface", SOURCES)
def test_an_app_that_does_not_import_is_refused_with_its_traceback(interface: str, tmp_path: Path) -> None:
    write(tmp_path, {f"{RELEASE}/gunicorn.conf.py": gunicorn(app(interface=interface)), "app.py": "import no_such_module\n"})
    command = [sys.executable, "-m", "gunicorn", "--check-config", "--config", f"{RELEASE}/gunicorn.conf.py"]
    done = subprocess.run(command, cwd=tmp_path, env={"SLOT": "blue"}, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "No module named 'no_such_module'" in done.stderr


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this machine has no IPv6")
def test_in_a_fleet_of_ipv6_it_is_reached_by_that_and_by_the_host_s_own_check(tmp_path: Path) -> None:
    with running(tmp_path, "wsgi", "2001:db8::11") as (port, _):
        connection = http.client.HTTPConnection("::1", port, timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()

"""What runs on a web host: where an app's parts lie, whether a release is healthy, what may be removed."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ansible.module_utils.hostler_release import host, prune
from ansible.module_utils.hostler_release.host import App, Failed, Health

from roles.release.library import stage_release, start_slot
from tests.samples import run_module


def test_the_parts_of_an_app_lie_below_srv() -> None:
    app = App("hello")
    assert (app.home, app.release("1f0c"), app.slot("blue")) == (
        Path("/srv/hello"),
        Path("/srv/hello/releases/1f0c"),
        Path("/srv/hello/slots/blue"),
    )
    assert app.unit("blue") == "hello@blue.service"


class TestLink:
    """A link that is replaced in one step."""

    def test_it_is_made_and_replaced(self, tmp_path: Path) -> None:
        for target in ("../releases/one", "../releases/two"):
            host.link(tmp_path / "blue", target)
            assert os.readlink(tmp_path / "blue") == target

    def test_there_is_no_moment_without_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise OSError("Interrupted")

        host.link(tmp_path / "blue", "one")
        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="Interrupted"):
            host.link(tmp_path / "blue", "two")
        assert os.readlink(tmp_path / "blue") == "one"

    def test_what_an_interrupted_run_left_is_no_hindrance(self, tmp_path: Path) -> None:
        (tmp_path / f".blue.{os.getpid()}").symlink_to("half")
        host.link(tmp_path / "blue", "one")
        assert [path.name for path in tmp_path.iterdir()] == ["blue"]


class TestCommand:
    """Commands of the host."""

    def test_a_command_that_has_to_succeed_gives_its_output(self) -> None:
        assert host.must("echo", "fine") == "fine\n"

    def test_a_command_that_fails_is_told_with_what_it_said(self) -> None:
        with pytest.raises(Failed, match="'ls /no/such/folder' failed: .*No such file or directory"):
            host.must("ls", "/no/such/folder")


class TestUnits:
    """What systemd tells of units."""

    def test_each_is_told_by_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = "Id=hello@blue.service\nMainPID=7\nMemoryCurrent=[not set]\n\nId=hello@green.service\nMainPID=0\nMemoryCurrent=a=b\n"
        asked: list[tuple[str, ...]] = []

        def must(*command: str) -> str:
            asked.append(command)
            return said

        monkeypatch.setattr(host, "must", must)
        assert host.show(["hello@blue.service", "hello@green.service"], "MainPID", "MemoryCurrent") == {
            "hello@blue.service": {"Id": "hello@blue.service", "MainPID": "7", "MemoryCurrent": "[not set]"},
            "hello@green.service": {"Id": "hello@green.service", "MainPID": "0", "MemoryCurrent": "a=b"},
        }
        assert "--property=Id,MainPID,MemoryCurrent" in asked[0]

    def test_nobody_is_asked_of_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(host, "must", lambda *_: pytest.fail("without a name systemd tells of all that is loaded"))
        assert host.show([], "MainPID") == {}


class TestHealthOfASlot:
    """Where its path and host come from."""

    APP: ClassVar = {"name": "hello", "ports": {"blue": 8101, "green": 8102}, "check": {"path": "/status", "host": "localhost"}}

    def test_the_map_comes_before_the_app(self) -> None:
        entries = {"hello/blue/path": "/ready", "hello/blue/host": "www.example.org", "hello/green/path": "/other"}
        assert Health.of(self.APP, "blue", entries) == Health(8101, "/ready", "www.example.org")
        assert Health.of(self.APP, "green", entries) == Health(8102, "/other", "localhost")


class Server(ThreadingHTTPServer):
    """A server on loopback that answers as it is told; the last answer stays."""

    daemon_threads = True

    def __init__(self, *answers: tuple[int, str]) -> None:
        """Take answers as status and Server header; status 0 hangs."""
        self.answers = list(answers)
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
        self.send_response_only(status)
        self.send_header("Server", name)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def closed() -> Iterator[Health]:
    """Return a check of a port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield Health(sock.getsockname()[1], "/status", "localhost")


def greet(server: socket.socket) -> None:
    """Greet one client as a mail server does."""
    with server.accept()[0] as connection:
        connection.sendall(b"220 mail\r\n")
        connection.recv(65536)


class TestHealth:
    """Whether a release is healthy."""

    def test_it_is_healthy_if_the_release_itself_answers_200(self) -> None:
        with Server((200, "new")) as server:
            assert server.health().wrong("new") == ""
        assert server.seen == [("/status", "www.example.org", "hostler-check")]

    @pytest.mark.parametrize(("name", "said"), [("old", "old"), ("", "something else")])
    def test_another_release_is_not_taken_for_it(self, name: str, said: str) -> None:
        with Server((200, name)) as server:
            assert server.health().wrong("new") == f"port {server.server_port} is answered by {said}, not by the release new"

    @pytest.mark.parametrize("status", [204, 301, 404, 500, 503])
    def test_any_answer_but_200_is_wrong(self, status: int) -> None:
        with Server((status, "new")) as server:
            assert server.health().wrong("new") == f"GET /status answered {status}, not 200"

    def test_a_hang_is_wrong(self) -> None:
        with Server((0, "new")) as server:
            assert server.health().ask(timeout=0.05) == ("GET /status did not answer within 0.05 s", "")

    def test_a_closed_port_is_wrong(self, closed: Health) -> None:
        assert closed.wrong("new") == f"GET /status on port {closed.port} failed: [Errno 111] Connection refused"

    def test_what_is_no_http_is_wrong(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            greeter = threading.Thread(target=greet, args=[server])
            greeter.start()
            assert "failed: 220 mail" in Health(server.getsockname()[1], "/", "localhost").wrong("new")
            greeter.join()


class TestWait:
    """Waiting for a release to be healthy."""

    def test_a_release_becomes_healthy_in_its_time(self) -> None:
        with Server((503, "new"), (200, "old"), (200, "new")) as server:
            assert server.health().wait("new", 30, pause=0) == ""
        assert len(server.seen) == 5

    def test_one_good_answer_between_bad_ones_is_not_enough(self) -> None:
        with Server((200, "new"), (200, "new"), (503, "new"), (200, "new")) as server:
            assert server.health().wait("new", 30, pause=0) == ""
        assert len(server.seen) == 6

    def test_what_was_last_wrong_is_told(self) -> None:
        with Server((404, "new"), (503, "new")) as server:
            assert server.health().wait("new", 0.05, pause=0.01) == "GET /status answered 503, not 200"

    def test_time_running_out_does_not_make_it_healthy(self) -> None:
        with Server((200, "new"), (200, "new"), (503, "new")) as server:
            assert server.health().wait("new", 0, pause=0) == "GET /status answered 503, not 200"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """Return an app with five releases, one a minute, the first two of one venv; blue runs the oldest, green the newest."""
    monkeypatch.setattr(App, "home", property(lambda app: tmp_path / "srv" / app.name))
    app = App("hello")
    for folder in ("releases", "venvs", "slots"):
        (app.home / folder).mkdir(parents=True)
    for age, (release, venv) in enumerate([("a", "v4"), ("d", "v3"), ("b", "v2"), ("c", "v1"), ("e", "v1")]):
        (app.home / "venvs" / venv).mkdir(exist_ok=True)
        app.release(release).mkdir()
        (app.release(release) / "venv").symlink_to(f"../../venvs/{venv}")
        os.utime(app.release(release), (0, 1_000_000 - 60 * age))
    host.link(app.slot("blue"), "../releases/e")
    host.link(app.slot("green"), "../releases/a")
    return app


def surplus(app: App, keep: int) -> list[str]:
    return [path.name for path in prune.surplus(app, keep)]


class TestSurplus:
    """Which releases and venvs may go."""

    @pytest.mark.parametrize(("keep", "gone"), [(5, []), (4, ["c"]), (3, ["c", "b", "v2"]), (2, ["c", "b", "d", "v2", "v3"])])
    def test_the_oldest_go_first_and_venvs_with_their_last_release(self, app: App, keep: int, gone: list[str]) -> None:
        found = surplus(app, keep)
        assert [*(name for name in found if len(name) == 1), *sorted(name for name in found if len(name) > 1)] == gone

    def test_what_is_in_a_slot_stays(self, app: App) -> None:
        assert not {"a", "e", "v1", "v4"} & set(surplus(app, 0))

    def test_what_is_about_to_be_used_stays(self, app: App) -> None:
        assert not {"c", "v1"} & {path.name for path in prune.surplus(app, 0, spared=["c"])}

    def test_what_killed_runs_left_half_done_is_found_and_nothing_else(self, app: App) -> None:
        parts = {app.home / "releases/.f.part", app.home / "venvs/.v5.part"}
        for part in parts:
            (part / "inner").mkdir(parents=True)
        assert set(prune.half_done(app)) == parts
        prune.remove(prune.half_done(app))
        assert prune.half_done(app) == []
        assert app.release("a").is_dir()

    def test_a_release_that_is_removed_only_in_part_is_none_any_more(self, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shutil.rmtree", lambda _: None)  # as a run that is killed here
        prune.remove([app.release("c")])
        assert not app.release("c").exists()
        assert prune.half_done(app) == [app.home / "releases/.c.part"]

    def test_an_empty_slot_keeps_nothing(self, app: App) -> None:
        app.slot("blue").unlink()
        assert sorted(surplus(app, 1)) == ["b", "c", "d", "e", "v1", "v2", "v3"]

    def test_a_venv_without_a_release_goes(self, app: App) -> None:
        (app.home / "venvs" / "v0").mkdir()
        assert surplus(app, 5) == ["v0"]

    def test_what_is_being_made_stays(self, app: App) -> None:
        for part in ("releases/.f.part", "venvs/.v5.part"):
            (app.home / part).mkdir()
        assert surplus(app, 5) == []

    def test_srv_may_be_a_link_to_another_disk(self, app: App, tmp_path: Path) -> None:
        (tmp_path / "srv").rename(tmp_path / "disk")
        (tmp_path / "srv").symlink_to("disk")
        assert surplus(app, 5) == []

    def test_a_host_without_the_app_has_none(self, app: App) -> None:
        assert surplus(App("other"), 2) == []


@pytest.mark.parametrize(
    "head",
    [b"#!/tmp/x/bin/python3.13\n", b"#!/opt/a b/python\n", b"#!/bin/sh\n'''exec' '/long/path/python' \"$0\" \"$@\"\n' '''\n"],
)
def test_the_interpreter_of_a_script_is_replaced_and_nothing_else(head: bytes) -> None:
    assert stage_release.INTERPRETER.sub(b"#!new\n", head + b"import sys\n#!python\n") == b"#!new\nimport sys\n#!python\n"


def test_a_program_that_is_no_python_stays_as_it_is() -> None:
    program = b"\x7fELF\x00#!python\n"
    assert stage_release.INTERPRETER.sub(b"#!new\n", program) == program


class TestStart:
    """``start_slot``."""

    @pytest.mark.parametrize(("given", "stops"), [("a", True), ("b", False)])
    def test_a_slot_that_has_another_release_by_now_is_not_stopped(
        self, app: App, given: str, stops: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[str] = []

        def run(*command: str, **_: object) -> subprocess.CompletedProcess[str]:
            done.append(command[1])
            if command[1] == "restart":
                host.link(app.slot("green"), f"../releases/{given}")  # as the next run does while this one still waits
            return subprocess.CompletedProcess(command, 0, "", "")

        monkeypatch.setattr(start_slot, "run", run)
        monkeypatch.setattr(host, "run", run)
        with Server((503, "a")) as server, pytest.raises(Failed, match="answered 503"):
            start_slot.start(app, "green", "a", server.health(), 0, live=False)
        assert ("stop" in done) is stops


def test_what_a_killed_run_still_lays_out_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next run would remove what it takes for left behind, or both would write into one folder."""
    monkeypatch.setattr(App, "home", tmp_path)
    app, venv = App("hello"), tmp_path / f"venvs/aaaa-{stage_release.PYTHON}"
    given: dict[str, Any] = {"name": "hello", "release": "1f0c", "lock": "aaaa", "env": "", "settings": "", "keep": 5}
    with ThreadPoolExecutor() as pool:
        with host.alone(app):
            staged = pool.submit(run_module, stage_release, monkeypatch, **given)
            with pytest.raises(TimeoutError):
                staged.result(timeout=0.3)
            for folder in (venv, app.release("1f0c")):
                folder.mkdir(parents=True)
            (app.release("1f0c") / "venv").symlink_to(stage_release.place(venv))
        assert staged.result() == {"failed": False, "changed": False, "needs": []}
    assert run_module(stage_release, monkeypatch, **{**given, "release": "2a1d"})["needs"] == ["bundle"]

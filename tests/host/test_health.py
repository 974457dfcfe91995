"""Whether a release is healthy."""

import re
import socket
import threading
from collections.abc import Iterator

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import health
from ansible_collections.hostler.fleet.plugins.module_utils.host.health import Health
from tests.shared.samples import app
from tests.shared.served import Server


class TestHealthOfASlot:
    """Where its path and host come from."""

    def test_the_map_comes_before_the_app(self) -> None:
        given = app(ports={"blue": 8101, "green": 8102})
        entries = {"hello/blue/path": "/ready", "hello/blue/host": "www.example.org", "hello/green/path": "/other"}
        assert Health.of(given, "blue", entries) == Health(8101, "/ready", "www.example.org")
        assert Health.of(given, "green", entries) == Health(8102, "/other", "localhost")


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

    @pytest.mark.parametrize(
        ("status", "location", "said"),
        [
            (308, "/status/", "308, not 200: it redirects to /status/; write 'health: /status/'"),
            (
                301,
                "http://www.example.org/status/",
                "301, not 200: it redirects to http://www.example.org/status/; write 'health: /status/'",
            ),
            (302, "/login?next=/status&key=hunter2", "302, not 200: it redirects to /login; for 'health', name a path that answers 200"),
            (
                307,
                "https://www.example.org/status",
                "307, not 200: it redirects to https://www.example.org/status; the check is plain HTTP",
            ),
            (301, "http://example.org/status", "it redirects to http://example.org/status; the check asks under the first of 'domains'"),
            (301, "//example.org/status", "the check asks under the first of 'domains', www.example.org; put example.org first"),
            (302, "/status", "it redirects to /status; for 'health', name a path"),
            (302, "login", "it redirects to login; for 'health', name a path"),
            (304, "", "304, not 200"),
            (404, "/elsewhere", "404, not 200"),
        ],
    )
    def test_a_redirect_is_told_with_where_it_goes_and_what_to_do(self, status: int, location: str, said: str) -> None:
        with Server((status, "new"), location=location) as server:
            wrong = server.health().wrong("new")
        assert said in wrong
        assert wrong.startswith("GET /status answered ")
        assert "hunter2" not in wrong
        assert ("redirects" in wrong) == bool(location and status < 400)

    def test_a_location_that_is_no_address_is_shown_as_far_as_it_can_be(self) -> None:
        assert (
            Health(1, "/status", "a.example")
            .redirected("http://[::1/\x1b" + "x" * 500)
            .startswith(": it redirects to http://[::1/\\x1bxxx")
        )

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

    def test_a_host_that_is_slow_to_answer_is_given_more_time_for_each_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "PATIENCE", (0.02, 0.05, 5.0))
        with Server((200, "new")) as server:
            server.delay = 0.2
            assert server.health().wait("new", 30, pause=0) == ""
        assert len(server.seen) == 5

    def test_but_no_more_than_it_has_altogether(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "PATIENCE", (0.02, 5.0))
        with Server((0, "new")) as server:
            wrong = server.health().wait("new", 0.2, pause=0)
        assert re.fullmatch(r"GET /status did not answer within 0\.\d+ s", wrong)

"""The program that reads lines: between sockets of its own, as systemd hands them on, and a journal that takes what is written."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.observe import requests
from ansible_collections.hostler.fleet.plugins.module_utils.observe.entry import Journal
from tests.observe.test_line import line
from tests.shared.samples import ROOT

MODULE = requests.__name__
PATH = f"import sys; from {MODULE.rsplit('.', 1)[0]} import entry; entry.Journal.__init__.__defaults__ = (sys.argv[1],)"


class Taken(threading.Thread):
    """A journal that keeps what it is given."""

    def __init__(self, path: Path) -> None:
        """Listen at a path."""
        super().__init__(daemon=True)
        self.path, self.entries = path, list[dict[str, str]]()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.start()

    def run(self) -> None:
        """Keep."""
        while entry := self.socket.recv(65536):
            self.entries.append(dict(field.split("=", 1) for field in entry.decode().splitlines()))

    def close(self) -> None:
        """End it: by an entry of nothing."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", str(self.path))
        self.join(20)
        self.socket.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Taken]:
    """Return a journal."""
    taken = Taken(tmp_path / "journal")
    yield taken
    taken.close()


def until(true: Callable[[], bool]) -> bool:
    """Wait, for a while, until something is true."""
    end = time.monotonic() + 20
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


class Sockets:
    """What systemd holds: it stays while programs come and go."""

    def __init__(self) -> None:
        """Open both."""
        self.lines = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.lines.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.lines.bind(("127.0.0.1", 0))
        self.asked = socket.create_server(("127.0.0.1", 0))
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.connect(self.lines.getsockname())

    def close(self) -> None:
        """Close them."""
        for each in (self.lines, self.asked, self.client):
            each.close()

    def metrics(self) -> dict[str, float]:
        """Return what the program has counted."""
        host, port = self.asked.getsockname()
        with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
        return {name: float(value) for name, value in (one.rsplit(" ", 1) for one in text.splitlines() if not one.startswith("#"))}


@contextmanager
def running(sockets: Sockets, journal: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Have the program run as systemd does."""
    # What systemd hands on are the descriptors 3 and 4
    program = f"{PATH}; import os; os.dup2({sockets.lines.fileno()}, 103); os.dup2({sockets.asked.fileno()}, 104)"
    program += f"; os.dup2(103, 3); os.dup2(104, 4); from {MODULE} import main; main()"
    kept = [sockets.lines.fileno(), sockets.asked.fileno()]
    environment = {**os.environ, "LISTEN_FDS": "2", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", program, str(journal)], env=environment, pass_fds=kept) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    """Return the sockets."""
    held = Sockets()
    yield held
    held.close()


LABELS = 'app="hello",slot="green",host="web1"'


def test_every_line_is_counted_and_written_also_over_a_start_anew(sockets: Sockets, journal: Taken) -> None:
    """What comes while no program runs waits in the socket."""
    sent = 0
    for _ in range(2):
        for _ in range(500):
            sockets.client.send(line())
            sent += 1
        with running(sockets, journal.path):
            for _ in range(500):
                sockets.client.send(line())
                sent += 1
            assert until(lambda: sockets.metrics()["hostler_request_lines_total"] >= 1000)
            assert sockets.metrics()[f'hostler_requests_total{{{LABELS},code="2xx"}}'] == 1000
    assert until(lambda: len(journal.entries) == sent)
    assert journal.entries[-1] == {
        "MESSAGE": line().decode().removeprefix("<6>hello 6aaff7b8c6d3 ").strip(),
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "haproxy",
        "SYSLOG_FACILITY": "16",
        "REQUEST_ID": "de358ab1-2ccd-4e8a-b318-07695af4f62d",
        "STATUS": "200",
        "METHOD": "GET",
        "MILLISECONDS": "12",
        "APP": "hello",
        "SLOT": "green",
        "HOST": "web1",
        "RELEASE": "6aaff7b8c6d3",
    }


def test_it_is_woken_once_for_lines_that_come_together(sockets: Sockets, journal: Taken) -> None:
    """And waits for more only when it has read all, so that none waits behind a pause."""
    read_by_then = []

    def sleep(_: float) -> None:
        read_by_then.append(reader.tally.lines)
        if len(read_by_then) == 1:
            send(200)
        else:
            reader.ending = True

    def send(count: int) -> None:
        for _ in range(count):
            sockets.client.send(line())

    with closing(Journal(str(journal.path))) as written:
        reader = requests.Reader(sockets.lines, written, sleep)
        send(100)
        reader.run()
    assert read_by_then == [100, 300]


def test_what_cannot_be_read_is_written_and_told(sockets: Sockets, journal: Taken) -> None:
    garbage = [b"\n_UID=0\n\xff", line()[:100], b"", b"x" * 60_000]
    with running(sockets, journal.path):
        for one in [*garbage, b"<5>Proxy visitors started."]:
            sockets.client.send(one)
        assert until(lambda: len(journal.entries) == 5)
        found = sockets.metrics()
    assert (found["hostler_request_lines_total"], found["hostler_request_lines_unread_total"]) == (5, 4)
    assert not any(name.startswith("hostler_requests_total") for name in found)
    assert [(entry["MESSAGE"][:30], entry["PRIORITY"]) for entry in journal.entries] == [
        ("?_UID=0??", "5"),
        ("hello 6aaff7b8c6d3 10.76.13.1:", "6"),
        ("", "5"),
        ("x" * 30, "5"),
        ("Proxy visitors started.", "5"),
    ]
    assert {key for entry in journal.entries for key in entry} == {"MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_FACILITY"}


def test_who_speaks_no_tls_made_no_request(sockets: Sockets, journal: Taken) -> None:
    with running(sockets, journal.path):
        sockets.client.send(line("visitors/<NOSRV>", "-1/-1/-1/-1/0", "0", back='PR-- 1/1/0/0/0 0/0 "<BADREQ>" - -'))
        assert until(lambda: len(journal.entries) == 1)
        assert not any(name.startswith("hostler_requests_total") for name in sockets.metrics())


def test_a_journal_that_is_dead_or_full_costs_lines_there_and_no_counts(sockets: Sockets, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as full:
        full.bind(str(tmp_path / "full"))
        for path in (tmp_path / "none", tmp_path / "full"):
            with running(sockets, path):
                for _ in range(2000):
                    sockets.client.send(line())
                assert until(lambda: sockets.metrics().get(f'hostler_requests_total{{{LABELS},code="2xx"}}') == 2000)
                assert sockets.metrics()["hostler_request_lines_unwritten_total"] > 0


def test_what_the_kernel_has_no_room_for_is_told(sockets: Sockets, journal: Taken) -> None:
    sockets.lines.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for _ in range(100):
        sockets.client.send(line())
    with running(sockets, journal.path):
        assert until(lambda: sockets.metrics()["hostler_request_lines_total"] > 0)
        found = sockets.metrics()
    assert found["hostler_request_lines_dropped_total"] > 0
    assert found["hostler_request_lines_dropped_total"] + found["hostler_request_lines_total"] == 100


def test_a_journal_that_is_back_is_written_to_again(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "journal"))
    journal.write(b"MESSAGE=lost\n")
    taken = Taken(tmp_path / "journal")
    journal.write(b"MESSAGE=found\n")
    assert until(lambda: taken.entries == [{"MESSAGE": "found"}])
    assert journal.unwritten == 1
    journal.close()
    taken.close()

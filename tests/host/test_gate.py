"""Whether a host may start as the one that apps write to: where another one has taken its place, or may have, it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.host import gate, postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.gate import READS, SILENT, WRITES
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import LED, SIGNAL, Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.shared.brought import imported, variables
from tests.shared.samples import write

OURS = Cluster("17")
OTHERS = {"db2": "192.0.2.42"}


class World:
    """What a host that starts finds out: how others answer, and what the archive has, None where it does not answer."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have a cluster that was written to."""
        self.answers = {"192.0.2.42": SILENT}
        self.archive: set[str] | None = set()
        self.asked: list[str] = []
        self.timeline = "1"
        monkeypatch.setattr(postgres, "DATA", folder)
        monkeypatch.setattr(gate, "asked", self.ask)
        monkeypatch.setattr(gate, "archived", self.look)
        monkeypatch.setattr(gate, "control", lambda _: {"Latest checkpoint's TimeLineID": self.timeline})
        write(OURS.data, {"postmaster.opts": "", "PG_VERSION": "17\n"})

    def ask(self, address: str) -> str:
        self.asked.append(address)
        return self.answers[address]

    def look(self, name: str) -> bool | None:
        self.asked.append(name)
        return None if self.archive is None else name in self.archive

    def refusal(self, **others: str) -> str:
        return gate.refusal(OURS, others or OTHERS)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return it."""
    return World(tmp_path, monkeypatch)


class TestOthers:
    """What the other host says comes first."""

    @pytest.mark.parametrize("archive", [set(), {"00000002.history"}, None], ids=["absent", "found", "away"])
    def test_beside_one_that_takes_writes_it_stays_down(self, archive: set[str] | None, world: World) -> None:
        world.answers, world.archive = {"192.0.2.42": WRITES}, archive
        assert world.refusal() == "db2 takes writes now; 'failover.yml -e rejoin=...' has this host follow it."

    @pytest.mark.parametrize("archive", [set(), None], ids=["absent", "away"])
    def test_beside_one_that_follows_it_starts_without_the_archive(self, archive: set[str] | None, world: World) -> None:
        world.answers, world.archive = {"192.0.2.42": READS}, archive
        assert (world.refusal(), world.asked) == ("", ["192.0.2.42"])

    def test_of_several_one_that_takes_writes_is_enough(self, world: World) -> None:
        world.answers = {"a": READS, "b": WRITES, "c": SILENT}
        assert world.refusal(x="a", y="b", z="c").startswith("y takes writes now")


class TestArchive:
    """Where the other host is silent."""

    def test_it_starts_where_nobody_has_begun_another_timeline(self, world: World) -> None:
        assert (world.refusal(), world.asked) == ("", ["192.0.2.42", "00000002.history"])

    @pytest.mark.parametrize(("timeline", "history"), [("1", "00000002"), ("9", "0000000A"), ("255", "00000100")])
    def test_it_stays_down_where_somebody_has(self, timeline: str, history: str, world: World) -> None:
        world.timeline, world.archive = timeline, {f"{history}.history"}
        assert world.refusal() == "db2 does not answer, and the archive has what a host wrote after this one; 'failover.yml' decides."

    def test_its_own_timeline_is_no_other(self, world: World) -> None:
        world.timeline, world.archive = "3", {"00000002.history", "00000003.history"}
        assert world.refusal() == ""

    def test_it_waits_where_nobody_can_say(self, world: World) -> None:
        world.archive = None
        assert world.refusal() == (
            "db2 does not answer, and neither does the archive, so another host may have taken this one's place; "
            "'failover.yml -e to=...' decides."
        )

    def test_all_that_are_silent_are_named(self, world: World) -> None:
        world.archive, world.answers = None, {"a": SILENT, "b": SILENT}
        assert world.refusal(x="a", y="b").startswith("x and y do not answer, and neither does the archive")


class TestUnasked:
    """Who needs to ask nobody."""

    @pytest.fixture(autouse=True)
    def against(self, world: World) -> None:
        """Have all be against it that would be asked."""
        world.answers, world.archive = {"192.0.2.42": WRITES}, {"00000002.history"}

    def test_one_that_follows(self, world: World) -> None:
        write(OURS.data, {SIGNAL: ""})
        assert (world.refusal(), world.asked) == ("", [])

    def test_one_that_was_never_started(self, world: World) -> None:
        (OURS.data / "postmaster.opts").unlink()
        assert (world.refusal(), world.asked) == ("", [])

    def test_what_an_operator_has_said_counts_once(self, world: World) -> None:
        write(OURS.data, {LED: ""})
        assert (world.refusal(), world.asked) == ("", [])
        assert not (OURS.data / LED).exists()
        assert world.refusal().startswith("db2 takes writes now")

    def test_it_is_not_used_up_by_one_that_follows(self, world: World) -> None:
        write(OURS.data, {LED: "", SIGNAL: ""})
        assert world.refusal() == ""
        assert (OURS.data / LED).exists()

    def test_one_that_comes_out_of_a_backup_looks_for_who_takes_writes_alone(self, world: World) -> None:
        """What the archive has of later times it is to go back behind."""
        write(OURS.data, {"recovery.signal": ""})
        assert world.refusal().startswith("db2 takes writes now")
        world.answers = {"192.0.2.42": SILENT}
        assert world.refusal() == ""


class TestAsked:
    """How another host is asked, by psql."""

    @pytest.fixture
    def psql(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Return a psql that says what is in ``said``, and notes how it was called."""
        script = f'#!/bin/sh\necho "$@" > {tmp_path}/words\ncat > {tmp_path}/input\ncat {tmp_path}/said\n'
        write(tmp_path, {"bin/psql": script, "said": ""})
        (tmp_path / "bin/psql").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
        return tmp_path

    @pytest.mark.parametrize(
        ("said", "answer"), [("t\n", READS), ("f\n", WRITES), ("", SILENT), ("t\nf\n", SILENT), ("psql: error: timeout\n", SILENT)]
    )
    def test_what_it_says_is_one_of_three(self, said: str, answer: str, psql: Path) -> None:
        write(psql, {"said": said})
        assert gate.asked("2001:db8::42") == answer

    def test_it_shows_its_certificate_and_holds_the_other_to_its_own(self, psql: Path) -> None:
        gate.asked("2001:db8::42")
        words = (psql / "words").read_text().split()
        for word in ("host=2001:db8::42", "user=hostler_standby", "sslmode=verify-full", "sslrootcert=/etc/ssl/hostler/ca.crt"):
            assert word in words
        assert {word.partition("=")[2] for word in words if word.startswith(("sslcert=", "sslkey="))} == {"/etc/ssl/hostler/host.pem"}
        assert (psql / "input").read_text() == "select pg_is_in_recovery()"

    def test_one_that_hangs_is_silent(self, psql: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gate, "SECONDS", -5.9)
        write(psql, {"bin/psql": "#!/bin/sh\nexec sleep 5\n"})
        assert gate.asked("192.0.2.42") == SILENT


@pytest.mark.parametrize(("code", "found"), [(0, True), (1, False), (50, None), (103, None), (-9, None)])
def test_the_archive_says_that_it_has_not_or_says_nothing(code: int, found: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []

    def run(*command: str, timeout: float) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        assert timeout
        return subprocess.CompletedProcess(command, code, "")

    monkeypatch.setattr(gate, "run", run)
    assert gate.archived("00000002.history") is found
    [command] = commands
    assert command[: len(repository.command())] == repository.command()
    at = command.index("archive-get")
    assert command[at + 1] == "00000002.history"
    # Nothing of it is left, nor in PostgreSQL's data
    assert not Path(command[at + 2]).parent.exists()


class TestMain:
    """What systemd sees."""

    def ends(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
        monkeypatch.setattr(sys, "argv", ["gate", *words])
        try:
            gate.main()
        except SystemExit as ended:
            return ended.code
        return 0

    def test_it_ends_well_or_says_why_not(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.ends(monkeypatch, "17", "db2=192.0.2.42") == 0
        world.answers = {"192.0.2.42": WRITES}
        assert str(self.ends(monkeypatch, "17", "db2=192.0.2.42")).startswith("db2 takes writes now")

    @pytest.mark.parametrize("error", [Failed("pg_controldata failed"), OSError(5, "Input/output error")])
    def test_where_it_cannot_be_told_it_stays_down(self, error: Exception, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(_: object) -> None:
            raise error

        monkeypatch.setattr(gate, "control", fail)
        assert self.ends(monkeypatch, "17", "db2=192.0.2.42") == f"Whether another host has taken its place cannot be told: {error}"

    def test_data_that_do_not_tell_their_timeline_are_not_started(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gate, "control", lambda _: {})
        assert "pg_controldata does not tell the timeline" in str(self.ends(monkeypatch, "17", "db2=192.0.2.42"))


def test_on_a_host_it_has_all_that_it_is_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The role brings parts of the collection; a host has no more of it."""
    own = variables("database")
    programs = [own["__database_gate_module"]]
    assert imported(own["__database_modules"], programs, tmp_path, monkeypatch) == set(own["__database_modules"])

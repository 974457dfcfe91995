"""Restored data come into the place of a cluster's: nothing that goes wrong, and no kill, loses those that were there."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres, recovery
from ansible_collections.hostler.fleet.plugins.module_utils.host import restore as host_restore
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.modules import restore_cluster
from tests.shared.samples import run_module

BACK = "The data that were there are in their place again."
ENDED = [
    "LOG:  last completed transaction was at log time 2026-11-26 13:59:58.5+00",
    "FATAL:  recovery ended before configured recovery target was reached",
]


class Killed(BaseException):
    """The run is killed: nothing of it runs any more."""


class Host:
    """A database host, whose data are a file with what they are; and all that the restore does there, one name each."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make a cluster that runs, with data."""
        monkeypatch.setattr(postgres, "DATA", folder / "data")
        self.patch = monkeypatch
        self.cluster = Cluster("17")
        self.data, self.note = self.cluster.data, folder / "lib/restoring"
        self.keep("original")
        self.runs, self.steps = True, list[str]()
        self.before: dict[str, Callable[[], None]] = {}  # what happens before a step
        self.after: dict[str, Callable[[], None]] = {}
        self.log: list[str] = []  # of a PostgreSQL that does not start; empty for one that does
        self.free = 1000
        monkeypatch.setattr(host_restore, "RESTORING", self.note)
        monkeypatch.setattr(recovery, "POLL", 0)
        for module in (host_restore, recovery):
            monkeypatch.setattr(module, "must", self.must)
        monkeypatch.setattr(recovery, "run", lambda *_: None)
        monkeypatch.setattr(recovery, "show", self.show)
        monkeypatch.setattr(host_restore, "ask", self.ask)
        monkeypatch.setattr(repository, "must", self.pgbackrest)
        monkeypatch.setattr(shutil, "chown", lambda *_: None)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=self.room()))
        for name in ("rename", "replace", "unlink", "mkdir"):
            self.watch(Path, name)
        self.watch(shutil, "rmtree")

    def keep(self, text: str) -> None:
        """Have data be in the cluster's place."""
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / "rows").write_text(text)

    def room(self) -> int:
        """Return how much is free: each folder of data takes 100."""
        return self.free - 100 * len(list(self.data.parent.iterdir()))

    def watch(self, owner: object, name: str) -> None:
        """Have what a function of the standard library does to a folder be a step."""
        real = getattr(owner, name)

        def stepped(path: Path, *args: object, **options: object) -> object:
            mine = str(path).startswith((str(self.data), str(self.note.parent)))
            return self.step(name, lambda: real(path, *args, **options)) if mine else real(path, *args, **options)

        self.patch.setattr(owner, name, stepped)

    def step(self, name: str, do: Callable[[], object]) -> object:
        """Do a step, and what happens around it."""
        self.steps.append(name)
        self.before.get(name, lambda: None)()
        done = do()
        self.after.get(name, lambda: None)()
        return done

    def must(self, *command: str, timeout: float = 0) -> str:
        """Run a command of the host's."""
        if command[0] == "journalctl":
            return "\n".join(self.log)
        self.step(command[1], lambda: self.turn(command[1] == "start"))
        return ""

    def turn(self, on: bool) -> None:
        """Have PostgreSQL run, if it can, or stop."""
        self.runs = on and (self.text != "restored" or not self.log)

    def show(self, names: list[str], *_: str) -> dict[str, dict[str, str]]:
        """Return what systemd says of the unit."""
        return {names[0]: {"NRestarts": "0", "ActiveState": "active" if self.runs else "failed", "Job": ""}}

    def ask(self, _: str) -> str:
        """Answer, where it runs, that recovery is over."""
        self.step("ask", lambda: None)
        if not self.runs:
            raise Failed("no answer")
        return "f"

    def pgbackrest(self, *words: str) -> str:
        """Restore; in the middle, a part of the data is there."""
        self.words = words
        self.keep("part")
        self.step("pgbackrest", lambda: self.keep("restored"))
        return ""

    def restore(self, stamp: str = "1", size: int = 100) -> str:
        """Restore."""
        return host_restore.restore(self.cluster, ["--type=time", "--target=now"], size, stamp)

    @property
    def text(self) -> str:
        """What is in the cluster's place."""
        rows = self.data / "rows"
        return rows.read_text() if rows.exists() else ""

    @property
    def kept(self) -> dict[str, str]:
        """What is beside it, by the names of the folders."""
        return {path.name: (path / "rows").read_text() for path in self.data.parent.iterdir() if path != self.data}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return a database host."""
    return Host(tmp_path, monkeypatch)


def fail(error: BaseException) -> Callable[[], None]:
    """Return what fails, each time."""

    def failing() -> None:
        raise error

    return failing


def at(number: int, error: BaseException) -> Callable[[], None]:
    """Return what fails at one time, the first is 1."""
    left = [number]

    def failing() -> None:
        left[0] -= 1
        if not left[0]:
            raise error

    return failing


def test_the_former_data_are_kept_beside_the_restored_ones(host: Host) -> None:
    assert host.restore() == str(host.data.with_name("main.former-1"))
    assert (host.text, host.kept, host.runs) == ("restored", {"main.former-1": "original"}, True)
    assert not host.note.exists()
    assert host.words == ("--type=time", "--target=now", "restore")


def test_where_there_were_none_nothing_is_kept(host: Host) -> None:
    shutil.rmtree(host.data.parent)
    assert host.restore() == ""
    assert (host.text, host.kept, host.runs, host.note.exists()) == ("restored", {}, True, False)


def test_each_restore_keeps_its_own(host: Host) -> None:
    host.restore("1")
    host.keep("written since")
    host.restore("2")
    assert (host.text, host.kept) == ("restored", {"main.former-1": "original", "main.former-2": "written since"})


def test_another_restore_s_folder_is_not_taken_for_its_own(host: Host) -> None:
    host.restore()
    host.keep("written since")
    with pytest.raises(Failed, match="main.former-1 is there already, of another restore; try again."):
        host.restore()
    assert (host.text, host.kept, host.runs) == ("written since", {"main.former-1": "original"}, True)


WAYS = {"succeeds": [], "does not start": ENDED}


def points(log: list[str], tmp_path: Path) -> list[tuple[str, int]]:
    """Return each step of a run, with its number among those of the name."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        host = Host(tmp_path, monkeypatch)
        host.log = log
        try:
            host.restore()
        except Failed:
            assert log
        return [(name, host.steps[: index + 1].count(name)) for index, name in enumerate(host.steps)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_run_that_is_killed_anywhere_is_gone_on_with(way: str, side: str, tmp_path: Path) -> None:
    """Whatever it was about to do, or had just done; the next one brings both to where they belong, or puts back what was there."""
    found = points(WAYS[way], tmp_path / "all")
    assert {"rename", "replace", "rmtree", "pgbackrest", "start", "unlink"} <= {name for name, _ in found}
    for index, (name, number) in enumerate(found):
        with pytest.MonkeyPatch.context() as monkeypatch:
            host = Host(tmp_path / str(index), monkeypatch)
            host.log = WAYS[way]
            getattr(host, side)[name] = at(number, Killed())
            with pytest.raises(Killed):
                host.restore("1")
            assert "original" in (host.text, *host.kept.values()), (name, number)
            host.before, host.after, host.log = {}, {}, []
            host.restore("2")
            assert (host.text, host.runs, host.note.exists()) == ("restored", True, False), (name, number)
            # Where the first was over by then, what it had restored is kept too
            assert "original" in host.kept.values(), (name, number)
            assert set(host.kept) <= {"main.former-1", "main.former-2"}, (name, number)
            assert "part" not in host.kept.values(), (name, number)


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_run_that_is_killed_and_then_fails_puts_back_what_was_there(side: str, tmp_path: Path) -> None:
    found = points([], tmp_path / "all")
    last = max(index for index, (name, _) in enumerate(found) if name == "unlink")  # by then it is over
    for index, (name, number) in enumerate(found[:last]):
        with pytest.MonkeyPatch.context() as monkeypatch:
            host = Host(tmp_path / str(index), monkeypatch)
            getattr(host, side)[name] = at(number, Killed())
            with pytest.raises(Killed):
                host.restore("1")
            host.before, host.after, host.log = {}, {}, ENDED
            with pytest.raises(Failed, match="what is in the archive ends before that"):
                host.restore("2")
            assert (host.text, host.kept, host.runs, host.note.exists()) == ("original", {}, True, False), (name, number)


def test_a_run_that_is_killed_where_there_were_no_data_is_gone_on_with(host: Host) -> None:
    shutil.rmtree(host.data)
    host.before["pgbackrest"] = fail(Killed())
    with pytest.raises(Killed):
        host.restore("1")
    host.before = {}
    assert host.restore("2") == ""
    assert (host.text, host.kept, host.note.exists()) == ("restored", {}, False)


def test_data_that_came_after_a_failure_without_any_are_data(host: Host) -> None:
    """By hand, as from a dump, where the backup is of no use."""
    shutil.rmtree(host.data)
    host.log = ENDED
    with pytest.raises(Failed, match="There were no data before."):
        host.restore("1")
    assert not host.note.exists()
    host.keep("by hand")
    host.log = []
    host.restore("2")
    assert host.kept == {"main.former-2": "by hand"}


FAULTS: dict[str, tuple[str, BaseException]] = {
    "pgBackRest": ("pgbackrest", Failed("pgBackRest: ERROR: [055]: unable to load info file")),
    "full disk": ("pgbackrest", OSError(28, "No space left on device")),
    "start": ("start", Failed("'systemctl start' failed: no")),
    "no user": ("mkdir", LookupError("no such user: 'postgres'")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_on_the_way_puts_back_what_was_there(fault: str, host: Host) -> None:
    step, error = FAULTS[fault]
    host.before[step] = at(2 if step == "mkdir" else 1, error)
    if step == "mkdir":
        # That of the data themselves
        host.before[step] = lambda: None
        host.patch.setattr(shutil, "chown", lambda *_: fail(error)())
    with pytest.raises(Failed) as failed:
        host.restore()
    assert str(failed.value) == f"{error} {BACK}"
    assert (host.text, host.kept, host.runs, host.note.exists()) == ("original", {}, True, False)


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (ENDED, "what is in the archive ends before that; its last transaction is of 2026-11-26 13:59:58.5+00. Say an earlier moment"),
        (
            ["FATAL:  the database system is starting up", "PANIC:  could not locate a valid checkpoint"],
            "restored: PANIC:  could not locate",
        ),
    ],
    ids=["the target is not reached", "it does not start"],
)
def test_a_recovery_that_fails_says_why_and_puts_back(log: list[str], said: str, host: Host) -> None:
    host.log = log
    with pytest.raises(Failed) as failed:
        host.restore()
    assert said in str(failed.value)
    assert str(failed.value).endswith(BACK)
    assert (host.text, host.kept, host.runs, host.note.exists()) == ("original", {}, True, False)


def test_one_that_never_ends_is_given_up(host: Host) -> None:
    host.patch.setattr(host_restore, "ask", lambda _: "t")
    host.patch.setattr(recovery, "SECONDS", 0.01)
    with pytest.raises(Failed, match=f"has not taken up all WAL within 0.01 s {BACK}"):
        host.restore()
    assert (host.text, host.kept) == ("original", {})


class TestRoom:
    """Both have to have room, the former data and what is restored."""

    def test_without_it_nothing_is_touched(self, host: Host) -> None:
        host.free = 219
        with pytest.raises(Failed, match="make room"):
            host.restore()
        assert (host.text, host.kept, host.runs, host.note.exists()) == ("original", {}, True, False)
        assert [step for step in host.steps if step != "mkdir"] == []

    def test_what_a_killed_run_has_left_takes_none(self, host: Host) -> None:
        """Else it asked for room by removing former data, and that which it keeps are the only ones."""
        host.before["pgbackrest"] = fail(Killed())
        with pytest.raises(Killed):
            host.restore("1")
        host.before, host.free = {}, 220
        host.restore("2")
        assert (host.text, host.kept) == ("restored", {"main.former-1": "original"})

    def test_where_it_is_gone_after_a_kill_the_former_data_are_put_back(self, host: Host) -> None:
        host.before["pgbackrest"] = fail(Killed())
        with pytest.raises(Killed):
            host.restore("1")
        host.before, host.free = {}, 0
        with pytest.raises(Failed, match=f"make room.* {BACK}"):
            host.restore("2")
        assert (host.text, host.kept, host.runs, host.note.exists()) == ("original", {}, True, False)


class TestNote:
    """Where the former data are is known to a file alone: by an empty one, there were none, and what is there is deleted."""

    def test_a_disk_that_is_full_leaves_none_or_all_of_it(self, host: Host) -> None:
        host.patch.setattr(os, "fsync", lambda _: fail(OSError(28, "No space left on device"))())
        with pytest.raises(OSError, match="No space left on device: .*restoring"):
            host.restore()
        assert (host.text, host.note.exists()) == ("original", False)
        host.patch.undo()

    def test_one_that_was_written_with_an_editor_is_heeded(self, host: Host) -> None:
        host.note.parent.mkdir()
        host.data.rename(host.data.with_name("main.former-0"))
        host.note.write_text(f"{host.data.with_name('main.former-0')}\n")
        host.keep("part")
        assert host.restore() == str(host.data.with_name("main.former-0"))
        assert host.kept == {"main.former-0": "original"}

    def test_one_of_data_that_are_nowhere_is_in_nobody_s_way(self, host: Host) -> None:
        host.note.parent.mkdir()
        host.note.write_text(str(host.data.with_name("main.former-0")))
        shutil.rmtree(host.data)
        assert host.restore() == ""
        assert (host.text, host.kept) == ("restored", {})


class TestNotPutBack:
    """What cannot be put back is not deleted, and the operator reads where it is."""

    @pytest.mark.parametrize("error", [OSError(16, "Device or resource busy"), OSError(18, "Invalid cross-device link")])
    def test_data_that_cannot_be_moved_stay(self, error: OSError, host: Host) -> None:
        """As those that are a disk of their own."""
        host.before["rename"] = fail(error)
        with pytest.raises(Failed, match=BACK):
            host.restore()
        assert (host.text, host.kept, host.runs, host.note.exists()) == ("original", {}, True, False)

    def test_where_they_cannot_be_moved_back_they_are_told_with_their_place(self, host: Host) -> None:
        host.log = ENDED
        host.before["rename"] = at(2, OSError(5, "Input/output error"))
        with pytest.raises(
            Failed, match="The data that were there, if any, are in .*/main.former-1, and PostgreSQL may not run: .*Input/output"
        ):
            host.restore()
        assert (host.kept, host.note.exists()) == ({"main.former-1": "original"}, True)

    def test_a_restored_server_that_does_not_stop_is_not_deleted_under(self, host: Host) -> None:
        host.log = ENDED
        host.before["stop"] = at(2, Failed("'systemctl stop' did not end within 900 s"))
        with pytest.raises(Failed, match="are in .*/main.former-1, .*did not end within 900 s"):
            host.restore()
        assert (host.text, host.kept) == ("restored", {"main.former-1": "original"})

    def test_a_server_that_does_not_stop_keeps_its_data(self, host: Host) -> None:
        host.before["stop"] = fail(Failed("'systemctl stop' did not end within 900 s"))
        with pytest.raises(Failed, match="did not end within 900 s"):
            host.restore()
        assert (host.text, host.kept, host.note.exists()) == ("original", {}, False)


GIVEN: dict[str, Any] = {"version": "17", "to": ["--type=name"], "size": 100, "stamp": "1"}


class TestModule:
    """``restore_cluster``."""

    def test_it_says_where_the_former_data_are(self, host: Host) -> None:
        result = run_module(restore_cluster, host.patch, **GIVEN)
        assert result == {"failed": False, "changed": True, "former": str(host.data.with_name("main.former-1"))}

    def test_check_mode_touches_nothing(self, host: Host) -> None:
        assert run_module(restore_cluster, host.patch, check=True, **GIVEN) == {"failed": False, "changed": True, "former": ""}
        assert (host.text, host.kept, host.runs) == ("original", {}, True)

    def test_a_failure_claims_no_more_than_is_so(self, host: Host) -> None:
        host.log = ENDED
        host.before["rename"] = at(2, OSError(5, "Input/output error"))
        assert "in their place again" not in run_module(restore_cluster, host.patch, **GIVEN)["msg"]

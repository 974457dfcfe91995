"""The fleet's lock on one balancer: one run has it, and who has lost it changes nothing more."""

import contextlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, record
from ansible_collections.hostler.fleet.plugins.modules import lock_fleet, slots_info, unlock_fleet
from tests.shared.samples import run_module


def run(name: str, **more: str) -> dict[str, Any]:
    """Return a run as it takes the lock."""
    return {"id": name, "who": "ann@desk", "what": "deploy", "since": "2026-01-01T00:00:00Z", **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the lock is to be."""
    return tmp_path / "hostler.lock"


@pytest.fixture
def taken(path: Path) -> Path:
    """Return a lock that the run `one` holds."""
    assert lock.take(run("one"), path=path) == {}
    return path


class TestTake:
    """Who gets it."""

    def test_the_first_gets_it(self, taken: Path) -> None:
        assert lock.holder(taken) == run("one")

    def test_nobody_holds_it_at_first(self, path: Path) -> None:
        assert lock.holder(path) == {}

    def test_the_same_run_may_take_it_again(self, taken: Path) -> None:
        assert lock.take(run("one", what="rollback"), path=taken) == {}
        assert lock.holder(taken)["what"] == "rollback"

    @pytest.mark.parametrize("over", ["", "three", "two"])
    def test_a_second_is_told_who_has_it(self, over: str, taken: Path) -> None:
        assert lock.take(run("two"), over, taken) == run("one")
        assert lock.holder(taken) == run("one")

    def test_it_is_taken_from_the_holder_that_was_seen(self, taken: Path) -> None:
        assert lock.take(run("two"), "one", taken) == {}
        assert lock.holder(taken) == run("two")

    def test_a_longer_holder_leaves_nothing_behind(self, path: Path) -> None:
        lock.take(run("one", who="a" * 999), path=path)
        lock.take(run("two"), "one", path)
        assert lock.holder(path) == run("two")

    @pytest.mark.parametrize("text", [b"", b'{"id": "on', b"[]", b"null", b'{"who": "ann@desk"}', b"\xff"])
    def test_what_a_crash_has_left_is_nobody_s(self, text: bytes, path: Path) -> None:
        path.write_bytes(text)
        assert lock.holder(path) == {}
        assert not lock.release("one", path)
        assert lock.take(run("one"), path=path) == {}


class TestRelease:
    """Giving it back."""

    def test_then_it_is_free(self, taken: Path) -> None:
        assert lock.release("one", taken)
        assert lock.holder(taken) == {}

    @pytest.mark.parametrize("mine", ["two", ""])
    def test_another_run_s_stays(self, mine: str, taken: Path) -> None:
        assert not lock.release(mine, taken)
        assert lock.holder(taken) == run("one")

    @pytest.mark.parametrize("lost", [True, False], ids=["even where the history cannot be written", "at the end"])
    def test_a_run_gives_it_back(self, lost: bool, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(_: object) -> None:
            raise OSError("No space left on device")

        if lost:
            monkeypatch.setattr(record, "append", fail)
        lock.take(run("one"))
        result = run_module(unlock_fleet, monkeypatch, run="one")
        assert result.get("msg") == ("The end of this run cannot be noted: No space left on device" if lost else None)
        assert lock.holder() == {}


@pytest.mark.parametrize(
    ("module", "broken", "said"),
    [
        (lock_fleet, (lock, "take"), "The fleet's lock cannot be taken: no room"),
        (lock_fleet, (record, "recent"), "no room"),
        (slots_info, (record, "recent"), "What this balancer knows cannot be read: no room"),
        (unlock_fleet, (lock, "release"), "The end of this run cannot be noted: no room"),
    ],
    ids=lambda part: getattr(part, "__name__", "").rpartition(".")[2],
)
@pytest.mark.usefixtures("files")
def test_a_disk_that_is_full_or_broken_is_told(module: Any, broken: tuple[Any, str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(*broken, fail)
    options: dict[str, dict[str, Any]] = {"slots_info": {}, "lock_fleet": {"lock": run("one")}, "unlock_fleet": {"run": "one"}}
    result = run_module(module, monkeypatch, **options[module.__name__.rpartition(".")[2]])
    assert (result["failed"], result["msg"]) == (True, said)


class TestHeld:
    """Doing what only the holder may do."""

    def test_the_holder_may(self, taken: Path) -> None:
        with lock.held("one", taken):
            pass

    @pytest.mark.parametrize(
        ("now", "said"),
        [("two", "ann@desk broke it, for deploy, at 2026-01-01T00:00:00Z"), ("", "nobody holds it now")],
        ids=["broken", "free"],
    )
    def test_who_has_lost_it_may_not(self, now: str, said: str, taken: Path) -> None:
        if now:
            lock.take(run(now), "one", taken)
        else:
            lock.release("one", taken)
        done = []
        with pytest.raises(lock.Lost, match=said), lock.held("one", taken):
            done.append("changed")
        assert done == []

    def test_what_needs_no_lock_may_always(self, taken: Path) -> None:
        with lock.held(None, taken):
            pass

    @pytest.mark.parametrize("holder", [{}, run("one"), run("")], ids=["free", "another's", "one without an id"])
    def test_an_empty_id_holds_none(self, holder: dict[str, Any], path: Path) -> None:
        if holder:
            lock.take(holder, path=path)
        done = []
        with pytest.raises(lock.Lost), lock.held("", path):
            done.append("changed")
        assert done == []

    def test_nobody_takes_it_in_the_middle(self, taken: Path) -> None:
        other = threading.Thread(target=lock.take, args=[run("two"), "one", taken])
        with lock.held("one", taken):
            other.start()
            other.join(0.05)
            assert other.is_alive()
        other.join(30)
        assert lock.holder(taken) == run("two")


# Each takes it as often as it can, and tells how often it was not alone
RACER = """\
import os, pathlib, runpy, sys
lock = runpy.run_path(sys.argv[1])
path, inside = pathlib.Path(sys.argv[2]), sys.argv[2] + ".inside"
print("ready", flush=True)
sys.stdin.readline()
taken = met = 0
while taken < 200:
    if lock["take"]({"id": sys.argv[3]}, path=path):
        continue
    taken += 1
    try:
        os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        met += 1
    else:
        os.unlink(inside)
    lock["release"](sys.argv[3], path)
print(met)
"""


def test_two_that_race_never_both_win(path: Path) -> None:
    command = [sys.executable, "-c", RACER, str(lock.__file__), str(path)]
    with contextlib.ExitStack() as stack:
        racers = [
            stack.enter_context(subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for name in ("one", "two", "three")
        ]
        for racer in racers:
            stack.callback(racer.kill)
            assert racer.stdout
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin
            racer.stdin.write("go\n")
            racer.stdin.flush()
        met = [racer.communicate(timeout=120)[0] for racer in racers]
    assert met == ["0\n"] * len(racers)

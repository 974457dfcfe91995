"""The restore drill: whatever is wrong is told, in the journal and in its file, and no success is claimed."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import drill, repository, scratch
from ansible_collections.hostler.fleet.plugins.module_utils.backup.drill import Drill
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from ansible_collections.hostler.fleet.plugins.module_utils.backup.scratch import Counted, Found
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed

HOUR = 3600
BEFORE = Drill(1000, 5, "", 1000, "OLD", {}, 900)


class World:
    """A host with backups; what is wrong there is an error by the name of what meets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have all be well: a transaction came after the backup, half an hour ago."""
        now = int(time.time())
        self.backups = [Backup("OLD", "full", now - 90 * HOUR, 20, False), Backup("NEW", "diff", now - 9 * HOUR, 30, False)]
        self.damage = ""
        self.newest = now - HOUR // 2
        self.errors: dict[str, Exception] = {}
        self.restored: list[tuple[str, int]] = []
        self.asked: list[int] = []
        monkeypatch.setattr(repository, "verify", lambda number: self.met("verify", number) or self.damage)
        monkeypatch.setattr(repository, "known", lambda number: self.met("known", number) or (0, self.backups))
        monkeypatch.setattr(scratch, "restored", self.scratch)
        monkeypatch.setattr(scratch, "look", lambda _: self.met("look") or Found({"shop": Counted(3, 70, 9000)}, self.newest))

    def met(self, name: str, number: int = 0) -> str:
        """Fail, where that is to be; else there is nothing to tell. Note of which repository it is."""
        self.asked += [number] if number else []
        if name in self.errors:
            raise self.errors[name]
        return ""

    @contextmanager
    def scratch(self, version: str, size: int, *, number: int) -> Iterator[Path]:
        """Restore."""
        self.asked.append(number)
        self.restored.append((version, size))
        self.met("restore")
        yield Path("/scratch")
        self.met("delete")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a host where all is well, and a drill has succeeded before."""
    monkeypatch.setattr(drill, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["drill", "17", "2", "1"])
    (tmp_path / "drill.json").write_text(json.dumps(BEFORE.json()))
    return World(monkeypatch)


def run(capsys: pytest.CaptureFixture[str]) -> tuple[bool, Drill, str]:
    """Do one as the unit does; return whether it ended well, what its file has, and what the journal."""
    with pytest.raises(SystemExit) as ended:
        drill.main()
    found = drill.last()
    assert found
    return not ended.value.code, found, capsys.readouterr().out.strip()


def test_a_success_says_what_was_restored(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    began = int(time.time())
    good, found, said = run(capsys)
    assert good
    assert (found.wrong, found.backup, found.databases, found.newest) == ("", "NEW", {"shop": Counted(3, 70, 9000)}, world.newest)
    assert began <= found.at == found.succeeded
    assert world.restored == [("17", 30)]
    assert "succeeded" in said
    assert "shop 70 rows in 3 tables" in said
    assert "from NEW" in said


def test_that_of_the_bucket_is_another_one(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It reads the bucket alone, and what came of the other one stays."""
    monkeypatch.setattr(sys, "argv", ["drill", "17", "2", "2"])
    world.damage = "x"
    with pytest.raises(SystemExit):
        drill.main()
    assert world.asked == [repository.S3]
    assert capsys.readouterr().out.strip() == "The restore drill of the bucket failed: the repository is damaged: x"
    world.damage = ""
    with pytest.raises(SystemExit):
        drill.main()
    assert set(world.asked) == {repository.S3}
    assert capsys.readouterr().out.startswith("The restore drill of the bucket succeeded in ")
    found = drill.last(repository.S3)
    assert found
    assert found.succeeded > BEFORE.succeeded
    assert drill.last() == BEFORE


ERRORS = [
    ("verify", Failed("pgBackRest: ERROR: [055]: gone"), ""),
    ("known", Failed("pgBackRest: the repository cannot be read"), ""),
    ("restore", Failed("/var/lib/postgresql/scratch has 1 MB free, and the data take 36; make room there."), "NEW"),
    ("restore", OSError(28, "No space left on device"), "NEW"),
    ("look", Failed('PostgreSQL refused: ERROR:  invalid page in block 0 of\n  relation "base/1/2"'), "NEW"),
    ("look", json.JSONDecodeError("Expecting value", "", 0), "NEW"),
    ("look", KeyError("tables"), "NEW"),
    ("delete", subprocess.TimeoutExpired("postgres", 60), "NEW"),
    ("look", RuntimeError(), "NEW"),
]


@pytest.mark.parametrize(("where", "error", "label"), ERRORS)
def test_each_failure_is_told_and_keeps_the_former_success(
    where: str, error: Exception, label: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.errors[where] = error
    began = int(time.time())
    good, found, said = run(capsys)
    assert not good
    assert found.wrong == " ".join(str(error).split()) or type(error).__name__
    assert (found.succeeded, found.backup) == (1000, label)
    assert found.at >= began
    assert said == f"The restore drill failed: {found.wrong}"


def test_a_damaged_repository_is_not_even_restored(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.damage = "archiveId: 17-1, checksum invalid: 1"
    good, found, _ = run(capsys)
    assert (good, found.wrong, found.succeeded) == (False, "the repository is damaged: archiveId: 17-1, checksum invalid: 1", 1000)
    assert world.restored == []


def test_a_backup_of_damaged_data_is_a_failure(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """It is whole in the repository: what pgBackRest verifies is that it is as it was made."""
    world.backups[-1] = Backup("NEW", "diff", world.backups[-1].at, 30, True)
    good, found, _ = run(capsys)
    assert (good, found.backup, found.succeeded) == (False, "NEW", 1000)
    assert "the data themselves are damaged" in found.wrong


def test_no_backup_is_a_failure(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.backups = []
    good, found, _ = run(capsys)
    assert (good, found.wrong, found.succeeded) == (False, "there is no backup yet", 1000)


class TestAge:
    """WAL that does not come in is a failure, however well all else is."""

    @pytest.mark.parametrize(("hours", "good"), [(1.99, True), (2.01, False)])
    def test_the_newest_transaction_may_be_so_old(self, hours: float, good: bool, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        world.newest = int(time.time() - hours * HOUR)
        ended, found, _ = run(capsys)
        assert (ended, bool(found.wrong)) == (good, not good)
        assert (found.newest, found.databases) == (world.newest, {"shop": Counted(3, 70, 9000)})
        if not good:
            assert found.wrong == "the newest transaction that was restored is 2.0 hours old, and 2 are allowed: WAL does not come in"
            assert found.succeeded == 1000

    @pytest.mark.parametrize(("hours", "good"), [(1, True), (3, False)])
    def test_without_one_the_backup_s_counts(self, hours: int, good: bool, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        world.newest = 0
        world.backups[-1] = Backup("NEW", "diff", int(time.time()) - hours * HOUR, 30, False)
        assert run(capsys)[0] is good


SPOILT = ["", "{", "[]", "7", "null", "{}", '{"databases": []}', '{"databases": {}}', '{"databases": {"shop": 7}}']


@pytest.mark.parametrize("text", SPOILT)
def test_a_spoilt_file_is_as_good_as_none_and_is_replaced(text: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (drill.FOLDER / "drill.json").write_text(text)
    assert drill.last() is None
    world.damage = "x"
    good, found, _ = run(capsys)
    assert (good, found.succeeded) == (False, 0)


def test_the_first_one_has_no_success_before_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (drill.FOLDER / "drill.json").unlink()
    assert drill.last() is None
    world.backups = []
    assert run(capsys)[1].succeeded == 0


def test_a_file_that_cannot_be_written_leaves_the_former_and_the_journal(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(drill, "write", full)
    world.damage = "x"
    with pytest.raises(OSError, match="No space"):
        drill.main()
    assert capsys.readouterr().out.strip() == "The restore drill failed: the repository is damaged: x"
    assert drill.last() == BEFORE

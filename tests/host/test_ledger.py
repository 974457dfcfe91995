"""The ledger: what Hostler has put on a host, by which it is seen what another hand has changed."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host.ledger import Ledger
from ansible_collections.hostler.fleet.plugins.modules import put_files
from tests.host.test_files import given
from tests.shared.samples import run_module, write

SECRET = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file that was put on this host and noted, and nothing else was."""
    path = write(tmp_path, {"etc/one.conf": "text\n"}) / "etc/one.conf"
    path.chmod(0o644)
    Ledger().note([(path, "text\n")])
    return path


def test_what_nobody_touched_is_no_drift(file: Path) -> None:
    assert Ledger().drift() == []


def test_where_nothing_was_noted_there_is_no_drift() -> None:
    assert Ledger().drift() == []


def _edits(path: Path) -> None:
    path.write_text("tex2\n")


def _edits_as_if_never(path: Path) -> None:
    """By a hand that puts the time back, as ``cp --preserve`` does; the size is the same."""
    found = path.stat()
    path.write_text("tex2\n")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def _lets_others_write(path: Path) -> None:
    path.chmod(0o666)


def _gives_away(path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root may")
    os.chown(path, -1, 7)


def _takes_away(path: Path) -> None:
    path.unlink()


def _takes_its_folder_away(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("")


def _puts_a_link(path: Path) -> None:
    """Which leads to the same text."""
    path.rename(path.with_name("other"))
    path.symlink_to("other")


@pytest.mark.parametrize(
    "hand", [_edits, _edits_as_if_never, _lets_others_write, _gives_away, _takes_away, _takes_its_folder_away, _puts_a_link]
)
def test_what_a_hand_changed_is_found(hand: Any, file: Path) -> None:
    ledger = Ledger()
    assert ledger.drift() == []
    hand(file)
    assert ledger.drift() == [str(file)]


def test_a_file_that_was_touched_is_read_once_and_is_no_drift(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, read = Ledger(), Path.read_bytes
    file.touch()
    reads: list[Path] = []

    def noted(path: Path) -> bytes:
        reads.append(path)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    assert [ledger.drift() for _ in range(3)] == [[], [], []]
    assert reads == [file]
    file.write_text("tex2\n")
    assert ledger.drift() == [str(file)]


def test_a_file_that_nobody_touched_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("its inode tells"))
    assert Ledger().drift() == []


def test_what_is_put_there_again_is_no_drift(file: Path) -> None:
    file.write_text("other\n")
    assert Ledger().drift() == [str(file)]
    file.write_text("new\n")
    Ledger().note([(file, "new\n")])
    assert Ledger().drift() == []


def test_each_adds_its_own_and_what_is_gone_goes(file: Path, tmp_path: Path, ledger: Path) -> None:
    two = write(tmp_path, {"two": "2"}) / "two"
    Ledger().note([(two, "2")])
    assert sorted(json.loads(ledger.read_text())) == sorted(map(str, (file, two)))
    file.unlink()
    Ledger().note((), [file, tmp_path / "never"])
    assert list(json.loads(ledger.read_text())) == [str(two)]
    assert Ledger().drift() == []


def test_it_is_root_s_alone_and_not_written_without_need(file: Path, ledger: Path) -> None:
    assert ledger.stat().st_mode & 0o777 == 0o600
    before = ledger.stat().st_ino
    Ledger().note([(file, "text\n")])
    assert ledger.stat().st_ino == before
    assert [path.name for path in ledger.parent.iterdir()] == ["files.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"/etc/x": {}}', '{"/etc/x": 1}', "{"])
def test_one_that_a_hand_has_spoilt_is_told_and_begins_anew(text: str, file: Path, ledger: Path) -> None:
    ledger.write_text(text)
    with pytest.raises(ValueError, match="files.json is not as Hostler writes it"):
        Ledger().drift()
    Ledger().note([(file, "text\n")])
    assert Ledger().drift() == []


class TestPutFiles:
    """What ``put_files`` notes."""

    @pytest.fixture
    def put(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module."""

        def put(*files: dict[str, Any], check: bool = False, folders: tuple[Path, ...] = ()) -> dict[str, Any]:
            whole = [{**given(file["path"], ""), **file} for file in files]
            return run_module(put_files, monkeypatch, check, files=whole, folders=list(map(str, folders)), kept=[])

        return put

    def noted(self, ledger: Path) -> set[str]:
        """Return the names of the files that are noted."""
        return {Path(path).name for path in json.loads(ledger.read_text())} if ledger.exists() else set()

    def test_what_it_puts_and_what_was_right_already_is_noted(self, tmp_path: Path, put: Any, ledger: Path) -> None:
        """A host may have files since before there was a ledger."""
        write(tmp_path, {"old": "text"}).joinpath("old").chmod(0o644)
        files = [{"path": str(tmp_path / name), "text": "text"} for name in ("old", "new")]
        put(*files, check=True)
        assert not ledger.exists()
        assert put(*files)["differ"] == [str(tmp_path / "new")]
        assert self.noted(ledger) == {"old", "new"}
        assert Ledger().drift() == []

    def test_what_may_have_any_text_is_not_noted_nor_what_is_gone(self, tmp_path: Path, put: Any, ledger: Path) -> None:
        folder, initial = write(tmp_path / "tls", {"a.pem": "a", "b.pem": "b"}), {"path": str(tmp_path / "map"), "initial": True}
        pems = [{"path": str(folder / name), "text": text} for name, text in (("a.pem", "a"), ("b.pem", "b"))]
        put(initial, *pems)
        assert self.noted(ledger) == {"a.pem", "b.pem"}
        put(initial, {**pems[0], "absent": True}, folders=(folder,))
        assert self.noted(ledger) == set()

    def test_what_was_refused_is_noted_as_it_was(self, tmp_path: Path, put: Any, ledger: Path) -> None:
        one, two = {"path": str(tmp_path / "one"), "text": "old"}, given(tmp_path / "two", "wrong", ("/bin/false", "%s"))
        put(one)
        assert put({**one, "text": "new"}, two)["failed"]
        assert (self.noted(ledger), Ledger().drift()) == ({"one"}, [])

    def test_no_secret_is_in_it(self, tmp_path: Path, put: Any, ledger: Path) -> None:
        put({"path": str(tmp_path / "key.pem"), "secret": SECRET})
        assert self.noted(ledger) == {"key.pem"}
        assert not any(word in ledger.read_text() for word in ("MIGH", "BEGIN"))

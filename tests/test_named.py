"""Errors of the system name the file they are about, wherever one is written."""

import errno
import os
import pathlib
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, record
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.host import assets, manifest, secrets, units
from ansible_collections.hostler.fleet.plugins.module_utils.host.files import File
from ansible_collections.hostler.fleet.plugins.module_utils.named import lasting, named, write
from tests.shared.samples import write as sample

CODES = [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES]


def pack(folder: Path) -> None:
    sample(folder, {"app.py": ""})
    bundle.pack(folder, [Path("app.py")], folder / "one.tar.gz")


def put(folder: Path) -> None:
    File(folder / "one.conf", "text\n").put()


WRITERS: dict[str, Callable[[Path], Any]] = {
    "slots.map": lambda folder: slots_map.write(folder / "slots.map", {"hello": "blue"}),
    "hostler.lock": lambda folder: lock.take({"id": "one"}, path=folder / "hostler.lock"),
    "history.jsonl": lambda folder: record.append([{"event": "switched"}], folder / "history.jsonl"),
    "2026-01-01-aa": lambda folder: secrets.write(folder, {"KEY": "value"}, "2026-01-01-aa"),
    "hello.mail.service": lambda folder: units.lay_out(folder, {"every/hello.mail.service": "[Unit]\n"}, "1f0c"),
    "carried.json": lambda folder: assets._note(folder, {"static/page.css"}),
    "release.json": lambda folder: manifest.write(sample(folder, {"app/app.py": ""})),
    "one.conf": put,
    "one.tar.gz": pack,
    "environment": lambda folder: write(folder / "environment", "A=1\n"),
    "note": lambda folder: lasting(folder / "note", "text\n"),
}


class Full:
    """A file that is opened well and cannot be written, as Linux has it: the error names no file."""

    def __init__(self, file: Any, code: int) -> None:
        """Take the file that was opened."""
        self._file, self._code = file, code

    def write(self, _: object) -> int:
        """Fail."""
        raise OSError(self._code, os.strerror(self._code))

    def __getattr__(self, name: str) -> Any:
        """Be that file otherwise."""
        return getattr(self._file, name)

    def __enter__(self) -> Any:
        """Be it within a block too."""
        self._file.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._file.close()


@pytest.mark.parametrize("code", CODES, ids=[errno.errorcode[code] for code in CODES])
@pytest.mark.parametrize("name", WRITERS)
def test_what_cannot_be_written_is_named(name: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    def opened(path: Path, mode: str = "r", *more: Any, opening: Any = pathlib.Path.open, **options: Any) -> Any:
        file = opening(path, mode, *more, **options)
        return Full(file, code) if "w" in mode and path.name != "app.py" else file

    def described(file: int, *more: Any, opening: Any = os.fdopen, **options: Any) -> Any:
        return Full(opening(file, *more, **options), code)

    monkeypatch.setattr(Path, "open", opened)
    monkeypatch.setattr(os, "fdopen", described)
    monkeypatch.setattr(os, "write", fail)
    monkeypatch.setattr(os, "pwrite", fail)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        WRITERS[name](tmp_path)
    assert name in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_a_disk_that_is_really_full_is_named(tmp_path: Path) -> None:
    (tmp_path / "slots").symlink_to("/dev/full")
    with pytest.raises(OSError, match=f"No space left on device.*{tmp_path}/slots"):
        write(tmp_path / "slots", "x")


def test_the_file_that_an_error_names_itself_is_the_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="gone"), named(tmp_path / "other"):
        (tmp_path / "gone").read_text()


def test_an_error_that_is_none_of_the_system_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="^no room$"), named(tmp_path):
        raise OSError("no room")


def test_a_lock_that_does_not_fit_is_nobody_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "hostler.lock"
    whole = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, text, at: whole(file, text[:5], at))
    with pytest.raises(OSError, match="No space left on device.*hostler.lock"):
        lock.take({"id": "one"}, path=path)
    assert lock.holder(path) == {}


class TestLasting:
    """A file that is there whole or not at all."""

    def test_it_is_there_with_its_folder_s_owner_and_the_mode_that_is_said(self, tmp_path: Path) -> None:
        """Whatever a host makes closed: who reads it runs as another user."""
        before = os.umask(0o077)
        try:
            lasting(tmp_path / "open", "text\n")
            lasting(tmp_path / "closed", "ü", 0o600)
        finally:
            os.umask(before)
        assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("open", "closed")] == [0o644, 0o600]
        assert (tmp_path / "closed").read_bytes() == "ü".encode()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["closed", "open"]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_its_owner_is_its_folder_s(self, tmp_path: Path) -> None:
        os.chown(tmp_path, 65534, 65534)
        lasting(tmp_path / "note", "")
        found = (tmp_path / "note").stat()
        assert (found.st_uid, found.st_gid) == (65534, 65534)

    @pytest.mark.parametrize("step", ["write", "fchown", "fchmod", "fsync", "replace"])
    @pytest.mark.parametrize("former", ["former", None])
    def test_where_it_fails_anywhere_what_was_is_there(
        self, former: str | None, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also where the run is killed there; the next one is in nobody's way."""
        path = tmp_path / "note"
        if former:
            path.write_text(former)
        with monkeypatch.context() as failing:

            def fail(*_: object) -> int:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

            if step == "write":
                failing.setattr("ansible_collections.hostler.fleet.plugins.module_utils.named.whole", fail)
            else:
                failing.setattr(Path if step == "replace" else os, step, fail)
            with pytest.raises(OSError, match=os.strerror(errno.EIO)):
                lasting(path, "new")
        assert (path.read_text() if path.exists() else None) == former
        lasting(path, "new")
        assert path.read_text() == "new"
        assert sorted(tmp_path.iterdir()) == [path]

    def test_what_was_left_half_may_be_a_link_and_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").write_text("kept")
        (tmp_path / ".note.part").symlink_to(tmp_path / "elsewhere")
        lasting(tmp_path / "note", "new")
        assert ((tmp_path / "elsewhere").read_text(), (tmp_path / "note").is_symlink()) == ("kept", False)

    def test_a_part_alone_is_on_the_disk_before_its_name_is_and_the_name_before_the_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[tuple[str, bool]] = []
        real = os.fsync

        def sync(number: int) -> None:
            kind = "folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file"
            done.append((kind, (tmp_path / "note").exists()))
            real(number)

        monkeypatch.setattr(os, "fsync", sync)
        lasting(tmp_path / "note", "new")
        assert done == [("file", False), ("folder", True)]

"""The bundle: the files that git tracks or would track, and archives of the same ones equal to the byte."""

import os
import stat
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle
from tests.shared.samples import git, repository, write
from tests.shared.sources import copy, sample


def names(source: Path) -> list[str]:
    return [path.as_posix() for path in bundle.files(source)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An app with a module, a program, a folder and a link."""
    return sample(tmp_path / "source")


@pytest.fixture
def other(source: Path, tmp_path: Path) -> Path:
    """The same app in another folder, made in another order, with other dates and rights."""
    return copy(source, tmp_path / "elsewhere" / "copy")


@pytest.mark.parametrize("make", [repository, lambda folder: folder], ids=["in a repository", "outside of any"])
def test_what_git_ignores_is_left_out(source: Path, make: Callable[[Path], Path]) -> None:
    write(
        make(source),
        {".gitignore": "*.log\n/static/\n", "debug.log": "x", "static/new.css": "x", "inner/.gitignore": "x\n", "inner/x": "x"},
    )
    (source / "inner" / "y").touch()
    tracked = ["static/page.css"] if (source / ".git").exists() else []
    assert names(source) == [".gitignore", "app.py", "inner/.gitignore", "inner/y", "link", "run", *tracked]


def test_only_the_folder_of_the_app_is_taken_from_a_larger_repository(source: Path) -> None:
    write(source, {"other/file": "x"})
    assert names(repository(source) / "static") == ["page.css"]


def test_a_file_that_is_tracked_but_removed_is_left_out(source: Path) -> None:
    (repository(source) / "app.py").unlink()
    assert names(source) == ["link", "run", "static/page.css"]


def test_a_tracked_file_may_become_a_folder(source: Path) -> None:
    (repository(source) / "run").unlink()
    write(source, {"run/main.py": "x"})
    assert names(source) == ["app.py", "link", "run/main.py", "static/page.css"]


def test_a_repository_inside_has_its_files_taken_too(source: Path) -> None:
    repository(write(source / "nested", {"inner.py": "x"}))
    assert "nested/inner.py" in names(repository(source))


def test_a_submodule_has_its_files_taken_too(source: Path, tmp_path: Path) -> None:
    library = repository(write(tmp_path / "library", {"lib.py": "x", ".gitignore": "*.log\n"}))
    git(repository(source), "submodule", "add", "--quiet", str(library), "vendor/library")
    write(source / "vendor/library", {"debug.log": "x"})
    assert {"vendor/library/lib.py", ".gitmodules"} < set(names(source))
    assert "vendor/library/debug.log" not in names(source)


def test_a_submodule_that_is_not_checked_out_is_refused(source: Path, tmp_path: Path) -> None:
    library = repository(write(tmp_path / "library", {"lib.py": "x"}))
    git(repository(source), "submodule", "add", "--quiet", str(library), "library")
    git(source, "submodule", "deinit", "--force", "library")
    with pytest.raises(ValueError, match="the submodule .*/library is not checked out; run 'git submodule update --init --recursive'"):
        bundle.files(source)


def test_a_git_hook_may_deploy(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = repository(write(tmp_path / "elsewhere", {"hook": "x"}))
    write(repository(source), {".gitignore": "run\n"})
    before = names(source)
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(elsewhere / ".git/index"))
    assert names(source) == before


def test_a_repository_runs_nothing_of_its_own(source: Path, tmp_path: Path) -> None:
    write(tmp_path, {"hook": f"#!/bin/sh\ntouch {tmp_path}/ran\n"})
    (tmp_path / "hook").chmod(0o755)
    git(repository(source), "config", "core.fsmonitor", str(tmp_path / "hook"))
    bundle.files(source)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("make", [repository, lambda folder: folder], ids=["in a repository", "outside of any"])
def test_names_may_have_any_byte(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    odd = [b"a b", b"a\nb", b"a\tb", b'a"b\\', b"\xff\xfe", "ä€".encode(), b"-rf"]
    source = tmp_path / "source"
    source.mkdir()
    for name in odd:
        (source / os.fsdecode(name)).write_text("x")
    found = bundle.files(make(source))
    assert sorted(map(os.fsencode, found)) == sorted(odd)
    bundle.pack(source, found, tmp_path / "odd.tar.gz")
    subprocess.run(["tar", "--extract", "--file", "../odd.tar.gz", f"--one-top-level={tmp_path}/out"], cwd=source, check=True)
    assert sorted(map(os.fsencode, (path.name for path in (tmp_path / "out").iterdir()))) == sorted(odd)


def test_two_archives_of_the_same_files_are_equal(source: Path, other: Path, tmp_path: Path) -> None:
    archives = [tmp_path / "one.tar.gz", tmp_path / "two.tar.gz"]
    for folder, archive in zip((source, other), archives, strict=True):
        bundle.pack(folder, bundle.files(folder), archive)
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_an_archive_has_root_s_files_that_only_owner_and_group_may_read(source: Path, tmp_path: Path) -> None:
    bundle.pack(source, bundle.files(source), tmp_path / "one.tar.gz")
    with tarfile.open(tmp_path / "one.tar.gz") as tar:
        members = {member.name: member for member in tar}
    assert {name: stat.filemode(member.mode)[1:] for name, member in members.items() if not member.issym()} == {
        "app.py": "rw-r-----",
        "run": "rwxr-x---",
        "static/page.css": "rw-r-----",
    }
    assert members["link"].linkname == "app.py"
    assert {(member.uid, member.gid, member.uname, member.gname) for member in members.values()} == {(0, 0, "", "")}


def dates(source: Path, archive: Path) -> dict[str, int]:
    """Return the date of each file in the archive of a folder."""
    bundle.pack(source, bundle.files(source), archive)
    with tarfile.open(archive) as tar:
        return {member.name: int(member.mtime) for member in tar}


def test_a_file_s_date_is_its_content_s_wherever_it_was_built(source: Path, other: Path, tmp_path: Path) -> None:
    """So an ETag of date and size is the same on every host, and another for a change of the same length."""
    before = dates(source, tmp_path / "one.tar.gz")
    assert before == dates(other, tmp_path / "two.tar.gz")
    write(source, {"static/page.css": "q {}\n"})
    after = dates(source, tmp_path / "three.tar.gz")
    assert {name for name in before if before[name] != after[name]} == {"static/page.css"}


def test_dates_are_in_the_past_and_such_as_zip_knows(source: Path, tmp_path: Path) -> None:
    write(source, {f"{number}.txt": str(number) for number in range(500)})
    found = dates(source, tmp_path / "one.tar.gz").values()
    assert len(set(found)) > 500
    # A day more on either side, for zip has the local time
    assert all((1980, 1, 2) <= time.gmtime(date)[:3] < (2010, 1, 1) for date in found)


def test_an_interrupted_archive_leaves_nothing(source: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(FileNotFoundError):
        bundle.pack(source, [Path("app.py"), Path("gone")], cache / "one.tar.gz")
    assert list(cache.iterdir()) == []


def test_an_interrupted_archive_leaves_the_old_one(source: Path, tmp_path: Path) -> None:
    archive = tmp_path / "one.tar.gz"
    bundle.pack(source, bundle.files(source), archive)
    before = archive.read_bytes()
    with pytest.raises(KeyboardInterrupt), bundle.whole(archive) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert archive.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [archive.name]

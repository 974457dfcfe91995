"""The bundle: the files that git tracks or would track, and archives of the same ones equal to the byte."""

import os
import re
import shutil
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


HERE = pytest.mark.parametrize("make", [repository, lambda folder: folder], ids=["in a repository", "outside of any"])
MADE = (
    *("venv/bin/activate", ".venv/bin/activate", "env/pyvenv.cfg", "env/lib/x.py", "deep/py3/pyvenv.cfg", "deep/py3/lib/x.py"),
    *("node_modules/x/index.js", "web/node_modules/x.js", "__pycache__/app.pyc", "inner/__pycache__/x.pyc", "old.pyc"),
    *(".pytest_cache/x", ".mypy_cache/x", ".ruff_cache/x", ".DS_Store", "inner/.DS_Store", ".svn/x"),
    *(".env", ".env.local", "inner/.env.production", "db.sqlite3", "db.sqlite3-journal", "instance/flaskr.sqlite", "app.db-journal"),
)


@HERE
def test_what_tools_leave_is_left_out_without_a_word_in_gitignore(source: Path, make: Callable[[Path], Path]) -> None:
    before = names(write(make(source), {".env.example": "A=", "environment.py": "", "env.py": "", "venvs.txt": ""}))
    assert {".env.example", "environment.py", "env.py", "venvs.txt"} < set(before)
    write(source, dict.fromkeys(MADE, "x"))
    (source / "venv/bin/python").symlink_to("/usr/bin/python3")
    assert names(source) == before


@pytest.mark.parametrize("inside", ["node_modules/tool", "env/src/tool"])
def test_a_repository_in_what_is_left_out_is_left_out(source: Path, inside: str) -> None:
    write(source, {"env/pyvenv.cfg": ""})
    repository(write(source / inside, {"inner.py": "x"}))
    assert names(source) == ["app.py", "link", "run", "static/page.css"]


def test_what_git_tracks_goes_along_whatever_its_name(source: Path) -> None:
    write(source, {".env": "A=1", "data/zones.sqlite3": "x", "node_modules/x.js": "x"})
    assert {".env", "data/zones.sqlite3", "node_modules/x.js"} < set(names(repository(source)))


def test_a_folder_that_cannot_be_read_is_refused(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which git only warns. Tests may be run by root, who can read everything, so another git says what it would say."""
    for folder in ("private/inner/", "node_modules/x/"):
        warning = f"warning: could not open directory '{folder}': Permission denied"
        write(
            tmp_path / "bin",
            {"git": f'#!/bin/sh\ncase "$*" in *--others*) echo "{warning}" >&2 ;; esac\nexec {shutil.which("git")} "$@"\n'},
        )
        (tmp_path / "bin/git").chmod(0o755)
        with monkeypatch.context() as patch:
            patch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
            if folder.startswith("private"):
                with pytest.raises(ValueError, match="^the folder .*/source/private/inner cannot be read .Permission denied.; let who"):
                    bundle.files(source)
            else:
                assert names(source) == ["app.py", "link", "run", "static/page.css"]


@HERE
def test_names_may_have_any_character_but_a_line_break(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    odd = ["a b", "a\tb", 'a"b\\', "ä€", "-rf", "a'b*?"]
    source = write(tmp_path / "source", dict.fromkeys(odd, "x"))
    found = bundle.files(make(source))
    bundle.check(source, found)
    assert sorted(map(str, found)) == sorted(odd)
    bundle.pack(source, found, tmp_path / "odd.tar.gz")
    subprocess.run(["tar", "--extract", "--file", "../odd.tar.gz", f"--one-top-level={tmp_path}/out"], cwd=source, check=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(odd)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (b"a\nb", r"the name 'a\nb' has a line break; rename it."),
        (b"a\rb", r"the name 'a\rb' has a line break; rename it."),
        (b"\xff\xfe", r"the name '\udcff\udcfe' is not UTF-8; rename it."),
    ],
)
def test_a_name_that_nobody_means_is_refused(source: Path, name: bytes, said: str) -> None:
    (source / os.fsdecode(name)).touch()
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        bundle.check(source, bundle.files(source))


@pytest.mark.parametrize("target", ["app.py", "./app.py", "static", "static/../run", "other", "inner/back/app.py", ".", "inner/.."])
def test_a_link_within_the_app_is_good(source: Path, target: str) -> None:
    write(source, {"inner/x": "x"})
    (source / "other").symlink_to("app.py")
    (source / "inner/back").symlink_to("..")
    (source / "tried").symlink_to(target)
    bundle.check(source, bundle.files(source))


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("/etc/hostname", "a place of this machine"),
        ("{source}/app.py", "a place of this machine"),
        ("gone", "where nothing is"),
        ("tried", "where nothing is"),
        ("../elsewhere", "out of the app's folder"),
        ("static/../../elsewhere", "out of the app's folder"),
        ("debug.log", "which does not go along"),
        ("logs", "which does not go along"),
        ("by.log", "which does not go along"),
        (".env", "which does not go along"),
    ],
)
def test_a_link_that_leads_to_nothing_on_a_host_is_refused(source: Path, tmp_path: Path, target: str, why: str) -> None:
    write(tmp_path, {"elsewhere": "x"})
    write(source, {".gitignore": "*.log\n", "debug.log": "x", "logs/x.log": "x", ".env": "x"})
    (source / "by.log").symlink_to("app.py")
    target = target.format(source=source)
    (source / "tried").symlink_to(target)
    with pytest.raises(ValueError, match=f"^the link tried leads to {re.escape(target)}, {why}; put the file itself in its place, or"):
        bundle.check(source, bundle.files(source))


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


@pytest.mark.parametrize(("bits", "unpacked"), [(0, 10240), (2**32 - 5, 2**32 - 5)])
def test_the_sizes_of_an_archive_are_read_from_its_end(tmp_path: Path, bits: int, unpacked: int) -> None:
    """Of more than 4 GB, gzip has the last bits."""
    archive = tmp_path / "one.tar.gz"
    bundle.pack(write(tmp_path / "app", {"app.py": "x = 1\n" * 500}), [Path("app.py")], archive)
    if bits:
        archive.write_bytes(archive.read_bytes()[:-4] + bits.to_bytes(4, "little"))
    assert bundle.sizes(archive) == [archive.stat().st_size, unpacked]


def test_an_archive_that_says_less_than_it_has_is_one_of_more_than_4_gb(tmp_path: Path) -> None:
    (tmp_path / "one.tar.gz").write_bytes(b"x" * 100 + (7).to_bytes(4, "little"))
    assert bundle.sizes(tmp_path / "one.tar.gz") == [104, 2**32 + 7]

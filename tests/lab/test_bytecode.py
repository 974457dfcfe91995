"""What a lab host imports from an archive is compiled once, and is the same as without."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.shared.samples import ROOT, write

PROGRAM = ROOT / "roles/lab/files/kept_bytecode.py"
# Says what was compiled, and what the archive's module has
ASK = """
import sys, zipimport
compiles = zipimport._compile_source
zipimport._compile_source = lambda path, source: (print("compiles", source.decode().strip()), compiles(path, source))[1]
sys.path.insert(0, sys.argv[1])
import kept_bytecode
kept_bytecode.KEPT = sys.argv[3]
sys.path.insert(0, sys.argv[2])
import sent
print(sent.word)
"""


def archive(folder: Path, source: str, name: str = "sent.zip") -> Path:
    """Return an archive whose module `sent` has this source."""
    with zipfile.ZipFile(folder / name, "w") as new:
        new.writestr("sent.py", source)
    return folder / name


def said(path: Path, kept: Path, before: str = "") -> list[str]:
    """Return what a process prints that imports the archive's module, and does something before."""
    command = [sys.executable, "-c", before + ASK, str(PROGRAM.parent), str(path), str(kept)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_the_same_source_is_compiled_once_in_whatever_archive_it_comes(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert said(archive(tmp_path, "word = 1"), kept) == ["compiles word = 1", "1"]
    assert said(archive(tmp_path, "word = 1", "another.zip"), kept) == ["1"]


def test_another_source_of_the_same_name_is_itself(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    said(archive(tmp_path, "word = 1"), kept)
    assert said(archive(tmp_path, "word = 2"), kept) == ["compiles word = 2", "2"]


@pytest.mark.parametrize("spoilt", [b"", b"spoilt", b"\xe3"])
def test_what_was_kept_and_cannot_be_read_is_compiled_and_kept_anew(tmp_path: Path, spoilt: bytes) -> None:
    kept = tmp_path / "kept"
    said(archive(tmp_path, "word = 1"), kept)
    [file] = kept.iterdir()
    file.write_bytes(spoilt)
    assert said(tmp_path / "sent.zip", kept) == ["compiles word = 1", "1"]
    assert said(tmp_path / "sent.zip", kept) == ["1"]


def test_where_nothing_can_be_kept_all_goes_on(tmp_path: Path) -> None:
    write(tmp_path, {"a file": ""})
    path = archive(tmp_path, "word = 1")
    for _ in range(2):
        assert set(said(path, tmp_path / "a file/kept")) == {"compiles word = 1", "1"}


def test_where_there_is_no_room_nothing_is_left_behind(tmp_path: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    assert said(archive(tmp_path, "word = 1"), tmp_path / "kept", full)[-1] == "1"
    assert list((tmp_path / "kept").iterdir()) == []

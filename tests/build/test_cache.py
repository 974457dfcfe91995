"""What the control node keeps of builds: no more than is worth it, and never less than a run needs."""

import os
import time
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import cache
from tests.shared.built import build
from tests.shared.samples import write

AGES = {"young": 60, "one": 2 * 3600, "two": 86400, "three": 5 * 86400, "old": 31 * 86400}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache of archives and a mirror, of 100 bytes each and of all ages, and room for 250."""
    monkeypatch.setattr(cache, "BYTES", 250)
    for name, age in AGES.items():
        path = tmp_path / (f"{name}.git" if name == "two" else f"{name}.packages.tar.gz")
        write(path, {"a": "x" * 40, "b/c": "x" * 60}) if name == "two" else path.write_text("x" * 100)
        os.utime(path, (0, time.time() - age))
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name.split(".")[0] for path in folder.iterdir()}


def test_the_oldest_go_first_until_there_is_room(folder: Path) -> None:
    cache.expire(folder)
    assert "old" not in names(folder)
    assert "three" not in names(folder)
    assert {"young", "one"} <= names(folder)


def test_what_is_in_use_stays_whatever_its_size(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "BYTES", 1)
    cache.expire(folder)
    assert names(folder) == {"young"}


def test_what_is_used_is_young_and_nothing_is_made_of_what_is_not_there(folder: Path) -> None:
    assert cache.used(folder / "old.packages.tar.gz")
    assert not cache.used(folder / "gone.packages.tar.gz")
    cache.expire(folder)
    assert {"old", "young"} <= names(folder)
    assert "gone" not in names(folder)


def test_within_its_bounds_all_stays_but_what_is_old(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "BYTES", 10**6)
    cache.expire(folder)
    assert names(folder) == {"young", "one", "two", "three"}


def test_what_killed_runs_were_at_goes_too(folder: Path) -> None:
    for name, age in {".a.bundle.tar.gz.17": 2 * 3600, ".c.built.17": 2 * 3600, ".b.bundle.tar.gz.18": 60}.items():
        (folder / name).touch()
        os.utime(folder / name, (0, time.time() - age))
    cache.expire(folder)
    assert [path.name for path in folder.glob(".*")] == [".b.bundle.tar.gz.18"]


def test_a_refused_build_is_bounded_too(folder: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "source", {"requirements.txt": "flask\n"})
    with pytest.raises(ValueError, match="has no hash"):
        build(folder, source=str(source))
    assert "old" not in names(folder)

"""The digest: one for the same files anywhere, and another for any change of them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import digest as files_digest
from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle
from tests.shared.samples import repository
from tests.shared.sources import copy, sample

Change = Callable[[Path], object]


def digest(source: Path) -> str:
    return files_digest.digest(source, bundle.files(source))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An app with a module, a program, a folder and a link."""
    return sample(tmp_path / "source")


@pytest.fixture
def other(source: Path, tmp_path: Path) -> Path:
    """The same app in another folder, made in another order, with other dates and rights."""
    return copy(source, tmp_path / "elsewhere" / "copy")


def test_the_same_files_have_the_same_digest_anywhere(source: Path, other: Path) -> None:
    assert digest(other) == digest(source)


def test_what_its_owner_may_run_is_a_program_whoever_asks(source: Path) -> None:
    (source / "app.py").chmod(0o611)  # git, too, goes by the owner's bit alone
    before = digest(source)
    (source / "app.py").chmod(0o644)
    assert digest(source) == before


def test_a_commit_does_not_change_the_digest(source: Path) -> None:
    before = digest(source)
    assert digest(repository(source)) == before


def relink(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


CHANGES: dict[str, Change] = {
    "content": lambda source: (source / "app.py").write_text("app = 2\n"),
    "name": lambda source: (source / "app.py").rename(source / "main.py"),
    "folder": lambda source: (source / "static").rename(source / "assets"),
    "now a program": lambda source: (source / "app.py").chmod(0o755),
    "no longer a program": lambda source: (source / "run").chmod(0o644),
    "an empty file more": lambda source: (source / "empty").touch(),
    "a file less": lambda source: (source / "run").unlink(),
    "link's target": lambda source: relink(source / "link", "run"),
    "link's target as written": lambda source: relink(source / "link", "./app.py"),
    "a copy for a link": lambda source: shutil.copyfile(source / "app.py", source / "link.new").rename(source / "link"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_gives_another_digest(source: Path, change: Change) -> None:
    before = digest(source)
    change(source)
    assert digest(source) != before

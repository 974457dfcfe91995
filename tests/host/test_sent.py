"""What killed runs have sent to a host and not removed."""

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import sent
from tests.shared.samples import write

BUNDLE = "hello-world-0123456789ab.bundle.tar.gz"
PACKAGES = "0123456789ab-python3.13-x86_64-glibc2.41.packages.tar.gz"


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the homes of two users, and of what is everybody's."""
    users = [SimpleNamespace(pw_dir=str(tmp_path / name)) for name in ("ops", "root", "gone")]
    monkeypatch.setattr(sent.pwd, "getpwall", lambda: users)  # type: ignore[attr-defined]
    monkeypatch.setattr(sent, "SYSTEM_WIDE", (tmp_path / "tmp",))
    return tmp_path


def made(folder: Path, *names: str, age: float = 60) -> Path:
    """Make what a task has sent, so many seconds ago."""
    for name in names:
        write(folder, {name: "content"})
        os.utime(folder / name, (time.time() - age,) * 2)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_what_was_sent_before_the_run_goes_from_all_homes_but_not_what_it_sent_itself(homes: Path) -> None:
    gone = [
        made(homes / "ops/.ansible/tmp/ansible-tmp-1.5-2-3", BUNDLE),
        made(homes / "root/.ansible/tmp/ansible-tmp-1.5-2-3", PACKAGES, BUNDLE, "AnsiballZ_start_slot.py"),
        made(homes / "tmp/ansible-tmp-1.5-2-3", BUNDLE),
        made(homes / "elsewhere/ansible-tmp-1.5-2-4", PACKAGES),
    ]
    mine = made(homes / "elsewhere/ansible-tmp-1.5-2-5", BUNDLE)
    sent.remove([str(mine / BUNDLE), None], 30)
    assert [folder for folder in gone if folder.exists()] == []
    assert mine.exists()


@pytest.mark.parametrize(
    ("name", "files", "age"),
    [
        ("ansible-tmp-1.5-2-3", [BUNDLE], 10),
        ("ansible-tmp-1.5-2-3", [], 60),
        ("ansible-tmp-1.5-2-3", ["AnsiballZ_copy.py", "source", "backup.tar.gz", "hello.bundle.tar.gz"], 60),
        ("backups", [BUNDLE], 60),
    ],
    ids=["of a run that is younger", "empty", "of another playbook", "a folder of the user's own"],
)
def test_what_may_be_in_use_or_is_not_ours_stays(homes: Path, name: str, files: list[str], age: float) -> None:
    folder = made(homes / "ops/.ansible/tmp" / name, *files, age=age)
    sent.remove([], 30)
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)


def test_a_folder_is_kept_while_one_of_its_archives_is_still_written_to(homes: Path) -> None:
    folder = made(homes / "ops/.ansible/tmp/ansible-tmp-1.5-2-3", PACKAGES)
    made(folder, BUNDLE, age=0)
    sent.remove([], 30)
    assert folder.exists()


def test_what_cannot_be_looked_into_keeps_nothing_from_going(homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As another playbook's folder that is removed just then."""
    gone = made(homes / "root/.ansible/tmp/ansible-tmp-1.5-2-3", BUNDLE)
    lost = made(homes / "ops/.ansible/tmp/ansible-tmp-1.5-2-3", BUNDLE)
    write(homes, {"ops/.ansible/tmp/ansible-tmp-a-file": ""})

    def look(folder: Path, looking: Any = Path.iterdir) -> Any:
        if folder == lost:
            raise FileNotFoundError(folder)
        return looking(folder)

    monkeypatch.setattr(Path, "iterdir", look)
    sent.remove([], 30)
    assert (gone.exists(), lost.exists()) == (False, True)


def test_a_link_in_a_home_leads_to_no_removal(homes: Path) -> None:
    elsewhere = made(homes / "elsewhere", BUNDLE)
    made(homes / "ops/.ansible/tmp")
    (homes / "ops/.ansible/tmp/ansible-tmp-1.5-2-3").symlink_to(elsewhere)
    sent.remove([], 30)
    assert (elsewhere / BUNDLE).exists()

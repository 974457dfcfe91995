"""How much memory and disk a host says that it has."""

import os
import pwd
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import room
from ansible_collections.hostler.fleet.plugins.module_utils.plan.room import Room
from tests.shared.samples import write

MEMINFO = """\
MemTotal:         984000 kB
MemAvailable:     400000 kB
SwapTotal:       1000000 kB
SwapFree:         900000 kB
HugePages_Total:       0
"""


def test_swap_is_counted_as_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MEMINFO", write(tmp_path, {"meminfo": MEMINFO}) / "meminfo")
    assert room.memory() == {"total": 1_984_000 * 1024, "available": 1_300_000 * 1024}


def test_a_folder_that_is_yet_to_be_made_is_on_the_disk_of_the_one_above_it(tmp_path: Path) -> None:
    found = room.disk(tmp_path / "not/yet")
    assert found["path"] == str(tmp_path / "not/yet")
    assert found["device"] == tmp_path.stat().st_dev
    assert 0 < found["free"] <= os.statvfs(tmp_path).f_bfree * os.statvfs(tmp_path).f_frsize


@pytest.mark.parametrize("user", ["daemon", ""])
def test_what_is_sent_lies_with_the_user_who_logs_in_or_where_ansible_is_told(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", user)
    assert room.sent("~/.ansible/tmp") == (Path(pwd.getpwnam(user).pw_dir) if user else Path.home()) / ".ansible/tmp"
    assert room.sent("/var/tmp/ansible") == Path("/var/tmp/ansible")


def test_what_a_host_says_is_what_the_control_node_reads() -> None:
    assert Room.of(room.room("~/.ansible/tmp")).srv.path == "/srv"

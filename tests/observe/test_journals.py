"""When a host last wrote to its journal."""

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.observe.journals import newest
from tests.observe.journals import journal


def test_the_last_line_of_all_files_counts(tmp_path: Path) -> None:
    journal(tmp_path / "f00/system.journal", 1795852009.5)
    journal(tmp_path / "f00/user-1000.journal", 1795851936.0)
    assert newest(tmp_path) == 1795852009.5


def test_what_is_not_written_to_or_not_sent_does_not_count(tmp_path: Path) -> None:
    journal(tmp_path / "f00/system.journal", 100)
    journal(tmp_path / "f00/system@0006-4845.journal", 900)
    journal(tmp_path / "f00.app/system.journal", 900)
    (tmp_path / "f00/user-1.journal").write_bytes(b"LPKSHHRH")
    (tmp_path / "f00/user-2.journal").write_bytes(b"x" * 300)
    assert newest(tmp_path) == 100


def test_a_host_without_a_journal_wrote_nothing(tmp_path: Path) -> None:
    assert newest(tmp_path / "none") == 0

"""The file of the map of slots."""

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map

ENTRIES = {
    "hello": "green",
    "hello/turn": "4",
    "hello/blue": "1f0c3a5e7b9d",
    "hello/green": "aaaaaaaaaaaa",
    "hello/green/path": "/status",
}


class TestFile:
    """The map's file."""

    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        slots_map.write(tmp_path / "slots.map", ENTRIES)
        assert slots_map.read(tmp_path / "slots.map") == ENTRIES

    def test_no_file_has_no_entries(self, tmp_path: Path) -> None:
        assert slots_map.read(tmp_path / "slots.map") == {}

    def test_what_an_operator_has_edited_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "slots.map").write_text("# by hand\n\nhello \t green  \n")
        assert slots_map.read(tmp_path / "slots.map") == {"hello": "green"}

    def test_the_order_of_entries_does_not_change_the_text(self) -> None:
        assert slots_map.render(dict(reversed(ENTRIES.items()))) == slots_map.render(ENTRIES)

    def test_anybody_may_read_it(self, tmp_path: Path) -> None:
        slots_map.write(tmp_path / "slots.map", ENTRIES)
        assert (tmp_path / "slots.map").stat().st_mode & 0o777 == 0o644

    @pytest.mark.parametrize("step", ["fsync", "fchmod"])
    def test_a_failure_leaves_the_old_file_and_no_debris(self, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise OSError("No space left on device")

        slots_map.write(tmp_path / "slots.map", ENTRIES)
        monkeypatch.setattr(f"os.{step}", fail)
        with pytest.raises(OSError, match="No space left"):
            slots_map.write(tmp_path / "slots.map", {"hello": "blue"})
        assert slots_map.read(tmp_path / "slots.map") == ENTRIES
        assert [path.name for path in tmp_path.iterdir()] == ["slots.map"]

    def test_a_key_alone_is_passed_over(self, tmp_path: Path) -> None:
        """A hurried hand may leave one; HAProxy passes it over too."""
        (tmp_path / "slots.map").write_text("shop\nhello green\n")
        assert slots_map.read(tmp_path / "slots.map") == {"hello": "green"}

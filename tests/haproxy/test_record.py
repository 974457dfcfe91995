"""The file of the history: what is added is there after a crash, and one bad line costs no other."""

import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import record
from ansible_collections.hostler.fleet.plugins.modules import unlock_fleet
from tests.shared.samples import run_module


def event(number: int, **more: Any) -> dict[str, Any]:
    """Return an event, told from others by its number."""
    at = f"2026-01-01T00:00:{number:02}Z"
    return {"at": at, "run": "run1", "app": "hello", "event": "switched", "turn": number, "release": "\u00e4", **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a history is to be."""
    return tmp_path / "hostler" / "history.jsonl"


class TestFile:
    """The file on one balancer."""

    def test_what_is_added_is_told_in_its_order(self, path: Path) -> None:
        record.append([event(3), event(1)], path)
        record.append([event(2)], path)
        assert record.recent(9, path) == [event(3), event(1), event(2)]

    def test_only_the_last_are_told(self, path: Path) -> None:
        record.append(map(event, range(5)), path)
        assert record.recent(2, path) == [event(3), event(4)]

    def test_a_new_balancer_has_none(self, path: Path) -> None:
        assert record.recent(9, path) == []

    def test_nothing_to_add_makes_no_file(self, path: Path) -> None:
        record.append([], path)
        assert not path.exists()

    @pytest.mark.parametrize("rest", ['{"at": "2026', "not json\n", "[1]\n", "\n", "\udcff\n"])
    def test_a_line_that_is_not_whole_costs_no_other(self, rest: str, path: Path) -> None:
        record.append([event(1)], path)
        with path.open("a", errors="surrogateescape") as file:
            file.write(rest)
        record.append([event(2)], path)
        assert record.recent(9, path) == [event(1), event(2)]

    def test_a_disk_without_room_for_all_of_it_is_told(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("os.write", lambda file, text: len(text) - 1)
        with pytest.raises(OSError, match="No space left on device.*history"):
            record.append([event(1)], path)

    def test_only_root_and_its_group_may_read_it(self, path: Path) -> None:
        record.append([event(1)], path)
        assert path.stat().st_mode & 0o777 == 0o640


class TestKept:
    """What stays of a long history."""

    def test_each_app_keeps_its_own(self, path: Path) -> None:
        """One that is deployed often does not push out the others."""
        shop = event(1, app="shop")
        record.append([shop, *map(event, range(2, 30))], path)
        assert record.recent(3, path) == [shop, *map(event, (27, 28, 29))]

    def test_they_are_told_in_the_order_of_the_file(self, path: Path) -> None:
        events = [event(number, app="shop" if number % 3 else "hello") for number in range(12)]
        record.append(events, path)
        assert record.recent(9, path) == events
        assert record.recent(2, path) == [events[6], events[9], events[10], events[11]]

    def test_as_many_as_are_kept_are_told(self, path: Path) -> None:
        record.append((event(number % 60, turn=number) for number in range(record.KEPT + 2)), path)
        assert [one["turn"] for one in record.recent(path=path)] == list(range(2, record.KEPT + 2))

    @pytest.fixture
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have a file be written anew above a thousand bytes, with three events of each app."""
        monkeypatch.setattr(record, "LARGEST", 1000)
        monkeypatch.setattr(record, "recent", lambda path, recent=record.recent: recent(3, path))

    @pytest.mark.usefixtures("small")
    def test_a_file_that_has_grown_is_written_anew_with_what_is_kept(self, path: Path) -> None:
        shop = event(0, app="shop")
        record.append([shop], path)
        for number in range(1, 40):
            record.append([event(number)], path)
            assert path.stat().st_size <= 1000
        found = record.recent(path=path)
        assert found == [shop, *map(event, (37, 38, 39))]
        assert path.stat().st_mode & 0o777 == 0o640
        assert [part.name for part in path.parent.iterdir()] == [path.name]

    @pytest.mark.usefixtures("small")
    def test_of_an_app_that_was_removed_only_that_stays(self, path: Path) -> None:
        """Names come and go; else the file would be too large for good one day."""
        record.append([event(0, app="shop"), event(1, app="shop", event="removed")], path)
        for number in range(2, 20):
            record.append([event(number)], path)
        assert [one["event"] for one in record.recent(path=path) if one["app"] == "shop"] == ["removed"]

    @pytest.mark.usefixtures("small")
    def test_below_that_it_is_only_added_to(self, path: Path) -> None:
        record.append([event(1)], path)
        file = path.stat().st_ino
        record.append([event(2)], path)
        assert (path.stat().st_ino, len(path.read_text().splitlines())) == (file, 2)

    @pytest.mark.usefixtures("small")
    def test_what_another_adds_meanwhile_is_not_lost(self, path: Path) -> None:

        def add(app: str) -> None:
            for number in range(30):
                record.append([event(number, app=app)], path)

        writers = [threading.Thread(target=add, args=[app]) for app in ("hello", "shop", "forum")]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        kept = sorted((one["app"], one["turn"]) for one in record.recent(path=path))
        assert kept == [(app, turn) for app in ("forum", "hello", "shop") for turn in (27, 28, 29)]


@pytest.mark.usefixtures("files")
def test_what_has_been_done_is_not_undone_by_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    record.note([event(1)], said.append)
    assert (said, record.recent()) == ([], [event(1)])
    monkeypatch.setattr("os.write", lambda file, text: len(text) - 1)
    record.note([event(2)], said.append)
    assert "cannot be written: [Errno 28] No space left on device" in said[0]


@pytest.mark.parametrize("check", [False, True])
def test_the_end_of_a_run_adds_what_is_left_to_say(check: bool, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not run_module(unlock_fleet, monkeypatch, check, run="run1", events=[event(1)])["failed"]
    assert record.recent(9) == ([] if check else [event(1)])

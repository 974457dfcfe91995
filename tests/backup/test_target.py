"""To which moment data are brought back: what may be said, and what is refused."""

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup, newest
from ansible_collections.hostler.fleet.plugins.module_utils.backup.target import UTC, Target, parsed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def at(text: str) -> int:
    """Return seconds since 1970."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


FULL = Backup("20261122-021500F", "full", at("2026-11-22 02:16:00"), 3000, False)
DIFF = Backup("20261122-021500F_20261125-021500D", "diff", at("2026-11-25 02:15:30"), 2000, False)
BACKUPS = [FULL, DIFF]


def options(text: str) -> list[str]:
    """Return those of pgBackRest's for a target."""
    return parsed(text, BACKUPS, NOW).options


@pytest.mark.parametrize(
    ("said", "utc"),
    [
        ("2026-11-26 14:00", "14:00:00.000000"),
        ("  2026-11-26 14:00\n", "14:00:00.000000"),
        ("2026-11-26T14:00", "14:00:00.000000"),
        ("2026-11-26 14:00Z", "14:00:00.000000"),
        ("2026-11-26 14:00:07", "14:00:07.000000"),
        ("2026-11-26 14:00:07.25", "14:00:07.250000"),
        ("2026-11-26 14:00+01:00", "13:00:00.000000"),
        ("2026-11-26 14:00 +01:00", "13:00:00.000000"),
        ("2026-11-26T14:00:07.5-02:30", "16:30:07.500000"),
        ("2026-11-26", "00:00:00.000000"),
    ],
)
def test_a_moment_is_in_utc_unless_it_says_otherwise(said: str, utc: str) -> None:
    """With its zone, for PostgreSQL takes one without for the host's own time; and it goes on from there."""
    found = parsed(said, BACKUPS, NOW)
    assert found.options == ["--type=time", f"--target=2026-11-26 {utc}+00", "--target-action=promote"]
    assert (found.sets, found.said) == ([], f"2026-11-26 {utc[:8]} UTC")


def test_latest_is_all_there_is() -> None:
    assert parsed("latest", BACKUPS, NOW) == Target([], [], 3000, "all that is in the archive")


def test_room_is_made_for_the_largest_backup() -> None:
    """Which one is taken, pgBackRest decides."""
    assert {parsed(text, BACKUPS, NOW).size for text in ("latest", "2026-11-26 14:00", "before_import")} == {3000}


@pytest.mark.parametrize("name", ["before_import", "v1.2-rc", "_x", "Latest", "a" * 63])
def test_a_name_may_lie_before_each_backup_but_the_first(name: str) -> None:
    found = parsed(name, BACKUPS, NOW)
    assert found == Target(
        ["--type=name", f"--target={name}", "--target-action=promote"], [DIFF.label, FULL.label], 3000, f"the restore point {name}"
    )


@pytest.mark.parametrize("text", ["2026-11-22 02:16:00", "2026-11-28 12:00"], ids=["first", "now"])
def test_the_ends_of_what_there_is_are_allowed(text: str) -> None:
    assert options(text)


@pytest.mark.parametrize("offset", [0, 5, -8])
def test_what_is_before_the_first_backup_is_refused_with_the_earliest(offset: int) -> None:
    """In whatever zone it is said."""
    moment = datetime(2026, 11, 22, 2, 15, 59, tzinfo=UTC).astimezone(timezone(timedelta(hours=offset)))
    with pytest.raises(Refused) as refused:
        options(moment.isoformat(sep=" "))
    assert str(refused.value) == (
        "target: 2026-11-22 02:15:59 UTC is before the first backup was done; the earliest moment is 2026-11-22 02:16:00 UTC."
    )


@pytest.mark.parametrize("text", ["2026-11-28 12:00:01", "2026-11-28 12:30+00:15", "9999-12-31 23:59:59"])
def test_what_is_yet_to_come_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is yet to come; say an earlier moment, or latest."):
        options(text)


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_is_refused_with_what_to_say(text: str) -> None:
    with pytest.raises(Refused, match="target: to which moment[?] Say it, such as -e target='2026-11-26 14:00'"):
        options(text)


@pytest.mark.parametrize("text", ["latest", "2026-11-26 14:00", "before_import"])
def test_without_a_backup_there_is_nothing_to_go_back_to(text: str) -> None:
    with pytest.raises(Refused, match="there is no backup yet, so .*'systemctl status hostler-backup@full' has why."):
        parsed(text, [], NOW)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-26 25:00", "2026-13-01", "14:00", "26.11.2026", "2026-11-26 14:00 UTC", "2026", "²",
        "0001-01-01 00:00+14:00", "9999-12-31 23:59-14:00",
        "yesterday at noon", "a;b", "x' or 1", "--delta", "größe", "a" * 64, "a\nb",
    ],
)  # fmt: skip
def test_what_is_none_of_these_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(Refused) as refused:
        options(text)
    assert str(refused.value).startswith(f"target: {text!r} is no moment")
    assert "such as -e target=" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_newest_backup_is_the_last_one_of_its_kind() -> None:
    assert (newest(BACKUPS), newest(BACKUPS, "full"), newest(BACKUPS, "incr"), newest([])) == (DIFF, FULL, None, None)

"""The action ``check_backup``: what is wrong with backups is told at once, and with nothing secret in it."""

import json
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.action import check_backup
from tests.shared.samples import action

SECRET = "hunter2hunter2hunter2hunter2"
NONE: dict[str, Any] = {}
DEBIAN = {"os": "debian", "os_version": "13"}


def said(**changes: Any) -> dict[str, Any]:
    """Return what a host says."""
    return {"wrong": "", "backups": [], "passphrase": "", "fresh": "fresh", **changes}


def decide(keeper: dict[str, Any] = NONE, other: dict[str, Any] = NONE, **changes: Any) -> dict[str, Any]:
    """Return what is decided for a fleet that is good but for `changes`."""
    good: dict[str, Any] = {
        "said": {"backup1": said(**keeper), "db1": said(**other)},
        "facts": {"backup1": DEBIAN, "db1": DEBIAN},
        "data": {"ours": True, "wrong": ""},
        "restores": False,
        "numbers": {"backup_days": [14, 1, 3650], "backup_drill_hours": [2, 1, 8760]},
        "schedules": {"backup_full": "Sun *-*-* 02:15:00"},
        "passphrase": "",
        "s3": {},
    }
    return action(check_backup.ActionModule, **{**good, **changes}).run()


@pytest.mark.parametrize(
    ("keeper", "data", "given", "taken"),
    [
        ({}, {}, "", "fresh"),
        ({"passphrase": "a"}, {"passphrase": "b"}, "", "a"),
        ({}, {"passphrase": "b"}, "", "b"),
        ({}, {}, SECRET, SECRET),
        ({"passphrase": SECRET}, {}, SECRET, SECRET),
    ],
    ids=["a fleet that is new", "both know one", "the keeper is new", "given", "given again"],
)
def test_the_passphrase_that_is_there_is_kept(keeper: dict[str, Any], data: dict[str, Any], given: str, taken: str) -> None:
    """A repository with another one could not be read any more."""
    assert decide(keeper, data, passphrase=given) == {"changed": False, "passphrase": taken, "s3": {}, "wrong": ""}


S3 = {"bucket": "shop", "endpoint": "s3.example.org", "region": "eu-1", "key": "AKIAHUNTER", "secret": SECRET}


def test_a_bucket_is_told_as_it_is_meant() -> None:
    found = decide(s3=S3, passphrase=SECRET, numbers={"backup_days": ["30", 1, 3650]})
    assert found["wrong"] == ""
    assert found["s3"] == {**S3, "path": "/hostler", "uri_style": "host", "ca": "", "days": 30}
    # What is wrong elsewhere has it not be meant yet
    assert decide(s3=S3)["s3"] == {}


BACKUPS = {"backups": [{"label": "F"}]}
REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "too few days": ({"numbers": {"backup_days": [0, 1, 3650]}}, "backup_days: 0 is outside 1 to 3650."),
    "too many hours": ({"numbers": {"backup_drill_hours": ["8761", 1, 8760]}}, "backup_drill_hours: 8761 is outside 1 to 8760."),
    "schedule": ({"schedules": {"backup_full": "nightly\nExecStart=/bin/sh"}}, "backup_full: 'nightly\\nExecStart=/bin/sh' is no schedule"),
    "short": ({"passphrase": SECRET[:19]}, "backup_passphrase: use 20 or more letters"),
    "blank": ({"passphrase": SECRET + " x"}, "backup_passphrase: use 20 or more letters"),
    "line": ({"passphrase": SECRET + "\nx"}, "backup_passphrase: use 20 or more letters"),
    "letter": ({"passphrase": SECRET + "ü"}, "backup_passphrase: use 20 or more letters"),
    "another": ({"passphrase": SECRET, "keeper": {"passphrase": "a" * 24}}, "backup_passphrase: the repository was made with another one"),
    "another there": ({"passphrase": SECRET, "other": {"passphrase": "a" * 24}}, "backup_passphrase: the repository was made with another"),
    "releases": (
        {"facts": {"backup1": {"os": "debian", "os_version": "12"}, "db1": DEBIAN}},
        "backup1 has debian 12 and db1 has debian 13; pgBackRest works with its own version alone",
    ),
    "keeper": ({"keeper": {"wrong": "pgBackRest: x"}}, "backup1: what it keeps cannot be read: pgBackRest: x"),
    "data": ({"other": {"wrong": "[Errno 5] x"}}, "db1: what it keeps cannot be read: [Errno 5] x"),
    "bucket": ({"s3": {**S3, "endpoint": "https://x"}, "passphrase": SECRET}, "backup_s3.endpoint: 'https://x' is no host name"),
    "bucket whose passphrase is lost with the hosts": ({"s3": S3}, "backup_s3: what is there is for the day on which both hosts are lost"),
    "no data beside the bucket": (
        {"keeper": {"s3": {"backups": [{"label": "F"}]}}, "data": {"ours": False, "wrong": ""}},
        "backup1 has backups of data, and the host in 'database' has no data; site.yml begins no empty database beside them.",
    ),
    "no data, and no backup that is whole": (
        {"keeper": {"here": True, "status": 2}, "data": {"ours": False, "wrong": ""}},
        "backup1 has WAL of data, and the host in 'database' has no data; site.yml begins no empty database beside it. There is no whole",
    ),
    "no data, and backups of a former PostgreSQL": (
        {"keeper": {"here": True, "status": 0}, "data": {"ours": False, "wrong": ""}},
        "backup1 has WAL of data, and the host in 'database' has no data; ",
    ),
    "no data": (
        {"keeper": BACKUPS, "data": {"ours": False, "wrong": ""}},
        "backup1 has backups of data, and the host in 'database' has no data; site.yml begins no empty database beside them.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_wrong_is_told_in_one_sentence(case: str) -> None:
    changes, told = REFUSALS[case]
    wrong = decide(**changes)["wrong"]
    assert wrong.startswith(told)
    assert "\n" not in wrong


@pytest.mark.parametrize("case", REFUSALS)
def test_no_secret_is_in_what_is_told(case: str) -> None:
    """The task has ``no_log``, and what it says is wrong is told by another one."""
    wrong = json.dumps(decide(**REFUSALS[case][0])["wrong"])
    assert [secret for secret in (SECRET[:19], "a" * 24, "fresh") if secret in wrong] == []


def test_all_of_it_is_told_at_once() -> None:
    changes = {
        key: value for case in ("too few days", "schedule", "short", "keeper", "releases") for key, value in REFUSALS[case][0].items()
    }
    lines = decide(**changes)["wrong"].splitlines()
    assert [line.split(":")[0].split(" ")[0] for line in lines] == ["backup_days", "backup_full", "backup_passphrase", "backup1", "backup1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"ours": True, "wrong": ""}},
        {"data": {"ours": False, "wrong": ""}, "restores": True},
        {"data": {"ours": False, "wrong": "foreign data"}},
    ],
    ids=["the data are there", "they are about to be brought back", "what is in their place is told elsewhere"],
)
@pytest.mark.parametrize("keeper", [BACKUPS, {"here": True, "status": 2}], ids=["backups", "WAL"])
def test_what_is_kept_is_in_nobody_s_way_where(keeper: dict[str, Any], changes: dict[str, Any]) -> None:
    assert decide(keeper, **changes)["wrong"] == ""


def test_a_fleet_that_is_new_has_nothing_in_its_way() -> None:
    """Neither before the host with the backups has anything, nor before there is a repository on it."""
    for keeper in ({"here": False, "status": 0}, {"here": True, "status": 1}):
        assert decide(keeper, data={"ours": False, "wrong": ""})["wrong"] == ""


def test_a_host_that_could_not_make_one_is_told_of_all_the_same() -> None:
    broken = {key: value for key, value in said(wrong="[Errno 13] Permission denied").items() if key not in ("fresh", "passphrase")}
    assert decide(said={"backup1": broken, "db1": said()})["wrong"].endswith("[Errno 13] Permission denied")

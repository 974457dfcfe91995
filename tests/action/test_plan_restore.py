"""The action ``plan_restore``: what is said as the run goes on, each time of the same target."""

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.hostler.fleet.plugins.action import plan_restore
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from tests.shared.planned import agree_on
from tests.shared.samples import action, app

BACKUP = Backup("F", "full", 1, 7, False).json()


def decide(**args: Any) -> dict[str, Any]:
    """Return what is decided."""
    return action(
        plan_restore.ActionModule, **{"target": "latest", "backups": [BACKUP], "s3": None, "from_s3": False, "database": "db1", **args}
    ).run()


def test_how_far_is_decided_before_anything_is_known_of_balancers() -> None:
    result = decide()
    assert sorted(result) == ["changed", "stamp", "target"]
    assert result["target"]["size"] == 7
    assert len(result["stamp"]) == 15


def test_what_was_found_is_shown() -> None:
    result = decide(found={"databases": {"shop": {"tables": 1, "rows": 2, "bytes": 3}}, "newest": 0})
    assert result["lines"][0] == "Restored into a scratch, up to all that is in the archive:"


def test_with_what_balancers_know_it_says_what_to_close_and_open() -> None:
    result = decide(apps=[app(database=True).json()], known=agree_on({"hello": "blue"}).json())
    assert result["apps"] == ["hello"]
    assert (result["close"]["entries"]["hello/maintenance"], result["events"][0]["event"]) == ("on", "restored")


OLD = Backup("OLD", "full", 1, 9, False).json()
NEW = Backup("NEW", "full", 1796000000, 8, False).json()


def there(*backups: Any, wrong: str = "") -> dict[str, Any]:
    """Return what is said of a bucket."""
    return {"status": 0, "backups": list(backups), "drill": None, "wrong": wrong}


@pytest.mark.parametrize(
    ("args", "repository"),
    [
        ({}, 1),
        ({"s3": there(OLD)}, 1),
        ({"s3": there(OLD), "from_s3": True}, 2),
        ({"backups": [], "s3": there(OLD)}, 2),
        ({"backups": [NEW], "s3": there(OLD), "target": "2001-01-01 00:00"}, 2),
        ({"backups": [NEW], "s3": there(OLD, NEW), "target": "latest"}, 1),
        ({"backups": [BACKUP], "s3": there(wrong="away")}, 1),
    ],
    ids=["no bucket", "both lead there", "it is asked for", "nothing here", "too early for what is here", "the newest is here", "away"],
)
def test_the_bucket_is_taken_where_nothing_else_leads_there_or_it_is_asked_for(args: dict[str, Any], repository: int) -> None:
    assert decide(**args)["target"]["repository"] == repository


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"from_s3": True}, "from_s3: no backups are kept in a bucket"),
        ({"from_s3": True, "s3": there(wrong="it is away")}, "from_s3: the bucket cannot be asked: it is away"),
        ({"from_s3": True, "s3": there()}, "target: there is no backup yet"),
        ({"backups": [], "s3": there(wrong="it is away")}, "target: there is no backup yet"),
        ({"backups": [NEW], "s3": there(NEW), "target": "2001-01-01 00:00"}, "target: .* is before the first backup"),
        ({"database": ""}, "restore: no host is in the group 'backup'"),
        ({"database": []}, "restore: no host is in the group 'backup'"),
        ({"backups": []}, "target: there is no backup yet"),
        ({"target": "?"}, "target: '[?]' is no moment"),
    ],
)
def test_what_cannot_be_is_refused(args: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleActionFail, match=said):
        decide(**args)

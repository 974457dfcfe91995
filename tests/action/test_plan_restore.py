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
    return action(plan_restore.ActionModule, **{"target": "latest", "backups": [BACKUP], "database": "db1", **args}).run()


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


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"database": ""}, "restore: no host is in the group 'backup'"),
        ({"database": []}, "restore: no host is in the group 'backup'"),
        ({"backups": []}, "target: there is no backup yet"),
        ({"target": "?"}, "target: '[?]' is no moment"),
    ],
)
def test_what_cannot_be_is_refused(args: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleActionFail, match=said):
        decide(**args)

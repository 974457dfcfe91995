"""The action ``check_monitor``: all that is wrong with what is said of the monitor, at once."""

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.hostler.fleet.plugins.action import check_monitor
from tests.shared.samples import action

GOOD: dict[str, Any] = {
    "receivers": [{"kind": "webhook", "url": "https://a.example"}],
    "smtp": {},
    "urls": {"monitor_deadmans_url": ""},
    "numbers": {"monitor_retention_days": 30},
    "available": 99.9,
    "slow_seconds": 1,
    "objectives": {},
    "apps": [{"name": "hello"}],
    "page": {},
}


def test_what_is_right_passes_and_nothing_secret_comes_of_it() -> None:
    assert action(check_monitor.ActionModule, **GOOD).run() == {"changed": False}


def test_every_problem_is_told_at_once() -> None:
    wrong = {
        "receivers": [{"kind": "webhook"}, {"kind": "email", "to": "ops@example.org"}],
        "smtp": {"from": "a@b"},
        "urls": {"monitor_deadmans_url": "x"},
        "numbers": {"monitor_retention_days": 0},
        "available": 100,
        "objectives": {"shop": {"available": 99}},
        "page": {"domain": "fleet.example.org", "users": {"ops": "hunter2"}},
    }
    with pytest.raises(AnsibleActionFail) as refused:
        action(check_monitor.ActionModule, **{**GOOD, **wrong}).run()
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "monitor_receivers.#1.url",
        "monitor_receivers.#2",
        "monitor_smtp.host",
        "monitor_deadmans_url",
        "monitor_retention_days",
        "monitor_available",
        "monitor_objectives.shop",
        "monitor_page.users.ops",
    ]

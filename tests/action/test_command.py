"""A command of the operator's: where it is run, and what is printed of it."""

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.hostler.fleet.plugins.action import check_command, check_slots, report_command
from ansible_collections.hostler.fleet.plugins.module_utils.asked import values
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts
from tests.shared.judged import NEW, OLD, Fleet
from tests.shared.samples import action, app

DECIDED = {"hosts": ["web1"], "release": NEW, "options": {"command": "flask x", "seconds": 60}}


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is printed."""
    said: list[str] = []
    monkeypatch.setattr(Display, "display", lambda _, text, *__, **___: said.append(text))
    return said


def decide(web: dict[str, dict[str, Any]], **asked: str) -> dict[str, Any]:
    """Return where it is run, by what hosts said."""
    apps, fleet = [app(domains=["hello.example.org"]).json()], Fleet()
    known = action(check_slots.ActionModule, apps=apps, balancers=fleet.balancers, tell=True).run()
    return action(check_command.ActionModule, apps=apps, known=known, web=web, asked=values({"command": "flask x", **asked})).run()


def test_hosts_that_did_not_answer_are_passed_over() -> None:
    parts = Parts(slots={"green": NEW, "blue": OLD}, whole=[NEW, OLD]).json()
    web: dict[str, dict[str, Any]] = {
        "web1": {"failed": True, "msg": "gone"},
        "web2": {"ansible_facts": {"hostler": {"apps": {"hello": parts}}}},
    }
    found = decide(web, seconds="5")
    assert (found["hosts"], found["options"]["slot"], found["options"]["seconds"], found["said"]) == (
        ["web2"],
        "green",
        5,
        f"{NEW} on web2",
    )
    with pytest.raises(AnsibleActionFail, match="no web host that answers has the release"):
        decide({"web1": {}, "web2": {}})


def test_what_it_printed_is_printed_once_as_it_is(printed: list[str]) -> None:
    result = action(report_command.ActionModule, decided=DECIDED, ran={"web1": {"stdout": "one\n  two", "code": 0}}).run()
    assert (printed, result["said"]) == (["\none\n  two\n"], "")


def test_its_code_is_the_failure_and_its_output_is_not_told_again(printed: list[str]) -> None:
    with pytest.raises(AnsibleActionFail) as failed:
        action(report_command.ActionModule, decided=DECIDED, ran={"web1": {"stdout": "one", "code": 3}}).run()
    assert str(failed.value) == "'flask x' ended with 3 on web1, or took more than 60 s."
    assert printed == ["\none\n"]


def test_of_several_hosts_each_is_named_and_each_code_told(printed: list[str]) -> None:
    ran = {"web1": {"stdout": "one", "code": 0}, "web2": {"stdout": "", "code": 3}, "web3": {"stdout": "three", "code": 4}}
    with pytest.raises(AnsibleActionFail) as failed:
        action(report_command.ActionModule, decided=DECIDED, ran=ran).run()
    assert printed == ["\nweb1:\none\n", "\nweb2:\n", "\nweb3:\nthree\n"]
    assert [line.partition(",")[0] for line in str(failed.value).splitlines()] == [
        f"'flask x' ended with {n} on web{n - 1}" for n in (3, 4)
    ]


def test_where_nothing_was_printed_there_is_no_empty_line(printed: list[str]) -> None:
    action(report_command.ActionModule, decided=DECIDED, ran={"web1": {"stdout": "", "code": 0}}).run()
    assert printed == []


def test_in_check_mode_the_line_for_a_terminal_is_told(printed: list[str]) -> None:
    action(report_command.ActionModule, decided=DECIDED, ran={"web1": {"changed": True, "line": "systemd-run --pty flask x"}}).run()
    assert printed == ["\n'flask x' would run on web1. At a terminal there, as root:\n\nsystemd-run --pty flask x\n"]

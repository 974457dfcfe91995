"""Journals read: who is asked, and what is printed as it comes."""

import json
from typing import Any

import pytest
from ansible import context
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.utils.display import Display

from ansible_collections.hostler.fleet.plugins.action import check_logs, follow_logs
from ansible_collections.hostler.fleet.plugins.module_utils.asked import values
from ansible_collections.hostler.fleet.plugins.module_utils.plan.logs import BACKUPS, DATABASES
from tests.shared.samples import action, app

QUESTION = {"units": [], "matches": [], "lines": 200}


def decide(monkeypatch: pytest.MonkeyPatch, forks: int = 20, databases: tuple[str, ...] = (), **asked: str) -> dict[str, Any]:
    """Return who is asked."""
    monkeypatch.setattr(context, "CLIARGS", {"forks": forks})
    hosts: dict[str, Any] = {"web": ["web1", "web2"], "balancers": ["b1"], "databases": databases, "backups": databases}
    return action(check_logs.ActionModule, apps=[app().json()], **hosts, asked=values(asked)).run()


def test_each_host_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(decide(monkeypatch, format="json")["questions"]) == ["b1", "web1", "web2"]


def test_one_that_has_the_data_and_its_backups_is_asked_once_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    questions = decide(monkeypatch, databases=("db1",))["questions"]
    assert list(questions) == ["b1", "web1", "web2", "db1"]
    assert questions["db1"]["units"] == [*DATABASES, *BACKUPS]


def test_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnsibleActionFail, match="format: 'xml' is none"):
        decide(monkeypatch, format="xml")


def test_more_hosts_than_ansible_goes_to_at_once_cannot_be_read_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those beyond would be silent, and nobody would know."""
    with pytest.raises(AnsibleActionFail, match="follow: 3 hosts are read along, and Ansible goes to 2 at a time; say -f 3"):
        decide(monkeypatch, 2, follow="true")
    assert decide(monkeypatch, 3, follow="true")
    assert decide(monkeypatch, 2)


class Ended(Exception):
    """Somebody pressed Ctrl-C."""


def follow(answers: list[Any], monkeypatch: pytest.MonkeyPatch, kind: str = "table", **more: Any) -> tuple[list[str], list[Any]]:
    """Return what is printed of these answers of a host's, and what it was asked."""
    printed: list[str] = []
    asked: list[Any] = []

    def answer(_: Any, name: str, question: Any, **__: Any) -> Any:
        assert name == "hostler.fleet.logs_info"
        asked.append(question)
        if not answers:
            raise Ended
        said = answers.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    monkeypatch.setattr(follow_logs.ActionModule, "_execute_module", answer)
    monkeypatch.setattr(follow_logs, "PAUSE", 0)
    monkeypatch.setattr(Display, "display", lambda _, text, *__, **___: printed.append(text))
    with pytest.raises(Ended):
        action(follow_logs.ActionModule, name="web1", question={**QUESTION, **more}, format=kind).run()
    return printed, asked


def said(*numbers: int) -> dict[str, Any]:
    entries = [{"at": number * 1_000_000, "unit": "hello@blue", "message": f"m{number}"} for number in numbers]
    return {"entries": entries, "cursor": f"c{numbers[-1]}" if numbers else "end"}


def test_lines_are_printed_as_they_come_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    printed, asked = follow([said(1), said(), said(2, 3)], monkeypatch)
    assert [line.rsplit(" ", 1)[1] for line in printed] == ["m1", "m2", "m3"]
    assert asked[0] == {**QUESTION, "along": True, "lines": 10}
    assert [question.get("after") for question in asked[1:]] == ["c1", "end", "c3"]


def test_who_says_since_when_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _, asked = follow([], monkeypatch, since=5.0)
    assert asked[0]["lines"] == 200


def test_a_host_that_is_lost_is_asked_again_and_that_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [said(1), AnsibleConnectionFailure("no route"), {"failed": True, "msg": "no sudo"}, said(2)]
    printed, asked = follow(answers, monkeypatch, "json")
    assert [json.loads(line)["message"] for line in (printed[0], printed[2])] == ["m1", "m2"]
    assert printed[1].startswith("web1 does not answer, and is asked again: ")
    assert len(printed) == 3
    assert [question.get("after") for question in asked[1:4]] == ["c1"] * 3

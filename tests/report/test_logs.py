"""One story of several journals."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.action import report_logs
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.observe.journal import FIELDS
from ansible_collections.hostler.fleet.plugins.module_utils.report.logs import line, merged


def said(*times: int, more: bool = False, **fields: Any) -> Json:
    """Return what a host says that has an entry at each of these times, in seconds."""
    return {"entries": [{"at": at * 1_000_000, "unit": "hello@blue", "message": f"m{at}", **fields} for at in times], "more": more}


def test_lines_of_all_hosts_are_told_by_their_time() -> None:
    told = merged({"web1": said(1, 3), "balancer1": said(2, identifier="haproxy")}, {}, 10)
    assert told["lines"] == [
        "1970-01-01 00:00:01.000 web1 hello@blue: m1",
        "1970-01-01 00:00:02.000 balancer1 haproxy: m2",
        "1970-01-01 00:00:03.000 web1 hello@blue: m3",
    ]
    assert [entry["host"] for entry in told["report"]["entries"]] == ["web1", "balancer1", "web1"]


@pytest.mark.parametrize(
    ("hosts", "lines", "shown"),
    [
        ({"web1": said(1, 3), "web2": said(2)}, 2, ["m2", "m3"]),
        ({"web1": said(3, more=True), "web2": said(2)}, 9, ["m2", "m3"]),
    ],
)
def test_there_is_a_word_where_it_was_cut(hosts: dict[str, Json], lines: int, shown: list[str]) -> None:
    told = merged(hosts, {}, lines)
    assert [entry["message"] for entry in told["report"]["entries"]] == shown
    assert told["report"]["more"] is True
    assert told["lines"][-2:] == ["", "These are the last 2; there are more: -e lines=..., or a narrower question."]


def test_who_does_not_answer_is_named_and_the_others_are_told() -> None:
    told = merged({"web1": said(1), "web2": {"failed": True, "msg": "no\nroute"}}, {}, 10)
    assert told["lines"][1:] == ["", "web2 did not answer: no route."]
    assert told["report"]["silent"] == {"web2": "no route"}
    with pytest.raises(Refused, match="web2: no route"):
        merged({"web2": {"msg": "no route"}}, {}, 10)


def test_of_who_does_not_answer_that_is_told_which_is_kept_elsewhere() -> None:
    told = merged({"web1": said(2), "web2": {"msg": "no route"}}, {"web1": {}, "web2": said(1)}, 10)
    assert [(entry["host"], entry["message"]) for entry in told["report"]["entries"]] == [("web2", "m1"), ("web1", "m2")]
    assert told["lines"][-1] == "web2 did not answer: no route. Its lines are those that it had sent to the host that watches."
    assert (told["report"]["silent"], told["report"]["kept"]) == ({"web2": "no route"}, ["web2"])
    # All hosts may be gone but the one that watches
    assert merged({"web2": {"msg": "no route"}}, {"web2": said(1)}, 10)["report"]["entries"] != []
    with pytest.raises(Refused, match="web2: no route"):
        merged({"web2": {"msg": "no route"}}, {"web2": {"msg": "gone too"}}, 10)


def test_that_it_is_kept_and_cannot_be_read_is_said() -> None:
    told = merged({"web1": said(2), "web2": {"msg": "no route."}}, {"web2": {"msg": "The host cannot be\nreached"}}, 10)
    assert told["lines"][-1] == (
        "web2 did not answer: no route. What it had sent to the host that watches cannot be read: The host cannot be reached"
    )
    assert told["report"]["kept"] == []


def test_nothing_found_is_said() -> None:
    assert merged({"web1": said()}, {}, 10)["lines"] == ["There is no such line."]


def test_a_message_tells_a_terminal_nothing() -> None:
    entry = {"host": "web1", "at": 0, "unit": "hello@blue", "message": "Traceback\n\tx \x1b]0;owned\x07\n\u202eend"}
    assert line(entry) == "1970-01-01 00:00:00.000 web1 hello@blue: Traceback\n      x ?]0;owned?\n    ?end"


def test_the_manual_has_every_key() -> None:
    manual = report_logs.ActionModule.__doc__ or ""
    report = merged({"web1": said(1)}, {}, 1)["report"]
    assert [key for key in (*report, *report["entries"][0], *FIELDS) if key not in manual] == []

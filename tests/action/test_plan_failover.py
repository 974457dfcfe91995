"""The action ``plan_failover``: what hosts have said, as Ansible has it, and what comes of it."""

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.hostler.fleet.plugins.action import plan_failover
from tests.shared.planned import agree_on
from tests.shared.samples import action, app

LEADS = {"ours": True, "answers": True, "recovers": False, "version": "17", "at": 7, "changed": False}
STREAMS = {"ours": True, "follows": True, "answers": True, "recovers": True, "streams": True, "at": 7}
# As Ansible registers them
UNREACHED = {"unreachable": True, "msg": "Failed to connect to the host via ssh", "changed": False}
UNASKED = {"failed": True, "msg": "What PostgreSQL this host has cannot be told: PostgreSQL did not answer within 60 s"}


def decide(said: dict[str, Any], reached: dict[str, bool] | None = None, **asked: str) -> dict[str, Any]:
    """Return what is decided."""
    words = {"to": "", "lost": "", "rejoin": "", "confirm": "", **asked}
    made: dict[str, Any] = action(plan_failover.ActionModule, asked=words, said=said, reached=reached or {}).run()
    return made


def test_what_is_done_is_told_as_one_text() -> None:
    made = decide({"db1": LEADS, "db2": STREAMS}, to="db2")
    assert (made["leads"], made["former"], made["stop"], made["follows"]) == ("db2", "db1", "in order", "db1")
    assert made["msg"] == "db2 takes over from db1, which follows it then."
    assert "events" not in made
    assert not made["changed"]


def test_where_data_go_there_is_a_line_each() -> None:
    made = decide({"db1": {"ours": True}, "db2": LEADS}, rejoin="db1")
    assert made["word"] == "db1"
    assert len(made["msg"].splitlines()) == 2


@pytest.mark.parametrize("said", [UNREACHED, {}], ids=["not reached", "not asked"])
def test_one_that_is_not_reached_is_told_apart_from_one_that_web_hosts_reach(said: dict[str, Any]) -> None:
    hosts = {"db1": said, "db2": STREAMS}
    made = decide(hosts, {"web1": False, "db2": False}, to="db2", lost="db1")
    assert (made["leads"], made["stop"], made["follows"]) == ("db2", "", "")
    with pytest.raises(AnsibleActionFail, match=r"^lost: db1 is not lost: web1 can reach its PostgreSQL"):
        decide(hosts, {"web1": True, "db2": False}, to="db2", lost="db1")


def test_one_that_cannot_be_asked_has_data_and_is_stopped() -> None:
    """It may hang, and take writes again in a moment."""
    hosts = {"db1": UNASKED, "db2": STREAMS}
    made = decide(hosts, to="db2", lost="db1")
    assert (made["leads"], made["stop"], made["follows"], made["anew"]) == ("db2", "at once", "db1", True)
    with pytest.raises(AnsibleActionFail, match="say -e lost=db1"):
        decide(hosts, to="db2")


@pytest.mark.parametrize(("to", "rejoin"), [("db1", ""), ("", "db1")])
def test_why_one_that_is_named_cannot_be_asked_is_told(to: str, rejoin: str) -> None:
    with pytest.raises(AnsibleActionFail, match=r"^db1: What PostgreSQL this host has cannot be told: PostgreSQL did not answer"):
        decide({"db1": UNASKED, "db2": LEADS}, to=to, rejoin=rejoin)


def test_with_what_balancers_know_it_makes_the_events() -> None:
    apps = [app().json(), app(name="shop", database=True).json()]
    given: dict[str, Any] = {"apps": apps, "known": agree_on({"hello": "blue"}).json(), "reached": {}}
    given |= {"asked": {"to": "db2", "lost": "", "rejoin": ""}, "said": {"db1": LEADS, "db2": STREAMS}}
    made = action(plan_failover.ActionModule, **given).run()
    assert [(event["app"], event["event"], event["from"], event["to"]) for event in made["events"]] == [("shop", "moved", "db1", "db2")]

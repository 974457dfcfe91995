"""Where a command of the operator's is run: in the release that is live, on one web host that has it."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.once import Asked, decided, told
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts
from tests.shared.planned import Fleet
from tests.shared.samples import app


def decide(fleet: Fleet, hosts: dict[str, dict[str, Parts]] | None = None, apps: list[App] | None = None, **asked: Any) -> Json:
    """Decide for a fleet, and a command that is good but for `asked`."""
    given = fleet.given("restart")
    wanted = Asked(**{"app": "", "command": "flask create-admin", "host": "", "seconds": 60, **asked})
    return decided(wanted, apps or given.apps, given.known, given.web, given.hosts if hosts is None else hosts)


def test_it_is_the_first_web_host_and_the_live_slot() -> None:
    fleet = Fleet("a", "b")
    options = {"name": "hello", "slot": "green", "command": "flask create-admin", "seconds": 60, "any_code": True}
    assert decide(fleet) == {"hosts": ["web1"], "release": "b", "options": options}


def test_an_operator_picks_another() -> None:
    assert decide(Fleet("a"), host="web2")["hosts"] == ["web2"]


def test_each_of_them_is_all_or_none() -> None:
    """A command that was meant for all is not run on some in silence."""
    assert decide(Fleet("a"), host="all")["hosts"] == ["web1", "web2"]
    whole = Fleet("a").given("restart").hosts
    with pytest.raises(Refused) as refused:
        decide(Fleet("a"), {"web2": whole["web2"]}, host="all")
    assert str(refused.value) == (
        "host: web1 does not answer, or has not the release a, which is live; see playbooks/status.yml, or name one that has it, such as "
        "-e host=web2."
    )


def test_one_that_serves_comes_first_but_none_has_to() -> None:
    """A command may be what a sick app needs."""
    given = Fleet("a").given("restart")
    wanted = Asked("", "x", "", 60)
    for down, first in (({"web1": "down"}, "web2"), ({"web1": "down", "web2": "down"}, "web1")):
        for backends in given.known.servers.values():
            backends["hello_blue"].update(down)
        assert decided(wanted, given.apps, given.known, given.web, given.hosts)["hosts"] == [first]


def test_a_host_that_does_not_answer_or_has_another_release_is_passed_over() -> None:
    fleet = Fleet("a", "b")
    whole = fleet.given("restart").hosts
    assert decide(fleet, {"web2": whole["web2"]})["hosts"] == ["web2"]
    old = {"web1": {"hello": Parts(slots={"green": "a", "blue": "a"}, whole=["a", "b"])}, "web2": whole["web2"]}
    assert decide(fleet, old)["hosts"] == ["web2"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"command": ""}, "command: which one? Such as -e command='flask create-admin'."),
        ({"command": " "}, "command: which one? Such as -e command='flask create-admin'."),
        ({"app": "shop"}, "app: there is no app 'shop'; there is hello."),
        ({"host": "web9"}, "host: there is no web host 'web9'; there is web1, web2, and all."),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(asked: Json, said: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(Fleet("a"), **asked)
    assert str(refused.value) == said


def test_of_several_apps_one_has_to_be_named() -> None:
    with pytest.raises(Refused, match="app: which one"):
        decide(Fleet("a"), apps=[app(), app(name="shop", default=False, domains=["shop.example"])])


def test_an_app_that_was_never_live_has_no_release_to_run_one_in() -> None:
    with pytest.raises(Refused, match="hello has never been live"):
        decide(Fleet())


def test_where_the_release_is_not_the_hosts_that_have_it_are_named() -> None:
    fleet = Fleet("a")
    hosts = fleet.given("restart").hosts
    with pytest.raises(Refused) as refused:
        decide(fleet, {"web1": hosts["web1"]}, host="web2")
    assert str(refused.value) == "host: it is not web2 that has the release a, which is live, but web1; see playbooks/status.yml."
    for host in ("", "web2"):
        with pytest.raises(Refused, match="the release a, which is live; see playbooks/status.yml"):
            decide(fleet, {}, host=host)


def test_what_balancers_contradict_each_other_on_is_not_guessed() -> None:
    fleet = Fleet("a")
    given = fleet.given("restart")
    given.known.problems.append("They disagree.")
    with pytest.raises(Refused, match="They disagree"):
        decided(Asked("", "x", "", 60), given.apps, given.known, given.web, given.hosts)
    given.known.servers.clear()
    with pytest.raises(Refused, match="No balancer says which release is live"):
        decided(Asked("", "x", "", 60), given.apps, given.known, given.web, given.hosts)


def test_a_code_is_told_unless_it_is_a_good_one() -> None:
    assert told("flask x", "web1", 0, 60) == ""
    assert told("flask x", "web1", 3, 60) == "'flask x' ended with 3 on web1, or took more than 60 s."

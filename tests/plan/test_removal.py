"""An app is removed: which one may be meant, and what is said of it."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import history, inventory
from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan import removal
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer
from tests.shared.judged import balancer

LINES = {"shop": "blue", "shop/blue": "aaaaaaaaaaaa", "hello": "green", "shop-admin": "blue"}
PORTS = {"shop_blue": 6001, "shop_green": 6002, "hello_blue": 5001, "shop-admin_blue": 7001}
LIVE = {"run": "r1", "app": "shop", "at": "2026-01-01T00:00:00Z", "event": "switched", "turn": 1}
REMOVED = history.removed("r2", "ann@desk", "2026-01-02T00:00:00Z", "shop", 8)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "app: which one? Name it, such as -e app=shop."),
        ("../x", "app: '../x' is no name of an app."),
        ("shop\n", "app: 'shop\\n' is no name of an app."),
        ("*", "app: '*' is no name of an app."),
        ("hello", "app: hello is still in apps; take it out of the inventory first, then run this again."),
    ],
)
def test_only_an_app_that_was_taken_out_may_be_meant(name: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        removal.named(name, ["hello"])
    assert str(refused.value) == said
    assert removal.named("shop", ["hello"]) == "shop"


@pytest.mark.parametrize("name", ["a", "shop", "shop-2", "a" * 31, "", "a" * 32, "Shop", "2shop", "-shop", "shop_2", "sh op"])
def test_the_name_of_every_app_may_be_meant(name: str) -> None:
    """The rule is the one that the inventory is held against."""
    if inventory.NAME.fullmatch(name):
        assert removal.named(name, []) == name
    else:
        with pytest.raises(Refused):
            removal.named(name, [])


def test_apps_that_were_taken_out_are_told_with_where_they_are() -> None:
    """To who is about to deploy, and does not think of them."""
    said = removal.left({"web2": {"left": ["shop"]}, "web1": {"left": ["shop", "forum"]}, "web3": {"left": []}})
    assert said == [
        "forum is no longer in apps, but has parts on web1: ansible-playbook playbooks/remove.yml -e app=forum",
        "shop is no longer in apps, but has parts on web1, web2: ansible-playbook playbooks/remove.yml -e app=shop",
    ]


def found(
    entries: dict[str, str] | None = None, ports: dict[str, int] | None = None, events: list[dict[str, Any]] | None = None, *parts: str
) -> dict[str, Any]:
    """Return what there is of the app shop; `parts` are those that web1 has."""
    said = Balancer.of({**balancer(), "entries": entries or {}, "ports": ports or {}, "history": events or [], "by": "bob@desk"})
    return removal.found("shop", {"balancer1": said, "balancer2": said}, {"web1": list(parts), "web2": []}, "now", 0)


def test_what_balancers_have_of_it_is_told_once_and_nothing_of_another() -> None:
    there = found(LINES, PORTS, [LIVE])
    assert there["lines"] == [f"HAProxy: {line}" for line in ("shop_blue", "shop_green", "shop", "shop/blue")]
    assert (there["done"], there["msg"]) == (False, "")


def test_its_end_is_recorded_under_the_lock_of_the_run() -> None:
    there = found(LINES, PORTS, [LIVE])
    assert there["run"] == "run1"
    assert there["events"] == [{"run": "run1", "by": "bob@desk", "at": "now", "app": "shop", "event": "removed", "turn": 2}]


@pytest.mark.parametrize(
    ("lines", "events"), [({**LINES, "shop/turn": "7"}, [LIVE]), ({}, [{**LIVE, "turn": 7}]), (LINES, [REMOVED, {**LIVE, "turn": 7}])]
)
def test_its_lines_go_with_a_turn_that_no_balancer_has_of_it(lines: dict[str, str], events: list[dict[str, Any]]) -> None:
    """One that was away would have its own lines for newer than those of an app that comes under this name later."""
    [event] = found(lines, PORTS, events)["events"]
    assert event["turn"] == (9 if REMOVED in events else 8)


@pytest.mark.parametrize("parts", [(), ("/srv/shop",)], ids=["nowhere", "on a web host"])
def test_what_is_left_of_it_is_to_go_though_it_was_removed_once(parts: tuple[str, ...]) -> None:
    there = found(None, None, [LIVE, REMOVED], *parts)
    assert there["done"] is (not parts)
    assert there["msg"] == ("" if parts else "shop was removed 2026-01-02T00:00:00Z by ann@desk; nothing is left of it.")


def test_a_removal_that_was_killed_before_its_last_word_is_not_done() -> None:
    assert not found(None, None, [LIVE])["done"]


def test_what_never_was_an_app_of_this_fleet_is_refused() -> None:
    with pytest.raises(Refused, match="no host has parts of an app shop, and the history knows none; nothing was removed"):
        found({"hello": "green"}, {"hello_blue": 5001}, [{**LIVE, "app": "hello"}])
    assert not found(None, None, None, "/srv/shop")["done"]


def stays(**databases: list[str]) -> list[str]:
    """Return what is said of databases, each with its members, when the app shop-eu is removed and others have ``hello`` and ``taken``."""
    said = {"answers": True, "ours": True, "databases": databases}
    return list(removal.stays("shop-eu", ["hello", "taken"], {"db1": said}))


def test_its_database_stays_and_what_drops_it_is_told() -> None:
    """Of the members of its owner, those that it came in by alone are gone then."""
    logins = ["ann", "shop_eu_0a1b2c3d", "shop_eu_ffffffff", "shop_eu_x"]
    assert stays(shop_eu=logins, hello=["hello_0a1b2c3d"], leftover=[]) == [
        "db1 keeps the database shop_eu, with all its data. Once nobody wants them, this drops it there: sudo -u postgres psql "
        "-c 'drop database shop_eu with (force)' -c 'drop role shop_eu_0a1b2c3d, shop_eu_ffffffff, shop_eu'"
    ]


def test_a_database_of_another_name_may_be_its_and_one_of_an_app_is_not() -> None:
    assert stays(hello=[], taken=[]) == []
    [line] = stays(hello=[], taken=[], customers=[])
    assert line.startswith("db1 keeps the database customers, which no app has. Was it that of shop-eu, and nobody wants its data, this ")
    assert line.endswith("sudo -u postgres psql -c 'drop database customers with (force)' -c 'drop role customers'")


@pytest.mark.parametrize("name", ["x'; drop table y; --", "$(id)", "postgres\n", "Shop", "pg_x"])
def test_a_name_that_no_app_s_database_can_have_is_not_told(name: str) -> None:
    """What is told is to be typed."""
    assert stays(**{name: []}) == []


def test_where_it_cannot_be_asked_that_is_said_and_before_there_is_one_nothing() -> None:
    for said in ({"failed": False, "msg": "The host cannot be reached"}, {"answers": False, "ours": True, "wrong": ""}):
        assert list(removal.stays("shop", [], {"db1": said})) == [
            "db1 could not be asked whether it has a database of shop; where it has, that stays."
        ]
    assert list(removal.stays("shop", [], {"db1": {"answers": False, "ours": False, "wrong": ""}})) == []
    assert list(removal.stays("shop", [], {})) == []


DATA = {
    "answers": True,
    "ours": True,
    "version": "17",
    "databases": {"shop_eu": ["ann", "shop_eu_0a1b2c3d"], "hello": [], "left": ["left_x"]},
}
KEPT = {"backup1": {"backups": [{"size": 5}, {"size": 9}]}}


def dropped(wanted: str, name: str = "shop-eu", data: object = DATA, kept: object = KEPT) -> dict[str, Any]:
    """Return what is dropped with an app, where `hello` has a database."""
    return removal.dropped(name, wanted, ["hello"], {"db1": data}, kept, "7")  # type: ignore[dict-item, arg-type]


def test_a_database_that_is_named_goes_with_who_came_in_there_once_it_is_kept() -> None:
    assert dropped("") == {}
    assert dropped("shop_eu") == {
        "name": "shop_eu", "host": "db1", "keeper": "backup1", "logins": ["shop_eu_0a1b2c3d"], "version": "17", "size": 9,
        "path": "/var/lib/hostler-backup/dropped/shop_eu-7.dump",
    }  # fmt: skip
    # It was called otherwise than its app
    assert dropped("left", "forum")["logins"] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"wanted": "hello"}, "hello is the database of an app that is in apps"),
        ({"wanted": "postgres"}, "no host with data has a database postgres"),
        ({"wanted": "shop-eu"}, "no host with data has a database shop-eu"),
        ({"wanted": "left"}, "db1 has a database shop_eu, which is that of shop-eu; left is not"),
        ({"wanted": "shop_eu", "data": {"answers": False, "ours": True}}, "db1 could not be asked"),
        ({"wanted": "shop_eu", "data": {"failed": True, "msg": "x"}}, "db1 could not be asked"),
        ({"wanted": "shop_eu", "kept": {}}, "no host is in the group 'backup', so nothing could be kept of shop_eu"),
        ({"wanted": "shop_eu", "kept": {"backup1": {"backups": []}}}, "backup1 has no backup to take it from"),
    ],
)
def test_what_is_not_its_or_could_not_be_kept_is_not_dropped(options: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        dropped(**options)
    assert str(refused.value).startswith(f"drop_database: {said}")
    assert "othing was removed" in str(refused.value)

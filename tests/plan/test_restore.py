"""What a restore needs of the balancers: apps are closed meanwhile, and are then as they were."""

from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.plan.restore import closing, shown
from tests.shared.planned import agree_on
from tests.shared.samples import complete

APPS = complete(
    [
        {"name": "hello", "source": ".", "default": True},
        {"name": "shop", "source": ".", "domains": ["shop.example"], "ports": {"blue": 6001, "green": 6002}, "database": True},
        {"name": "ledger", "source": ".", "domains": ["ledger.example"], "ports": {"blue": 7001, "green": 7002}, "database": True},
    ]
)
OPEN = {"hello": "blue", "shop": "blue", "shop/blue": "a", "shop/turn": "4", "ledger": "green", "ledger/turn": "9"}


def planned(entries: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return what is decided where balancers have these lines."""
    return closing(more.get("apps", APPS), agree_on(entries), "now", 0, "a moment")


def after(options: dict[str, Any], entries: dict[str, str]) -> dict[str, str]:
    """Return the lines after it, as ``set_slots`` makes them."""
    gone = dict.fromkeys(slots.below(entries, options["instead_of"]), "")
    return slots.merge(entries, {**gone, **options["entries"]})


def closed(entries: dict[str, str]) -> list[str]:
    """Return the apps that are closed."""
    return [one.name for one in APPS if slots.is_closed(entries, one.name)]


def test_apps_with_a_database_are_closed_and_opened_again() -> None:
    plan = planned(OPEN)
    during = after(plan["close"], OPEN)
    assert (plan["apps"], closed(during)) == (["shop", "ledger"], ["shop", "ledger"])
    done = after(plan["open"], during)
    assert closed(done) == []
    assert {key: value for key, value in done.items() if "turn" not in key} == {
        key: value for key, value in OPEN.items() if "turn" not in key
    }


def test_turns_rise_with_each_so_that_a_balancer_that_was_away_is_behind() -> None:
    plan = planned(OPEN)
    during = after(plan["close"], OPEN)
    turns = [(slots.turn_of(lines, "shop"), slots.turn_of(lines, "ledger")) for lines in (OPEN, during, after(plan["open"], during))]
    assert turns[0] < turns[1] < turns[2]
    assert [one for _, one in turns] == sorted({one for _, one in turns})
    assert [one for one, _ in turns] == sorted({one for one, _ in turns})


def test_what_was_closed_before_stays_so_and_lets_in_whom_it_did() -> None:
    before = {**OPEN, "shop/maintenance": "on", "shop/maintenance/192.0.2.7": "pass"}
    plan = planned(before)
    assert plan["apps"] == ["ledger"]
    during = after(plan["close"], before)
    done = after(plan["open"], during)
    assert (closed(during), closed(done)) == (["shop", "ledger"], ["shop"])
    assert done["shop/maintenance/192.0.2.7"] == "pass"
    assert done["shop/turn"] == "4"


def test_without_an_open_app_nothing_is_changed() -> None:
    plan = planned({**OPEN, "shop/maintenance": "on", "ledger/maintenance": "on"})
    assert (plan["apps"], plan["close"]["entries"], plan["open"]["entries"], plan["open"]["instead_of"]) == ([], {}, {}, [])
    assert planned(OPEN, apps=APPS[:1])["events"] == []


def test_the_history_has_one_event_of_each_app_whose_data_it_is() -> None:
    """Also of one that was closed, and once: of closing and opening it has none."""
    plan = planned({**OPEN, "shop/maintenance": "on"})
    common = {"run": "run1", "by": "ann@desk", "at": "now", "event": "restored", "target": "a moment"}
    assert plan["events"] == [{**common, "app": "shop"}, {**common, "app": "ledger"}]


def test_a_balancer_that_is_down_gets_it_too_under_the_run_s_lock() -> None:
    plan = planned(OPEN)
    assert [(plan[name]["offline"], plan[name]["run"]) for name in ("close", "open")] == [(True, "run1")] * 2


def test_what_was_found_is_shown_with_its_newest_transaction() -> None:
    found = {"shop": {"tables": 3, "rows": 70, "bytes": 2_500_000}}
    assert shown(found, 1796000000, "a moment") == [
        "Restored into a scratch, up to a moment:",
        "shop: 70 rows in 3 tables, 2.5 MB",
        "last transaction: 2026-11-30 00:53:20 UTC",
    ]
    assert shown({}, 0, "a moment")[1:] == ["last transaction: none after the backup"]

"""The action ``check_firewall``: the rules of a host, for good and while a balancer leaves."""

from typing import Any

from ansible_collections.hostler.fleet.plugins.action import check_firewall
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from tests.shared.samples import action

APPS = [{"ports": {"blue": 5001, "green": 5002}}]
ARGS: dict[str, Any] = {
    "ssh_from": ["0.0.0.0/0", "::/0"],
    "open": [],
    "came_from": "192.0.2.7",
    "sshd": [22],
    "visitors": [],
    "quic": [],
    "peers": [],
    "watched": [],
    "watching": ["192.0.2.31"],
    "told": [],
    "telling": ["192.0.2.31"],
    "page": [],
    "data": [],
    "clients": [],
    "backups": [],
    "saving": [],
}


def made(has: str, *balancers: str) -> Json:
    """Return what comes of it for a web host."""
    return action(check_firewall.ActionModule, **ARGS, apps=APPS, has=has, balancers=list(balancers)).run()


def slots(result: Json) -> str:
    """Return the line for the apps' slots."""
    return str(result["rules"][-1]["lines"][0])


def test_a_balancer_that_leaves_is_let_in_until_a_release_is_live_without_it() -> None:
    """By then it has heard from its peers that it is none of them; before, its visitors would get nothing but errors."""
    before = made("", "192.0.2.11", "192.0.2.12")
    assert before["wanted"] == before["meanwhile"]
    has = f"# Managed by Hostler\n{before['wanted']['note']}\ntable inet hostler\n"
    after = made(has, "192.0.2.12")
    assert after["meanwhile"] == before["wanted"]
    assert slots(after["wanted"]) == "ip saddr { 192.0.2.12 } tcp dport { 5001, 5002 } accept"
    # Where the run broke off on its way, the next one goes on from there
    assert made(has, "192.0.2.12") == after


def test_a_new_balancer_is_let_in_at_once() -> None:
    has = f"{made('', '192.0.2.11')['wanted']['note']}\n"
    joined = made(has, "192.0.2.11", "192.0.2.12")
    assert joined["meanwhile"] == joined["wanted"]
    assert slots(joined["wanted"]) == "ip saddr { 192.0.2.11, 192.0.2.12 } tcp dport { 5001, 5002 } accept"


def test_a_fleet_that_is_watched_has_its_figures_asked_for_by_one_host() -> None:
    changed = {**ARGS, "watched": [9100], "told": [19532], "telling": ["192.0.2.21", "192.0.2.31"]}
    result = action(check_firewall.ActionModule, **changed, apps=APPS, has="", balancers=[]).run()
    assert [line for rule in result["wanted"]["rules"] for line in rule["lines"]][1:] == [
        "ip saddr { 192.0.2.31 } tcp dport { 9100 } accept",
        "ip saddr { 192.0.2.21, 192.0.2.31 } tcp dport { 19532 } accept",
    ]


def test_where_the_page_has_a_domain_balancers_come_to_it() -> None:
    """Those that leave too, until a release is live without them."""
    has = f"{made('', '192.0.2.11', '192.0.2.12')['wanted']['note']}\n"
    result = action(check_firewall.ActionModule, **{**ARGS, "page": [9081]}, apps=[], has=has, balancers=["192.0.2.12"]).run()
    last = [result[name]["rules"][-1]["lines"] for name in ("wanted", "meanwhile")]
    assert last == [
        ["ip saddr { 192.0.2.12 } tcp dport { 9081 } accept"],
        ["ip saddr { 192.0.2.11, 192.0.2.12 } tcp dport { 9081 } accept"],
    ]

"""The map of slots: the one place that knows which slot of each app is live. This module owns its keys.

Its lines, and so its entries here::

    hello             blue            the live slot of the app hello
    hello/turn        1795741234      the number of its last switch or maintenance; where balancers differ, the higher one is right
    hello/blue        1f0c3a5e7b9d    the release that the slot blue is to run; without it, the slot is down
    hello/blue/path   /status         what the health check of that slot asks for
    hello/blue/host   localhost       and under which host name
    hello/canary      green           only in the running HAProxy: the slot that is tried out
    hello/canary/percent  10          and how many of a hundred requests it gets
    hello/maintenance on              visitors get the page of maintenance
    hello/maintenance/192.0.2.7 pass  but this address

The configuration of HAProxy reads them (roles/balancer/templates/etc/haproxy/haproxy.cfg.j2). An empty value takes a line out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.model import EMPTY, Check

Entries = Mapping[str, str]


@dataclass(frozen=True)
class Live:
    """What of an app is live: its slot, the release in it, and the number of its last change."""

    slot: str
    release: str
    turn: int


def slot_of(entries: Entries, app: str) -> str:
    """Return the slot that the map names as live; before the first deploy one that has nothing."""
    return entries.get(app, EMPTY)


def release_in(entries: Entries, app: str, slot: str) -> str:
    """Return the release that a slot is to run; empty for none."""
    return entries.get(f"{app}/{slot}", "") if slot else ""


def turn_of(entries: Entries, app: str) -> int:
    """Return the number of an app's last change; 0 where it has had none."""
    return int(entries.get(f"{app}/turn", 0))


def next_turn(last: int, clock: int) -> int:
    """Return the number of an app's next change, from the last one that is known and the seconds since 1970.

    Later than one that is known nowhere, too: of two balancers that were away in turn, each may have had changes of its own.
    """
    return max(last + 1, clock)


def check_in(entries: Entries, app: str, slot: str, default: Check) -> Check:
    """Return what the health check of a slot asks for; what the map does not say is as in `default`."""
    return Check(entries.get(f"{app}/{slot}/path") or default.path, entries.get(f"{app}/{slot}/host") or default.host)


def apps(entries: Entries) -> dict[str, str]:
    """Return the slot of each app that is named as live."""
    return {key: value for key, value in entries.items() if "/" not in key}


def live(entries: Entries) -> dict[str, Live]:
    """Return what is live of each app that has been deployed."""
    named = apps(entries).items()
    return {app: Live(slot, release, turn_of(entries, app)) for app, slot in named if (release := release_in(entries, app, slot))}


def expected(app: str, slot: str, release: str, check: Check | None) -> dict[str, str]:
    """Return the lines by which the health checks ask a slot for a release; with an empty one, the slot is to be down."""
    path, host = (check.path, check.host) if release and check else ("", "")
    return {f"{app}/{slot}": release, f"{app}/{slot}/path": path, f"{app}/{slot}/host": host}


def switched(app: str, slot: str, turn: int) -> dict[str, str]:
    """Return the lines that make a slot the live one, at that turn; a canary ends with them."""
    return {app: slot, **changed(app, turn), **canary(app, "", 0)}


def canary(app: str, slot: str, percent: int) -> dict[str, str]:
    """Return the lines of a canary; with 0 percent, those that take it back."""
    return {f"{app}/canary": slot if percent else "", f"{app}/canary/percent": str(percent) if percent else ""}


def canary_percent(entries: Entries, app: str) -> int:
    """Return how many of a hundred requests of an app go to the slot that is not live."""
    return int(entries.get(f"{app}/canary/percent", 0))


def is_closed(entries: Entries, app: str) -> bool:
    """Tell whether an app is closed for maintenance."""
    return maintenance(app) in entries


def of_canaries(keys: Iterable[str]) -> list[str]:
    """Return the keys that are of a canary, of whichever app."""
    return [key for key in keys if "canary" in key.split("/")[1:]]


def maintenance(app: str) -> str:
    """Return the key at and below which an app's lines of maintenance are."""
    return f"{app}/maintenance"


def closed(app: str, state: str, allow: Iterable[str]) -> dict[str, str]:
    """Return an app's lines of maintenance: that it is `on`, and the addresses that still pass; none where it is off."""
    return {maintenance(app): "on", **{f"{maintenance(app)}/{address}": "pass" for address in allow}} if state == "on" else {}


def changed(app: str, turn: int) -> dict[str, str]:
    """Return the line by which a balancer that does not get a change is seen to be behind."""
    return {f"{app}/turn": str(turn)}


def below(keys: Iterable[str], beginnings: Iterable[str]) -> list[str]:
    """Return the keys that are one of the beginnings, or lie below one."""
    starts = [f"{beginning}/" for beginning in beginnings]
    return [key for key in keys if any(f"{key}/".startswith(start) for start in starts)]


def of_app(entries: Entries, app: str) -> dict[str, str]:
    """Return the lines of one app."""
    return {key: entries[key] for key in below(entries, [app])}


def merge(entries: Entries, changes: Entries) -> dict[str, str]:
    """Return `entries` with `changes`; an empty value takes an entry out."""
    return {key: value for key, value in {**entries, **changes}.items() if value}


def unlike(file: Entries, running: Entries) -> str:
    """Return the first app that file and memory have live differently though of the same turn: somebody's hand was there."""
    known, runs = live(file), live(running)
    both = sorted(known.keys() & runs.keys())
    return next((app for app in both if known[app].turn == runs[app].turn and known[app] != runs[app]), "")


def differ(file: Entries, running: Entries) -> list[str]:
    """Return the lines that file and memory have differently; those of a canary are in memory alone."""
    keys = file.keys() | running.keys()
    return sorted(key for key in keys - set(of_canaries(keys)) if file.get(key) != running.get(key))


def lacks(known: Entries, entries: Entries) -> bool:
    """Tell whether `known` lacks a line of `entries`, or has it otherwise."""
    return any(known.get(key) != value for key, value in entries.items())

"""The history: what each event is, and what events mean. This module owns both; the files are in ``haproxy.record``.

Each event has ``at`` (UTC, by the clock of the control node), ``run``, ``app`` and ``event``:

- ``switched``: ``verb``, ``by``, ``release``, ``from`` (the release that was left), ``bad`` (if it is bad),
  ``slot``, ``turn``, ``check``, ``commit``, ``dirty``, ``units`` (whether the app has jobs or workers)
- ``canary``: ``balancer``, ``turn``, ``requests``, ``failed``
- ``watched``: ``balancer``, ``turn``, ``seconds``, ``requests``, ``failed``
- ``failed``: ``verb``, ``by``, ``release``, ``why``
- ``maintenance``: ``by``, ``state`` (on, off), ``allow`` (addresses that still pass)
- ``restored``: ``by``, ``target``, the moment that the app's data are of
- ``moved``: ``by``, ``from`` and ``to``, the database hosts that the app wrote to before and since
- ``removed``: ``by``, ``turn``; an app of this name that comes later is another one, whose turns go on from there
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.hostler.fleet.plugins.module_utils.model import Check, Json

# What an operator typed, of events that have no verb of their own
VERBS = {"restored": "restore", "moved": "failover", "maintenance": "maintenance"}

# JSON, and no more: each kind has keys of its own, and lines that a former version wrote lack some
Event = Json


def merged(histories: Iterable[list[Event]]) -> list[Event]:
    """Return the events of all balancers, each once, in the order in which they came to be; within a second, switches tell it.

    Of the same event each balancer has the time at which it was told of it.
    """
    once: dict[tuple[object, ...], Event] = {}
    for event in (event for events in histories for event in events):
        once.setdefault(tuple(event.get(key) for key in ("run", "app", "event", "turn", "balancer")), event)
    return sorted(once.values(), key=lambda event: (str(event.get("at")), int(event.get("turn") or 0)))


def of_app(events: Iterable[Event], app: str) -> list[Event]:
    """Return the events of an app, from the last time on that one of its name was removed: what came before was another app's."""
    own = [event for event in events if event.get("app") == app]
    gone = [index for index, event in enumerate(own) if event["event"] == "removed"]
    return own[gone[-1] + 1 :] if gone else own


def switches(events: Iterable[Event]) -> list[Event]:
    """Return the switches among the events of an app, oldest first."""
    return sorted((event for event in events if event["event"] == "switched"), key=lambda event: int(event["turn"]))


def bad(events: Iterable[Event]) -> set[str]:
    """Return the releases of an app that a switch left as bad, and that have not been live since."""
    found: set[str] = set()
    for event in switches(events):
        found.add(event.get("bad", ""))
        found.discard(event["release"])
    return found - {""}


def previous(events: Iterable[Event], live: str) -> str:
    """Return the release of an app that was live last before `live` and is not bad; empty where there is none."""
    done = switches(events)
    shunned = bad(done) | {live, ""}
    # What was live before the first switch that is on record
    were = [done[0]["from"], *(event["release"] for event in done)] if done else []
    return next((release for release in reversed(were) if release not in shunned), "")


def verb(event: Event) -> str:
    """Return what an operator typed; empty for what nobody did, as what a balancer has counted."""
    return str(event.get("verb") or VERBS.get(str(event.get("event")), ""))


def outcome(events: list[Event]) -> Event:
    """Return how the last deploy, rollback or restart ended: ``switched`` or ``failed``; empty where there was none."""
    return next((event for event in reversed(events) if event["event"] in ("switched", "failed")), {})


def last_made(events: list[Event], app: str, release: str) -> Event:
    """Return the last switch that made a release of an app live; empty where none is on record."""
    made = ("switched", app, release)
    return next((e for e in reversed(events) if (e.get("event"), e.get("app"), e.get("release")) == made), {})


def switched_back(event: Event, at: str, live: str, live_release: str, check: Check, bad: str) -> Event:
    """Return the event of going back from the switch that was recorded as `event`; `bad`, the release that is, if it is."""
    back = {"at": at, "verb": "switch back", "turn": event["turn"] + 1, "slot": live, "release": live_release}
    return {**event, **back, "from": event["release"], "check": check.json(), "bad": bad}


def failed(event: Event, at: str, why: str) -> Event:
    """Return the event of a run that was to end with the switch `event` and did not."""
    return {**event, "at": at, "event": "failed", "turn": event["turn"] + 1, "why": why}


def maintenance(run: str, by: str, at: str, app: str, state: str, allow: list[str]) -> Event:
    """Return the event of closing an app, or opening it."""
    return {"run": run, "by": by, "at": at, "app": app, "event": "maintenance", "state": state, "allow": allow}


def restored(run: str, by: str, at: str, app: str, target: str) -> Event:
    """Return the event of an app's data that were brought back."""
    return {"run": run, "by": by, "at": at, "app": app, "event": "restored", "target": target}


def moved(run: str, by: str, at: str, app: str, former: str, to: str) -> Event:
    """Return the event of an app that writes to another database host."""
    return {"run": run, "by": by, "at": at, "app": app, "event": "moved", "from": former, "to": to}


def removed(run: str, by: str, at: str, app: str, turn: int) -> Event:
    """Return the event of an app that has left the fleet; its lines have gone with this turn."""
    return {"run": run, "by": by, "at": at, "app": app, "event": "removed", "turn": turn}


def last_turn(events: Iterable[Event], app: str) -> int:
    """Return the highest turn that is on record of apps of this name, one that was removed too; 0 for none."""
    return max((int(event.get("turn") or 0) for event in events if event.get("app") == app), default=0)

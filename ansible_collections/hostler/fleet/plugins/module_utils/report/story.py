"""Make one entry of each deploy, rollback and restart from the events that the balancers recorded of it."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import shorten

from ansible_collections.hostler.fleet.plugins.module_utils import history
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer

# What became of the data: none of it is about a release
DATA = {"moved": "moved to {to}", "restored": "brought back to {target}"}
LONGEST = 100  # characters of a reason in the table; the JSON has all of it
HEADS = ["at (UTC)", "app", "verb", "release", "from", "commit", "by", "failed", "ended"]
Event = history.Event


def entry(events: list[Event]) -> Json:
    """Return one run's entry for an app; its events are those of all balancers, of which each may have the same one."""
    of_data = next((event for event in events if event["event"] in DATA), None)
    switched = [event for event in events if event["event"] == "switched"]
    gone = next((event for event in switched if event["verb"] != "switch back"), None)
    failed = next((event for event in events if event["event"] == "failed"), None)
    first = gone or failed or of_data or events[0]
    counts = {event["balancer"]: event for event in events if event["event"] == "watched"}
    back = any(event["verb"] == "switch back" for event in switched)
    return {
        **{key: first.get(key, "") for key in ("run", "app", "at", "verb", "by", "release", "from", "slot", "turn", "commit")},
        **({"verb": history.verb(first)} if first is of_data else {}),
        "dirty": bool(first.get("dirty")),
        "ended": _ended(first, bool(failed), back),
        "why": failed.get("why", "") if failed else "",
        "requests": sum(event["requests"] for event in counts.values()) if counts else None,
        "failed": sum(event["failed"] for event in counts.values()) if counts else None,
    }


def _ended(first: Event, failed: bool, back: bool) -> str:
    if first["event"] in DATA:
        return DATA[first["event"]].format_map({"to": "", "target": "", **first})
    return ("switched back" if back else "failed") if failed or back else "live"


def story(events: list[Event], app: str = "", count: int = 20) -> list[Json]:
    """Return the last entries of an app or of all, newest last; each with whether its release is ``bad`` now."""
    known = [event for event in events if {"run", "app", "at", "event"} <= event.keys() and app in ("", event["app"])]
    runs: dict[tuple[str, str], list[Event]] = {}
    for event in known:
        runs.setdefault((event["run"], event["app"]), []).append(event)
    shunned = {(name, one) for name in {event["app"] for event in known} for one in history.bad(history.of_app(known, name))}
    entries = [entry(group) for group in runs.values()]
    told = [{**entry, "bad": (entry["app"], entry["release"]) in shunned} for entry in entries if entry["verb"]]
    return sorted(told, key=lambda entry: str(entry["at"]))[-count:]


def cells(entries: list[Json]) -> list[list[str]]:
    """Return the table."""
    table = [HEADS]
    for one in entries:
        commit = f"{one['commit'][:10]}{'+' if one['dirty'] else ''}" if one["commit"] else ""
        counted = "" if one["requests"] is None else f"{one['failed']} of {one['requests']}"
        ended = one["ended"] + (f": {shorten(one['why'], LONGEST, placeholder=' ...')}" if one["why"] else "")
        release = one["release"] + (" (bad)" if one["bad"] else "")
        at = str(one["at"])[:19].replace("T", " ")
        table.append([at, one["app"], one["verb"], release, one["from"], commit, one["by"], counted, ended])
    return table


def told(balancers: Mapping[str, Balancer], lost: Mapping[str, str], app: str, count: int) -> Json:
    """Return ``report``, and ``lines`` and ``tables`` for people; Refused where no balancer answers, or nothing is known of the app.

    `lost` are the balancers that did not answer, and why.
    """
    if not balancers:
        raise Refused(f"No balancer answers. {'; '.join(f'{host}: {why}' for host, why in lost.items())}")
    events = history.merged(said.history for said in balancers.values())
    entries = story(events, app, count)
    if app and not entries:
        apps = sorted({str(event["app"]) for event in events if "app" in event})
        raise Refused(f"app: nothing is known of {app!r}; there is {', '.join(apps) or 'no app yet'}.")
    lines = [f"{', '.join(sorted(lost))} did not answer; this is what the others know."] if lost else []
    lines += [] if entries else ["Nothing was deployed yet."]
    return {"report": {"silent": sorted(lost), "entries": entries}, "lines": lines, "tables": [cells(entries)]}

# Managed by Hostler, role:report
"""Make one entry of each deploy, rollback and restart from the events that the balancers recorded of it."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

LONGEST = 100  # characters of a reason in the table; the JSON has all of it
HEADS = ["at (UTC)", "app", "verb", "release", "from", "commit", "by", "failed", "ended"]
Event = dict[str, Any]
Entry = dict[str, Any]


def entry(events: list[Event]) -> Entry:
    """Return one run's entry for an app; its events are those of all balancers, of which each may have the same one."""
    switched = [event for event in events if event["event"] == "switched"]
    gone = next((event for event in switched if event["verb"] != "switch back"), None)
    failed = next((event for event in events if event["event"] == "failed"), None)
    first = gone or failed or events[0]
    counts = {event["balancer"]: event for event in events if event["event"] == "watched"}
    back = any(event["verb"] == "switch back" for event in switched)
    return {
        **{key: first.get(key, "") for key in ("run", "app", "at", "verb", "by", "release", "from", "slot", "turn", "commit")},
        "dirty": bool(first.get("dirty")),
        "ended": ("switched back" if back else "failed") if failed or back else "live",
        "why": failed.get("why", "") if failed else "",
        "requests": sum(event["requests"] for event in counts.values()) if counts else None,
        "failed": sum(event["failed"] for event in counts.values()) if counts else None,
    }


def bad(events: list[Event]) -> set[tuple[str, str]]:
    """Return the releases, each with its app, that a switch left as bad, and that have not been live since.

    What came before an app was removed was another app's, whose turns begin anew.
    """
    found: set[tuple[str, str]] = set()
    for app in {event["app"] for event in events}:
        own = [event for event in events if event["app"] == app]
        gone = max((index for index, event in enumerate(own) if event["event"] == "removed"), default=-1)
        for event in sorted((event for event in own[gone + 1 :] if event["event"] == "switched"), key=lambda event: int(event["turn"])):
            if event.get("bad"):
                found.add((app, event["bad"]))
            found.discard((app, event["release"]))
    return found


def story(events: list[Event], app: str = "", count: int = 20) -> list[Entry]:
    """Return the last entries of an app or of all, newest last; each with whether its release is ``bad`` now."""
    known = [event for event in events if {"run", "app", "at", "event"} <= event.keys() and app in ("", event["app"])]
    runs: dict[tuple[str, str], list[Event]] = {}
    for event in known:
        runs.setdefault((event["run"], event["app"]), []).append(event)
    shunned = bad(known)
    entries = [entry(group) for group in runs.values()]
    told = [{**entry, "bad": (entry["app"], entry["release"]) in shunned} for entry in entries if entry["verb"]]
    return sorted(told, key=lambda entry: str(entry["at"]))[-count:]


def cells(entries: list[Entry]) -> list[list[str]]:
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


def silent(balancers: dict[str, dict[str, Any]]) -> list[str]:
    """Return the balancers that did not answer."""
    return sorted(host for host, said in balancers.items() if "entries" not in said)


class ActionModule(ActionBase):
    """``tell_history``: takes ``events``, of all balancers; ``balancers``, what each said; ``app``, empty for all; ``count``.

    Returns ``lines`` and ``table``, for people, and ``report``::

        silent   names of the balancers that did not answer; an entry of theirs alone is missing
        entries  newest last: at (UTC), run, app, verb (deploy, rollback, restart), by, release, from (the release that was left), slot,
                 turn (number of the switch), commit and dirty (whether more than the commit was deployed), ended (live, failed,
                 switched back), why (it failed), requests and failed (during and after the switch, of all balancers; null where
                 there was none to watch), bad (the release was left by going back, and has not been live since)
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the story; fail where no balancer answers, or an app is named that nothing is known of."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self._task.args
        lost = silent(args["balancers"])
        if len(lost) == len(args["balancers"]):
            why = "; ".join(f"{host}: {' '.join(str(said.get('msg', '')).split())}" for host, said in args["balancers"].items())
            raise AnsibleActionFail(f"No balancer answers. {why}")
        entries = story(args["events"], args["app"], int(args["count"]))
        if args["app"] and not entries:
            apps = sorted({str(event["app"]) for event in args["events"] if "app" in event})
            raise AnsibleActionFail(f"app: nothing is known of {args['app']!r}; there is {', '.join(apps) or 'no app yet'}.")
        lines = [f"{', '.join(lost)} did not answer; this is what the others know."] if lost else []
        lines += [] if entries else ["Nothing was deployed yet."]
        return {**result, "changed": False, "report": {"silent": lost, "entries": entries}, "lines": lines, "table": cells(entries)}

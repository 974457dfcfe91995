"""Whose journals are asked for what, by what an operator wants to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone

from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS, App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.chosen import chosen

AGO = re.compile(r"-?(\d{1,6})(s|min|m|h|d)")
SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
SUCH = "such as -1h, 14:30, 2026-11-28 or '2026-11-28 14:30', in UTC"
# Each option with what its value looks like, and what to say of another one
KINDS = {
    "slot": (re.compile("|".join(SLOTS)), f"there is {' and '.join(SLOTS)}"),
    "release": (re.compile(r"[0-9a-f]{12}"), "a release is 12 hex digits, such as 7c1bb6d5bf21"),
    "request": (
        re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "it is as in X-Request-ID, such as de358ab1-2ccd-4e8a-b318-07695af4f62d",
    ),
    "status": (re.compile(r"[1-5](\d\d|xx)"), "such as 503, or 5xx for all of them"),
    "unit": (re.compile(r"[\w:.@-]+", re.ASCII), "such as hello@blue, ssh or hostler-peers.service"),
}
OF_REQUESTS = ("release", "request", "status")
OF_APPS = ("app", "slot", *OF_REQUESTS)
# Of hosts with the data and with its backups; of which version it is, the hosts know
DATABASES, BACKUPS = ["postgresql@*.service"], ["hostler-backup@*.service", "hostler-drill.service", "pgbackrest.service"]
HAPROXY = "SYSLOG_IDENTIFIER=haproxy"


def moment(text: str, now: float) -> float | None:
    """Return the time that is meant, in seconds since 1970; None where none is. A time of day is the last one there was."""
    present = datetime.fromtimestamp(now, timezone.utc)
    if match := AGO.fullmatch(text):
        return now - int(match[1]) * SECONDS[match[2]]
    try:
        if CLOCK.fullmatch(text):
            said = datetime.fromisoformat(f"{present:%Y-%m-%d} {text.zfill(5 if text.count(':') == 1 else 8)}+00:00")
            return (said if said <= present else said - timedelta(days=1)).timestamp()
        said = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return None
    return (said if said.tzinfo else said.replace(tzinfo=timezone.utc)).timestamp()


def questions(
    apps: list[App], web: list[str], balancers: list[str], asked: Json, now: float, data: Mapping[str, list[str]] | None = None
) -> dict[str, Json]:
    """Return for each host that is asked the options of ``logs_info``; Refused with one sentence for each value that is no good.

    `data` are the hosts with the data and those with its backups, each with the units that are of interest there. No line of theirs is an
    app's or a request's.
    """
    data = data or {}
    if wrong := list(_mistakes([*balancers, *web, *data], list(data), asked, now)):
        raise Refused("\n".join(wrong))
    of = chosen(apps, asked["app"], several=True)
    times = {key: moment(asked[key], now) for key in ("since", "until") if asked[key]}
    common = {"lines": int(asked["lines"]), **times}
    host = asked["host"]
    asks: dict[str, Json] = {}
    for name in balancers if host in ("", *web, *balancers) else []:
        if host in ("", name) or (host in web and not asked["unit"]):
            asks[name] = {**common, **_of_balancer(asked, host if host in web else "")}
    for name in web:
        if host in ("", name):
            asks[name] = {**common, **_of_web(of, asked)}
    for name, units in data.items():
        if host == name or (not host and not any(asked[key] for key in OF_APPS)):
            asks[name] = {**common, "units": [asked["unit"]] if asked["unit"] else units, "matches": []}
    return asks


def _mistakes(hosts: list[str], data: list[str], asked: Json, now: float) -> Iterator[str]:
    for name, (kind, such) in KINDS.items():
        if asked[name] and not kind.fullmatch(asked[name]):
            yield f"{name}: {asked[name]!r} is none; {such}."
    if asked["host"] not in ("", *hosts):
        yield f"host: there is no host {asked['host']!r}; there is {', '.join(hosts)}."
    others = [name for name in OF_APPS if asked[name]]
    if asked["host"] in data and others:
        yield f"host: {asked['host']} has no lines of an app or a request; leave {' and '.join(others)} out."
    elif asked["unit"] and others:
        yield f"unit: a unit's lines have no {' or '.join(others)} to look for; say one or the other."
    since, until = (moment(asked[key], now) if asked[key] else None for key in ("since", "until"))
    for key, found in (("since", since), ("until", until)):
        if asked[key] and found is None:
            yield f"{key}: {asked[key]!r} is no time; {SUCH}."
    if since is not None and until is not None and since >= until:
        yield f"since: {asked['since']} is not before {asked['until']}."
    if asked["follow"] and asked["until"]:
        yield "follow: it goes on until Ctrl-C; leave until out."


def _of_balancer(asked: Json, to: str) -> Json:
    """Return what a balancer is asked for: HAProxy's lines, of requests that went to one web host if it is named."""
    if asked["unit"]:
        return {"units": [asked["unit"]], "matches": []}
    sent = [f"HOST={to}"] if to else []
    return {"units": [], "matches": [HAPROXY, *sent, *_fields(asked)]}


def _of_web(apps: list[App], asked: Json) -> Json:
    """Return what a web host is asked for: lines of requests by their fields, or else all that the apps' units say."""
    if asked["unit"]:
        return {"units": [asked["unit"]], "matches": []}
    if any(asked[name] for name in OF_REQUESTS):
        return {"units": [], "matches": _fields(asked)}
    slots = [f"{app.name}@{slot}.service" for app in apps for slot in SLOTS if asked["slot"] in ("", slot)]
    others = [] if asked["slot"] else [f"{app.name}.{unit.name}.service" for app in apps for unit in app.units]
    return {"units": [*slots, *others], "matches": []}


def _fields(asked: Json) -> list[str]:
    fields = {"APP": "app", "SLOT": "slot", "RELEASE": "release", "REQUEST_ID": "request"}
    matches = [f"{field}={asked[name]}" for field, name in fields.items() if asked[name]]
    status = asked["status"]
    # The journal finds what is equal, and takes several values of one field as any of them
    codes = [f"{status[0]}{rest:02}" for rest in range(100)] if status.endswith("xx") else [status] if status else []
    return [*matches, *(f"STATUS={code}" for code in codes)]

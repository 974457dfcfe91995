"""Make one story of what the hosts' journals say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused


def at(microseconds: int) -> str:
    """Return a time in UTC, to the millisecond."""
    return datetime.fromtimestamp(microseconds / 1_000_000, timezone.utc).isoformat(" ", "milliseconds")[:23]


def line(entry: Json) -> str:
    """Return an entry for people. What it says is an app's or a visitor's: nothing of it tells a terminal anything."""
    who = "haproxy" if entry.get("identifier") == "haproxy" else entry["unit"] or entry.get("identifier", "-")
    rows = entry["message"].replace("\t", "  ").splitlines() or [""]
    shown = ("".join(char if char.isprintable() else "?" for char in row) for row in rows)
    return f"{at(entry['at'])} {entry['host']} {who}: " + "\n    ".join(shown)


def of_host(host: str, entries: list[Json]) -> list[Json]:
    """Return entries with the host that they are of."""
    return [{"host": host, **entry} for entry in entries]


def _instead(kept: Json) -> str:
    """Return what there is to say of the lines of a host that did not answer, by what was asked in its place."""
    if "entries" in kept:
        return " Its lines are those that it had sent to the host that watches."
    return f" What it had sent to the host that watches cannot be read: {' '.join(str(kept['msg']).split())}" if kept.get("msg") else ""


def merged(hosts: Mapping[str, Json], kept: Mapping[str, Json], lines: int) -> Json:
    """Return ``report``, and ``lines`` and ``tables`` for people; Refused where there is nothing to tell of any host.

    `hosts`: what each said; `kept`: what is kept of those that did not.
    """
    silent = {host: " ".join(str(said.get("msg") or "It was not asked.").split()) for host, said in hosts.items() if "entries" not in said}
    stand_in = {host: kept[host] for host in silent if "entries" in kept.get(host, {})}
    read = {**{host: said for host, said in hosts.items() if host not in silent}, **stand_in}
    if hosts and not read:
        raise Refused("\n".join(f"{host}: {why}" for host, why in silent.items()))
    found: list[Any] = [one for host, said in read.items() for one in of_host(host, said["entries"])]
    told = sorted(found, key=lambda entry: int(entry["at"]))[-lines:]
    more = len(found) > len(told) or any(said.get("more") for said in read.values())
    words = [line(entry) for entry in told]
    notes = [f"{host} did not answer: {why.rstrip('.')}.{_instead(kept.get(host, {}))}" for host, why in silent.items()]
    notes += [] if told else ["There is no such line."]
    notes += [f"These are the last {len(told)}; there are more: -e lines=..., or a narrower question."] if more else []
    report = {"entries": [{**entry, "at": at(entry["at"])} for entry in told], "more": more, "silent": silent, "kept": list(stand_in)}
    return {"report": report, "lines": [*words, *([""] if words and notes else []), *notes], "tables": []}

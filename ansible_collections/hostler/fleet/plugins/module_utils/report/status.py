"""Put what was found of the fleet into words and tables, for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from ansible_collections.hostler.fleet.plugins.module_utils.judge import Report, SlotRow
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

HEADS = ["host", "app", "slot", "release", "is", "since (UTC)", "processes", "memory", "secrets", "req/s", "errors", "health", "balancers"]
UNIT_HEADS = ["host", "app", "name", "kind", "release", "is", "started (UTC)", "next (UTC)"]


def short(stamp: str) -> str:
    """Return 2026-11-22T16:57:02Z as people read it."""
    return stamp[:16].replace("T", " ")


def seen_by(views: dict[str, str | None]) -> str:
    """Return what the balancers see: one word where they agree."""
    words = {name: "?" if why is None else "down" if why else "up" for name, why in views.items()}
    return words.popitem()[1] if len(set(words.values())) == 1 else ", ".join(f"{name} {word}" for name, word in words.items())


def health(row: SlotRow) -> str:
    """Return how a slot does, in a word or two; the problems have more."""
    if row.active != "active":
        return row.active if row.release else "empty"
    if row.wrong:
        return "not healthy"
    return "ok" if row.runs == row.release else f"runs {row.runs}"


def cells(report: Report) -> list[list[str]]:
    """Return the table: a row for each slot, and one for each host that does not answer."""
    table = [HEADS]
    for row in report.slots:
        up = row.active == "active"
        used = [str(row.processes), f"{row.memory / 2**20:.0f} M", row.secrets] if up else ["", "", ""]
        errors = f"{row.failed} of {row.requests}"
        told = [row.host, row.app, row.slot, row.release, row.is_, short(row.since)]
        table.append([*told, *used, str(row.rate), errors, health(row), seen_by(row.balancers)])
    lost = [host for host, said in report.hosts.items() if said.wrong]
    table += [[host, *[""] * (len(HEADS) - 3), "no answer", ""] for host in lost]
    # A column that says nothing takes room that is wanted
    empty = [] if any(row.secrets for row in report.slots) else [HEADS.index("secrets")]
    return [[cell for index, cell in enumerate(row) if index not in empty] for row in table]


def unit_cells(report: Report) -> list[list[str]]:
    """Return the table of jobs and workers."""
    table = [UNIT_HEADS]
    for row in report.units:
        failed = row.kind == "job" and row.result not in ("", "success")
        state = "waits" if (row.kind, row.active) == ("job", "active") else row.active
        told = [row.host, row.app, row.name, row.kind, row.release, row.result if failed else state]
        table.append([*told, short(row.since), short(row.next)])
    return table


def moment(at: int) -> str:
    """Return seconds since 1970 as people read them, in UTC."""
    return f"{datetime.fromtimestamp(at, timezone.utc):%Y-%m-%d %H:%M} UTC"


def drill_of(drill: Json | None) -> str:
    """Return how the last restore drill ended."""
    if not drill:
        return "no restore drill yet"
    rows = sum(one["rows"] for one in drill["databases"].values())
    return f"the restore drill of {moment(drill['at'])} " + ("failed" if drill["wrong"] else f"succeeded, with {rows} rows")


def database_lines(report: Report) -> Iterator[str]:
    """Yield what each PostgreSQL does that answers; where there are two, also which of them apps write to, and who follows it."""
    for host, data in report.databases.items():
        if data.answers and data.ready and not data.writes:
            follows = f"{host} follows {report.primary}" if report.primary not in ("", host) else f"{host} follows"
            yield f"{follows} ({data.lag} s behind)." if data.streams else f"{follows} by the archive alone."
        elif data.answers:
            written = ", apps write to it" if data.writes and report.standbys else ""
            yield f"{host}: PostgreSQL {data.runs} answers{written}; {data.used} of {data.connections} connections in use."


def lines(report: Report) -> Iterator[str]:
    """Yield what is said before the table: what is live, who is at work, and what is nearly full."""
    for name, app in report.apps.items():
        if not app.slot:
            yield f"{name} was never deployed."
            continue
        how = f" since {short(app.since)} UTC, by {app.by} ({app.verb})" if app.since else ""
        load = f"{app.rate} requests/s, {app.failed} of {app.requests} failed, {app.used} of {app.places} places in use"
        yield f"{name}: {app.release} is live in {app.slot}{how}; {load}."
    yield from database_lines(report)
    for host, kept in report.backups.items():
        for where, backups, drill in (
            ("", kept.backups, kept.drill),
            *([(" in the bucket", kept.s3["backups"], kept.s3["drill"])] if kept.s3 else []),
        ):
            if backups:
                number = f"{len(backups)} backup{'s' if len(backups) > 1 else ''}{where}"
                yield f"{host}: {number}, the newest of {moment(backups[-1]['at'])}; {drill_of(drill)}."
    for row in (row for row in report.slots if row.killed):
        yield (
            f"{row.host}: of {row.app}'s processes in {row.slot}, {row.killed} had to end since {short(row.since)} UTC, because its memory "
            f"was used up; raise 'memory', and see 'journalctl -u {row.app}@{row.slot}' there for what was asked for then."
        )
    for lock in report.locks:
        yield f"{lock.who} holds the fleet's lock since {lock.since}, for {lock.what}."
    for warning in report.warnings:
        yield f"WARNING: {warning}"


def told(report: Report) -> Json:
    """Return ``lines``, what is said first, and ``tables``: of slots, and of jobs and workers."""
    return {"lines": list(lines(report)), "tables": [cells(report), unit_cells(report)]}

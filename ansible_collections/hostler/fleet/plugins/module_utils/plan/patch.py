"""Decide which hosts an upgrade of the system is due for, and refuse it where the fleet would not bear it. Opens no connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused, backend


@dataclass(frozen=True)
class Due:
    """What is due on a host: its `packages`, whether a `reboot`, and the units that are `stale`, for they use what was replaced."""

    packages: list[str]
    reboot: bool
    stale: list[str]


def live(apps: list[str], entries: dict[str, str]) -> list[str]:
    """Return the backends that visitors are sent to; an app that was never deployed has none."""
    found = slots.live(entries)
    return [backend(app, found[app].slot) for app in apps if app in found]


def unwell(backends: list[str], web: list[str], known: Known) -> Iterator[str]:
    """Yield one sentence for each thing for which the fleet is not whole, by what each balancer sees."""
    for balancer, seen in known.servers.items():
        if not seen:
            yield f"{balancer}: HAProxy does not run; run site.yml."
            continue
        if balancer in known.behind:
            yield f"{balancer} is behind: it lacks lines of the map that others have; run site.yml."
        for name in backends:
            for host in web:
                if wrong := seen.get(name, {}).get(host, "not in HAProxy's configuration"):
                    yield f"{balancer} does not see {name} up on {host}: {wrong}. Hosts are upgraded only while all others serve."


def words(due: Due) -> str:
    """Return what is due on a host, for people; empty for nothing."""
    count, parts = len(due.packages), []
    if due.packages:
        parts.append(f"{count} package{'s' * (count > 1)} ({', '.join(due.packages)})")
    if due.reboot:
        parts.append("a reboot")
    if due.stale:
        parts.append(f"a restart of {', '.join(due.stale)}, which use what was replaced")
    return "; ".join(parts)


def decided(
    apps: list[App],
    known: Known,
    due: Mapping[str, Due],
    *,
    web: list[str],
    balancers: list[str],
    with_balancers: bool,
    anyway: bool,
    check: bool,
) -> Json:
    """Return what is to be done, as ``check_patch`` says; in check mode problems are told beside it, not refused."""
    said = {host: words(due[host]) for host in (*web, *balancers)}
    hosts = [host for host in web if said[host]]
    balancers = [host for host in balancers if said[host]]
    backends = live([app.name for app in apps], known.entries)
    lines = [f"{host}: {words or 'nothing is due'}." for host, words in said.items()]
    if balancers and not with_balancers:
        lines.append(f"Balancers are upgraded with -e balancers=true only; what is due on {', '.join(balancers)} is left.")
        balancers = []
    problems = list(unwell(backends, web, known)) if hosts or balancers else []
    if hosts and backends and len(web) == 1 and not anyway:
        problems.append(
            f"{web[0]} is the only web host: while it is upgraded, nobody is served. Where that may be, run this with -e anyway=true."
        )
    if problems and not check:
        raise Refused("\n".join(problems))
    # As long as a slot that is stopped lets open requests finish; what is open for longer, as a WebSocket, is cut off
    patience = max((app.timeout for app in apps), default=0) + 5
    return {"web": hosts, "balancers": balancers, "live": backends, "lines": lines + problems, "patience": patience}


def after_failure(host: str, down: list[str], later: list[str]) -> str:
    """Return what there is to say of a host that is not well after its upgrade; `down`, what balancers do not see up of it again."""
    gets = f"It gets no requests before it is healthy: {', '.join(down)}." if down else "It gets requests as before."
    rest = f"; {', '.join(later)} was not touched" if later else ""
    return (
        f"{host} is not upgraded, or not well since; the reason is above. {gets} The others serve{rest}. "
        f"Look at {host}, then run patch.yml again."
    )

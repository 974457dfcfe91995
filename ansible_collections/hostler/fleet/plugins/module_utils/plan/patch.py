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


def without_data(host: str, due: Due) -> str:
    """Return what apps will notice of an upgrade of the host with their data."""
    if due.reboot:
        return f"While {host} is rebooted, which takes a minute or so, apps are without their data."
    return f"PostgreSQL of {host} is restarted where this upgrades it or what it uses: apps are without their data for some seconds then."


def decided(
    apps: list[App],
    known: Known,
    due: Mapping[str, Due],
    *,
    web: list[str],
    balancers: list[str],
    databases: list[str],
    backups: list[str],
    with_balancers: bool,
    with_databases: bool,
    anyway: bool,
    check: bool,
) -> Json:
    """Return what is to be done, as ``check_patch`` says; in check mode problems are told beside it, not refused.

    The last of `databases` is the one that apps write to.
    """
    # Both have one pgBackRest, so they are upgraded together
    data = list(dict.fromkeys((*backups, *databases)))
    said = {host: words(due[host]) for host in (*web, *balancers, *data)}
    hosts = [host for host in web if said[host]]
    balancers, data = [host for host in balancers if said[host]], [host for host in data if said[host]]
    backends = live([app.name for app in apps], known.entries)
    lines = [f"{host}: {words or 'nothing is due'}." for host, words in said.items()]
    if balancers and not with_balancers:
        lines.append(f"Balancers are upgraded with -e balancers=true only; what is due on {', '.join(balancers)} is left.")
        balancers = []
    if data and not with_databases:
        lines.append(
            "What has the data or keeps its backups is upgraded with -e databases=true only, for apps are without the data for some "
            f"seconds then; what is due on {', '.join(data)} is left."
        )
        data = []
    lines += [without_data(host, due[host]) for host in data if host in databases[-1:]]
    problems = list(unwell(backends, web, known)) if hosts or balancers else []
    if hosts and backends and len(web) == 1 and not anyway:
        problems.append(
            f"{web[0]} is the only web host: while it is upgraded, nobody is served. Where that may be, run this with -e anyway=true."
        )
    if problems and not check:
        raise Refused("\n".join(problems))
    # As long as a slot that is stopped lets open requests finish; what is open for longer, as a WebSocket, is cut off
    patience = max((app.timeout for app in apps), default=0) + 5
    found = {"web": hosts, "balancers": balancers, "data": data, "live": backends}
    return {**found, "lines": lines + problems, "patience": patience}


def after_failure(host: str, down: list[str], later: list[str]) -> str:
    """Return what there is to say of a host that is not well after its upgrade; `down`, what balancers do not see up of it again."""
    gets = f"It gets no requests before it is healthy: {', '.join(down)}." if down else "It gets requests as before."
    rest = f"; {', '.join(later)} was not touched" if later else ""
    return (
        f"{host} is not upgraded, or not well since; the reason is above. {gets} The others serve{rest}. "
        f"Look at {host}, then run patch.yml again."
    )

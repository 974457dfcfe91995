"""What the balancers know, held against each other and against the inventory, as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils import history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.model import EMPTY, App, Data, backend
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer, Count
from ansible_collections.hostler.fleet.plugins.module_utils.slots import Live


@dataclass(frozen=True)
class Known(Data):
    """What the balancers know as one.

    `entries`, the lines that every balancer's map has to have; `behind`, the balancers that were deployed to and lack some or have them
    otherwise; `lacking`, all whose file lacks some; `history`, the events of all;
    `counters` and `servers`, of each balancer; `run`, the lock's id, and `by` whom it was asked; `problems`.
    """

    entries: dict[str, str]
    behind: list[str]
    lacking: list[str]
    history: list[history.Event]
    counters: dict[str, dict[str, Count]]
    servers: dict[str, dict[str, dict[str, str]]]
    run: str
    by: str
    problems: list[str]


def agree(apps: list[App], balancers: Mapping[str, Balancer]) -> Known:
    """Return what the balancers know, and what contradicts it."""
    entries = start([app.name for app in apps], balancers)
    first = next(iter(balancers.values()), None)
    return Known(
        entries,
        behind(entries, balancers),
        [host for host, said in balancers.items() if entries.keys() - said.entries.keys()],
        history.merged(said.history for said in balancers.values()),
        {host: said.counters for host, said in balancers.items()},
        {host: said.servers for host, said in balancers.items()},
        first.run if first else "",
        first.by if first else "",
        list(problems(apps, balancers)),
    )


def newest(app: str, balancers: Mapping[str, Balancer]) -> dict[str, Live]:
    """Return what the balancers with the last switch of an app have live; none where it was never deployed.

    A balancer with an earlier one was away, or its run was killed before it came to it: there is nothing to choose.
    """
    of = {host: slots.live(said.entries) for host, said in balancers.items()}
    said = {host: live[app] for host, live in of.items() if app in live}
    # One whose app was removed, and came anew elsewhere, has an earlier turn than those that have no release of it yet
    last = max((slots.turn_of(said.entries, app) for said in balancers.values()), default=0)
    return {host: live for host, live in said.items() if live.turn == last}


def contradiction(path: object, entries: Mapping[str, str], running: Mapping[str, str]) -> list[str]:
    """Return a sentence where a balancer's file, `path`, and memory contradict each other on what is live."""
    if not (app := slots.unlike(entries, running)):
        return []
    says = [f"'{app} {of[app].slot}' with the release {of[app].release}" for of in (slots.live(entries), slots.live(running))]
    return [
        f"{path} says {says[0]}, but the running HAProxy has {says[1]}. See which one is right, write it into the file, "
        "and run 'systemctl reload haproxy' there; then run this again."
    ]


def contradictions(balancers: Mapping[str, Balancer]) -> Iterator[str]:
    """Yield a sentence for each balancer that contradicts itself."""
    for host, said in sorted(balancers.items()):
        yield from (f"{host}: {wrong}" for wrong in said.wrong)


def disagreements(apps: Iterable[str], balancers: Mapping[str, Balancer]) -> Iterator[str]:
    """Yield a sentence for each app on which the balancers disagree."""
    for app in apps:
        live = newest(app, balancers)
        if len({(one.slot, one.release) for one in live.values()}) > 1:
            words = ", ".join(f"{host} serves {one.slot} {one.release}" for host, one in sorted(live.items()))
            yield (
                f"The balancers disagree on {app}: {words} (slot, release). On those that are wrong, set the line "
                f"'{app} <slot>' in /etc/haproxy/slots.map and run 'systemctl reload haproxy'; then run this again."
            )


def problems(apps: list[App], balancers: Mapping[str, Balancer]) -> Iterator[str]:
    """Yield a sentence for each balancer that contradicts itself, each app on which they disagree, or whose ports would change."""
    yield from contradictions(balancers)
    yield from disagreements((app.name for app in apps), balancers)
    yield from taken(apps, balancers)
    for app in apps:
        for slot, port in app.ports.items():
            name = backend(app.name, slot)
            serving = (said.ports for said in balancers.values() if app.name in slots.live(said.entries))
            if moved := {ports.get(name, port) for ports in serving} - {port}:
                yield f"apps.{app.name}.ports.{slot}: {port} is not {moved.pop()}, on which the app is live; ports stay as they are."


def taken(apps: list[App], balancers: Mapping[str, Balancer]) -> Iterator[str]:
    """Yield a sentence for each new app that would take a port or a domain from one that is live, and serve nothing there yet."""
    live = {name for said in balancers.values() for name in slots.live(said.entries)}
    ports = {port: name.rpartition("_")[0] for said in balancers.values() for name, port in said.ports.items()}
    domains = {domain: app for said in balancers.values() for domain, app in said.domains.items()}
    for app in (app for app in apps if app.name not in live):
        wanted: list[tuple[str, object, str | None]] = [(f"ports.{slot}", port, ports.get(port)) for slot, port in app.ports.items()]
        wanted += [("domains", domain, domains.get(domain)) for domain in app.domains]
        wanted += [("default", "true", domains.get(""))] if app.default else []
        for key, value, owner in wanted:
            if owner in live - {app.name}:
                yield (
                    f"apps.{app.name}.{key}: {value} is {owner}'s, which is live, and {app.name} has no release yet. An app's name "
                    f"cannot change; for another app, give it ports and domains of its own, and move names once it is live."
                )


def start(apps: list[str], balancers: Mapping[str, Balancer]) -> dict[str, str]:
    """Return the lines that every balancer's map has to have: those of the newest, and an empty slot for an app that is new.

    The first release starts in the other one, and no visitor gets to it before the switch.
    """
    lines: dict[str, str] = {}
    for app in apps:
        # One that has an app but never had a release of it is not believed on which slot is live
        having = (said.entries for said in balancers.values() if app in said.entries)
        newer = [balancers[host].entries for host in newest(app, balancers)] or sorted(having, key=lambda known: slots.turn_of(known, app))[
            -1:
        ]
        if newer:
            lines |= slots.of_app(newer[0], app)
        else:
            turn = history.last_turn((event for said in balancers.values() for event in said.history), app)
            lines |= {app: EMPTY, **(slots.changed(app, turn) if turn else {})}
    return lines


def behind(entries: dict[str, str], balancers: Mapping[str, Balancer]) -> list[str]:
    """Return the balancers that were deployed to before but lack a line, in the file or in the running HAProxy."""
    return [host for host, said in balancers.items() if said.entries and (said.behind or slots.lacks(said.entries, entries))]

"""Hold every slot, file and balancer against what the map of slots and the inventory say of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils import history
from ansible_collections.hostler.fleet.plugins.module_utils import slots as slots_of_map
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import OUT, SLOTS, App, backend

MAP = "/etc/haproxy/slots.map"
Said = dict[str, Any]  # what a host said, by the modules' results; without their keys where it did not answer
Row = dict[str, Any]


def answers(said: Said) -> bool:
    """Tell whether a host answered: a web host with its apps, a balancer with its map."""
    return "apps" in said or "entries" in said


def silent(hosts: dict[str, Said]) -> dict[str, str]:
    """Return why, for each host that did not answer."""
    lost = {host: str(said.get("msg") or "It was not asked.") for host, said in hosts.items() if not answers(said)}
    return {host: " ".join(why.split()) for host, why in lost.items()}


class Map:
    """What the balancers know as one."""

    def __init__(self, entries: dict[str, str]) -> None:
        """Take the lines of the map."""
        self.entries = entries

    def live(self, app: str) -> str:
        """Return the live slot; empty where the app was never deployed."""
        slot = self.entries.get(app, "")
        return slot if self.release(app, slot) else ""

    def release(self, app: str, slot: str) -> str:
        """Return the release that a slot is to run; empty for none."""
        return slots_of_map.release_in(self.entries, app, slot)


def views(balancers: dict[str, Said], name_of: str, host: str) -> dict[str, str | None]:
    """Return what is wrong with a server for each balancer: empty for up, nothing where the balancer cannot say."""
    return {
        name: said["servers"].get(name_of, {}).get(host, "not in HAProxy's configuration") if answers(said) and said["runs"] else None
        for name, said in balancers.items()
    }


def load(balancers: dict[str, Said], name_of: str, host: str | None = None) -> dict[str, int]:
    """Return the ``rate``, ``requests`` and ``failed`` of a backend or of one of its servers, added up over the balancers."""
    total = {"rate": 0, "requests": 0, "failed": 0}
    for said in filter(answers, balancers.values()):
        servers = said["loads"].get(name_of, {})
        for name, count in servers.items():
            total["rate"] += count["rate"] if host in (None, name) else 0
        counted = said["counters"].get(name_of, {}) if host is None else servers.get(host, {})
        for key in ("requests", "failed"):
            total[key] += counted.get(key, 0)
    return total


def slots(apps: list[App], entries: Map, balancers: dict[str, Said], web: dict[str, Said]) -> Iterator[Row]:
    """Yield a row for each slot of each app on each web host that answers."""
    for host, said in web.items():
        for app, slot in ((app.name, slot) for app in apps for slot in SLOTS if answers(said)):
            live = entries.live(app)
            yield {
                "host": host,
                "app": app,
                "slot": slot,
                "is": ("live" if slot == live else "standby") if live else "",
                **said["apps"][app][slot],
                **load(balancers, backend(app, slot), host),
                "balancers": views(balancers, backend(app, slot), host),
            }


def units(web: dict[str, Said]) -> Iterator[Row]:
    """Yield a row for each job and worker on each web host that answers, and for each that should be there."""
    there = {host: said["units"] for host, said in web.items() if answers(said)}
    # What runs once per fleet is the first host's that has the live release
    firsts: dict[str, str] = {}
    for host, (app, rows) in ((host, item) for host, said in there.items() for item in said.items()):
        if any(row["wanted"] for row in rows):
            firsts.setdefault(app, host)
    for host, (app, rows) in ((host, item) for host, said in there.items() for item in said.items()):
        for row in rows:
            wanted = row["wanted"] and (not row["once"] or firsts.get(app) == host)
            if wanted or row["release"]:
                yield {"host": host, "app": app, **row, "wanted": wanted}


def of_units(rows: list[Row], entries: Map) -> Iterator[str]:
    """Yield a sentence for each job and worker that does not follow the live release, or does not do well."""
    for row in rows:
        live = entries.release(row["app"], entries.live(row["app"]))
        unit = f"the {row['kind']} {row['name']} of {row['app']}"
        see = f"see 'journalctl -u {row['app']}.{row['name']}' there"
        right = f"run playbooks/restart.yml -e app={row['app']}."
        if not row["wanted"]:
            yield f"{row['host']}: {unit} is there, from {row['release']}, but {live or 'what is live'} has none there; {right}"
        elif row["release"] != live:
            yield f"{row['host']}: {unit} follows {row['release'] or 'no release'}, and {live} is live; {right}"
        elif row["changed"]:
            yield f"{row['host']}: the unit of {unit} was changed by hand; {right}"
        elif row["active"] != "active":
            what = unit if row["kind"] == "worker" else f"the timer of {unit}"
            yield f"{row['host']}: {what} is {row['active']}; {see}, or {right}"
        elif row["kind"] == "job" and row["result"] not in ("", "success"):
            yield f"{row['host']}: {unit} failed when it last ran ({row['result']}); {see}."


def of_slots(rows: list[Row], entries: Map) -> Iterator[str]:
    """Yield a sentence for each live slot that does not run the live release well, or is not seen up."""
    for row in (row for row in rows if row["is"] == "live"):
        app, wanted = row["app"], entries.release(row["app"], row["slot"])
        slot = f"the live slot {row['slot']} of {app}"
        if row["release"] != wanted:
            yield f"{row['host']}: {slot} links {row['release'] or 'no release'}, and the map names {wanted}; run site.yml."
        elif row["active"] != "active":
            yield f"{row['host']}: {slot} is {row['active']}; see 'journalctl -u {app}@{row['slot']}' there, or run site.yml."
        elif row["runs"] not in ("", wanted):
            yield f"{row['host']}: {slot} links {wanted}, but {row['runs']} answers; run site.yml."
        elif row["wrong"]:
            yield f"{row['host']}: {slot} is not healthy: {row['wrong']}; see 'journalctl -u {app}@{row['slot']}' there."
        else:
            for balancer, why in row["balancers"].items():
                if why and not why.startswith(OUT):
                    yield f"{balancer}: {slot} is not up on {row['host']}, though it is healthy there: {why}."


def of_secrets(apps: list[App], rows: list[Row]) -> Iterator[str]:
    """Yield a sentence for each standby whose process holds other secrets than the live slot's, which were to be erased."""
    present = {(row["host"], row["app"]): row["secrets"] for row in rows if row["is"] == "live" and row["active"] == "active"}
    careless = {app.name for app in apps if app.keep_secrets}
    for row in rows:
        where = (row["host"], row["app"])
        if (
            row["is"] == "standby"
            and row["secrets"]
            and where in present
            and row["app"] not in careless
            and row["secrets"] != present[where]
        ):
            yield f"{row['host']}: the standby of {row['app']} still holds the former secrets {row['secrets']}; run deploy.yml."


def of_balancers(known: Known, balancers: dict[str, Said]) -> Iterator[str]:
    """Yield a sentence for each balancer that does not have what the others have, or not the same in its file and its memory."""
    yield from known.problems
    for name, said in balancers.items():
        if not answers(said) or said["wrong"]:
            continue
        if not said["runs"]:
            yield f"{name}: HAProxy does not run; run site.yml."
        elif said["differ"]:
            yield (
                f"{name}: {MAP} and the running HAProxy differ in {', '.join(said['differ'])}; if the file is right, run "
                "'systemctl reload haproxy' there."
            )
        elif not known.problems and slots_of_map.lacks(said["entries"], known.entries):
            yield f"{name} is behind: it lacks lines of the map that others have; run site.yml."


def of_rotation(balancers: dict[str, Said]) -> Iterator[str]:
    """Yield a sentence for each web host to which a balancer sends nothing because it was told so."""
    for name, said in balancers.items():
        left: dict[str, list[str]] = {}
        for name_of, servers in (said["servers"] if answers(said) else {}).items():
            for host, wrong in servers.items():
                if wrong.startswith(OUT):
                    left.setdefault(host, []).append(name_of)
        for host, backends in left.items():
            yield (
                f"{name}: {host} is out of rotation in {', '.join(backends)}; unless a run of patch.yml is at work, run it again, or any "
                "other verb that takes the lock: that puts it back."
            )


def of_files(rows: list[Row], compared: dict[str, Said]) -> Iterator[str]:
    """Yield a sentence for each file that is not what a role or a deploy wrote."""
    for host, said in compared.items():
        for name in said.get("differ") or []:
            yield f"{host}: {name} differs from the inventory; run site.yml."
    releases = {(row["host"], row["app"], row["release"]): row["changed"] for row in rows}
    for (host, app, release), parts in releases.items():
        if parts:
            yield (
                f"{host}: {', '.join(parts)} of {app}'s release {release} was changed by hand, in /srv/{app}/releases/{release}; "
                "put it back, or deploy a change in its place."
            )


def app_of(name: str, entries: Map, past: list[dict[str, Any]], balancers: dict[str, Said]) -> dict[str, Any]:
    """Return what is live of an app, since when and by whom, and what its live slot is asked for."""
    slot = entries.live(name)
    turn = slots_of_map.turn_of(entries.entries, name)
    release = entries.release(name, slot)
    # The map's turn is a later one after maintenance or a failed deploy
    event = history.last_made(past, name, release)
    return {
        "slot": slot,
        "release": release,
        "turn": turn,
        **{key: event.get(at, "") for key, at in {"since": "at", "by": "by", "verb": "verb", "commit": "commit"}.items()},
        **load(balancers, backend(name, slot)),
    }


def holders(balancers: dict[str, Said]) -> list[dict[str, str]]:
    """Return who holds the fleet's lock: nobody, one, or more where a run was killed."""
    held = {said["holder"]["id"]: said["holder"] for said in balancers.values() if answers(said) and said["holder"]}
    return [{key: str(holder[key]) for key in ("who", "what", "since")} for holder in held.values()]


def judge(apps: list[App], known: Known, balancers: dict[str, Said], web: dict[str, Said], compared: dict[str, Said], now: str) -> Said:
    """Return the report, as the documentation of ``report_status`` has it."""
    entries = Map(known.entries)
    rows = list(slots(apps, entries, balancers, web))
    unit_rows = list(units(web))
    lost = silent({**balancers, **web})
    problems = [f"{host}: {why}" for host, why in lost.items()]
    problems += [
        *of_balancers(known, balancers),
        *of_rotation(balancers),
        *of_slots(rows, entries),
        *of_units(unit_rows, entries),
        *of_secrets(apps, rows),
        *of_files(rows, compared),
    ]
    return {
        "at": now,
        "problems": problems,
        "locks": holders(balancers),
        "apps": {app.name: app_of(app.name, entries, known.history, balancers) for app in apps},
        "hosts": {host: {"wrong": lost.get(host, ""), "differ": compared.get(host, {}).get("differ")} for host in {**balancers, **web}},
        "slots": rows,
        "units": unit_rows,
    }

"""What is said of an app that is to be removed: whether it may be, and what there is of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ansible_collections.hostler.fleet.plugins.module_utils import history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.database.dsn import LOGIN
from ansible_collections.hostler.fleet.plugins.module_utils.inventory import DATABASE, NAME, database_of
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS, Json, Refused, backend
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer

DROPPED = "/var/lib/hostler-backup/dropped"  # on the host with the backups


def named(name: str, apps: list[str]) -> str:
    """Return the name of an app that hosts may be asked for; Refused with one sentence."""
    if not name:
        raise Refused("app: which one? Name it, such as -e app=shop.")
    if not NAME.fullmatch(name):
        raise Refused(f"app: {name!r} is no name of an app.")
    if name in apps:
        raise Refused(f"app: {name} is still in apps; take it out of the inventory first, then run this again.")
    return name


def left(hosts: Mapping[str, Json]) -> list[str]:
    """Return a sentence for each app that is no longer in the inventory but has parts on web hosts, by what each says of itself."""
    gone = sorted({app for said in hosts.values() for app in said["left"]})
    on = {app: ", ".join(sorted(host for host, said in hosts.items() if app in said["left"])) for app in gone}
    return [f"{app} is no longer in apps, but has parts on {on[app]}: ansible-playbook playbooks/remove.yml -e app={app}" for app in gone]


def stays(name: str, taken: Collection[str], data: Mapping[str, Json]) -> Iterator[str]:
    """Yield a sentence for each database that may be a removed app's and stays, with what drops it; none is dropped here.

    `taken` are the names of those of other apps; `data`, what each host with data said of itself. A database does not know its app: one of
    another name than an app has by default may be anybody's who was removed.
    """
    for host, said in _led(data).items():
        if not said.get("answers"):
            if said.get("ours", True):
                yield f"{host} could not be asked whether it has a database of {name}; where it has, that stays."
            continue
        there = {one: logins for one, logins in said["databases"].items() if one not in taken and DATABASE.fullmatch(one)}
        own = database_of(name)
        for one in [own] if own in there else sorted(there):
            drops = f"sudo -u postgres psql -c 'drop database {one} with (force)' -c 'drop role {', '.join([*_own(one, there[one]), one])}'"
            if one == own:
                yield f"{host} keeps the database {one}, with all its data. Once nobody wants them, this drops it there: {drops}"
            else:
                whose = f"Was it that of {name}, and nobody wants its data, this drops it there"
                yield f"{host} keeps the database {one}, which no app has. {whose}: {drops}"


def _led(data: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return those that follow no other one: who follows has what that has."""
    return {host: said for host, said in data.items() if not said.get("follows")}


def _own(database: str, logins: list[str]) -> list[str]:
    """Return those that an app came in by; who else is a member is somebody."""
    return [one for one in logins if one.startswith(f"{database}_") and LOGIN.fullmatch(one.removeprefix(f"{database}_"))]


def dropped(name: str, wanted: str, taken: Collection[str], data: Mapping[str, Json], kept: Mapping[str, Json], stamp: str) -> Json:
    """Return what is dropped of an app that is removed, where its database is named, `wanted`: ``name``, ``host``, ``keeper``, ``logins``,
    ``version``, ``size`` of all data in bytes, and the ``path`` of what is kept of it; nothing where none is named.

    `taken`, `data` as in ``stays``; `kept`, what hosts with backups said. Refused where it cannot be meant, or nothing could be kept of it.
    """
    if not wanted:
        return {}
    if wanted in taken:
        raise Refused(f"drop_database: {wanted} is the database of an app that is in apps; nothing was removed.")
    for host, said in _led(data).items():
        if not said.get("answers"):
            raise Refused(f"drop_database: {host} could not be asked which databases it has; nothing was removed.")
        there = {one: logins for one, logins in said["databases"].items() if one not in taken and DATABASE.fullmatch(one)}
        if wanted not in there:
            continue
        own = database_of(name)
        if own in there and wanted != own:
            raise Refused(f"drop_database: {host} has a database {own}, which is that of {name}; {wanted} is not. Nothing was removed.")
        keeper, backups = next(((host, said.get("backups", [])) for host, said in kept.items()), ("", []))
        if not backups:
            why = f"{keeper} has no backup to take it from" if keeper else "no host is in the group 'backup'"
            raise Refused(
                f"drop_database: {why}, so nothing could be kept of {wanted}; nothing was removed. To drop it all the same, run this "
                "without drop_database, which tells by what."
            )
        return {
            "name": wanted,
            "host": host,
            "keeper": keeper,
            "logins": _own(wanted, there[wanted]),
            "version": said["version"],
            "size": max(one["size"] for one in backups),
            "path": f"{DROPPED}/{wanted}-{stamp}.dump",
        }
    raise Refused(f"drop_database: no host with data has a database {wanted} of an app that was removed; nothing was removed.")


def found(name: str, balancers: Mapping[str, Balancer], parts: Mapping[str, list[str]], at: str, clock: int) -> Json:
    """Return what there is of an app: ``lines`` for people, of balancers; ``done``, whether nothing is left to do, and ``msg`` why.

    `parts` are what each web host has of it; `balancers`, what each knows. ``events`` and ``run`` are for the end of its removal.
    Refused where no host has parts of it and the history knows none.
    """
    backends = {backend(name, slot) for slot in SLOTS}
    lines = sorted({line for said in balancers.values() for line in slots.below(said.entries, [name])})
    served = sorted({port for said in balancers.values() for port in said.ports if port in backends})
    events = history.merged(said.history for said in balancers.values())
    last: history.Event = next((event for event in reversed(events) if event.get("app") == name), {})
    left = bool(lines or served or any(parts.values()))
    if not left and not last:
        raise Refused(f"app: no host has parts of an app {name}, and the history knows none; nothing was removed.")
    # A run that was killed may have come as far as to leave nothing but its last word unsaid
    done = not left and last["event"] == "removed"
    first = next(iter(balancers.values()))
    last_turn = max(history.last_turn(events, name), *(slots.turn_of(said.entries, name) for said in balancers.values()))
    return {
        "done": done,
        "msg": f"{name} was removed {last['at']} by {last['by']}; nothing is left of it." if done else "",
        "lines": [f"HAProxy: {line}" for line in (*served, *lines)],
        "run": first.run,
        # An app of this name that comes later is to have later turns than a balancer that was away has of this one
        "events": [history.removed(first.run, first.by, at, name, slots.next_turn(last_turn, clock))],
    }

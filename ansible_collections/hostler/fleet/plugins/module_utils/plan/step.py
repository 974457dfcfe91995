"""A step, from the way that was decided: who does which task of ``roles/deploy``, and with which options of its module."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.hostler.fleet.plugins.module_utils import history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import OTHER, OWN, SLOTS, App, Build, Check, Json, Step, backend


@dataclass(frozen=True)
class Wanted:
    """The way to bring a release live.

    `slot`, in which it is to be live, and `servers`, the web hosts that run it there; `build`, what was built, none for a release that
    the hosts have; `in_place`, whether it is live and only put right; `warm`, whether the switch is all that is left; `command`, to be run
    before it by the web hosts `commanded`; `generation` of its secrets; `erase` all others after it, by which the standby is cleared or
    not.
    """

    verb: str
    release: str
    slot: str
    servers: list[str]
    check: Check
    canary_percent: int
    canary_seconds: int
    watch_seconds: int
    build: Build | None = None
    in_place: bool = False
    warm: bool = False
    command: str = ""
    commanded: list[str] = field(default_factory=list)
    generation: str = OWN
    erase: bool = False
    clears: bool = False


def make(
    way: Wanted,
    *,
    app: App,
    known: Known,
    web: list[str],
    folder: str,
    live: str,
    live_release: str,
    live_check: Check,
    former: str,
    former_check: Check,
    units: bool,
    last: bool,
    clock: int,
) -> Step:
    """Return the step; `former` is what its slot had, `units` whether hosts may have jobs or workers, `last` whether the run ends so;
    `clock`, the seconds since 1970.
    """
    name, run, balancers = app.name, known.run, list(known.servers)
    turn = slots.next_turn(slots.turn_of(known.entries, name), clock)
    standby = OTHER[way.slot] if way.in_place else live
    # Nothing is stopped after the first release: the other slot never had one
    cools = app.standby == "cold" and live_release != ""
    event = {
        "run": run,
        "by": known.by,
        "app": name,
        "verb": way.verb,
        "release": way.release,
        "event": "switched",
        "from": live_release,
        "slot": way.slot,
        "check": way.check.json(),
        "units": bool(app.units),
        "bad": live_release if way.verb == "rollback" else "",
        "turn": turn,
        "commit": way.build.commit if way.build else "",
        "dirty": way.build.dirty if way.build else "",
    }
    count = {"run": run, "app": name, "turn": turn}
    facts = {"app": name, "verb": way.verb, "release": way.release, "from": live_release, "commit": event["commit"], "by": known.by}
    start = start_options(app, way.slot, way.release, way.check)
    follow = {"name": name, "release": way.release, "restart": way.verb == "restart"}
    options: dict[str, Json] = {
        "before": {"command": app.hooks.before, "folder": folder, "facts": facts},
        "start": {
            **start,
            "live": way.in_place,
            "generation": OWN if way.build else way.generation,
            "stage": stage_options(app, way.build, clock) if way.build else {},
        },
        "gate": {
            "run": run,
            "entries": slots.expected(name, way.slot, way.release, way.check),
            "backend": backend(name, way.slot),
            "servers": way.servers,
        },
        "command": {
            "name": name,
            "slot": way.slot,
            "command": way.command,
            "seconds": app.release_command_seconds,
            "lock_seconds": app.release_command_lock_seconds,
            "only": way.commanded[0] if app.release_command_once and way.commanded and len(web) > 1 else "",
        },
        "bears": {
            "name": name,
            "live": asked_for(app, live, live_release, live_check),
            "standby": asked_for(app, way.slot, way.release, way.check),
        },
        "after_migration": {
            "name": name,
            "slot": live,
            "command": app.after_migration,
            "seconds": app.release_command_seconds,
            "judges": live_release,
        },
        "canary": {
            "run": run,
            "app": name,
            "slot": way.slot,
            "live": live,
            "percent": way.canary_percent,
            "seconds": way.canary_seconds,
            "event": {**count, "event": "canary"},
        },
        "switch": {
            "run": run,
            "entries": slots.switched(name, way.slot, turn),
            "backends": [backend(name, slot) for slot in SLOTS],
            "events": [event],
        },
        "watch": {
            "run": run,
            "backend": backend(name, way.slot),
            "former": backend(name, live),
            "before": {balancer: counted.get(backend(name, live), {}) for balancer, counted in known.counters.items()},
            "seconds": way.watch_seconds,
            "event": {**count, "event": "watched"},
            "back": slots.switched(name, live, turn + 1),
            "back_event": history.switched_back(event, "", live, live_release, live_check, bad=way.release),
            "alone": len(balancers) == 1,
            # Of several balancers one may find fault after the others have not, and all have to be switched back then
            "unlock": last and len(balancers) == 1 and not (way.erase or cools or units),
        },
        "follow": follow,
        "empty": {"run": run, "offline": True, "entries": slots.expected(name, standby, "", None)},
        "cool": start_options(app, standby, "", app.check),
        "erase": {"name": name, "slot": standby, "generation": way.generation},
        "after": {"command": app.hooks.after, "folder": folder, "facts": facts},
        # What puts back what was there
        "restore": {
            "run": run,
            "offline": True,
            "entries": slots.switched(name, live, turn + 1)
            # What a live slot is expected to run has not changed
            | ({} if way.in_place else slots.expected(name, way.slot, former, former_check)),
        },
        "restart": {**start_options(app, way.slot, former, former_check), "optional": True, "stage": {}},
        "follow_live": {"name": name, "release": live_release, "restart": False},
    }
    moves = not way.in_place
    commanded = way.commanded if way.command else []
    # What was down before does not keep its successor from going live
    bears = [host for host in web if is_up(known, backend(name, live), host)] if moves and commanded and live_release else []
    on = {
        "before": web[:1] if moves and app.hooks.before else [],
        "start": [] if way.warm else way.servers,
        "gate": [] if way.warm else balancers,
        "command": commanded,
        "bears": bears,
        "after_migration": bears[:1] if app.after_migration else [],
        "canary": balancers if moves and way.canary_percent and live_release else [],
        "switch": balancers if moves else [],
        "watch": balancers if moves else [],
        # Who goes back has a reason: the switch stands, whatever becomes of jobs and workers; else they are a part of what is put back
        "follow": web if units and way.verb != "rollback" else [],
        "follow_back": web if units and way.verb == "rollback" else [],
        "empty": balancers if way.clears or cools else [],
        "cool": web if cools else [],
        "erase": web if way.erase else [],
        "after": web[:1] if moves and app.hooks.after else [],
        "restore": balancers,
        # Where the switch was all, the slot runs what it did
        "restart": web if moves and not way.warm else [],
        "follow_live": web if moves and units and way.verb != "rollback" else [],
    }
    return Step(
        app=name,
        verb=way.verb,
        release=way.release,
        slot=way.slot,
        live=live,
        live_release=live_release,
        turn=turn,
        in_place=way.in_place,
        warm=way.warm,
        first=way.servers[0] if way.servers else "",
        event=event,
        facts=facts,
        on=on,
        options=options,
    )


def is_up(known: Known, slot: str, host: str) -> bool:
    """Tell whether a balancer sees a web host up in a slot, of which this is the backend."""
    return any(seen.get(slot, {}).get(host) == "" for seen in known.servers.values())


def asked_for(app: App, slot: str, release: str, check: Check) -> Json:
    """Return where a release is asked for its health, and how."""
    return {"slot": slot, "release": release, "port": app.ports[slot], "check": check.json()}


def start_options(app: App, slot: str, release: str, check: Check) -> Json:
    """Return the options of ``start_slot`` for a release that hosts have."""
    return {"name": app.name, **asked_for(app, slot, release, check), "seconds": app.start_seconds, "static": app.static}


def stage_options(app: App, build: Build, clock: int) -> Json:
    """Return what ``start_slot`` is to lay out first; the archives are paths on the control node, one of packages for each platform.

    Nothing is sent before it is `planned`, and what somebody has sent before is none of this run's.
    """
    keys = ("release", "lock", "settings", "units", "generation", "newest", "bundle", "packages", "adds")
    return {**{key: getattr(build, key) for key in keys}, "keep": app.keep_releases, "writable": app.writable, "planned": clock}

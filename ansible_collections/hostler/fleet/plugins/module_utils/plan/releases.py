"""What a deploy, a rollback or a restart would do for each app: the steps, or why there can be none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils import history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import OTHER, OWN, SLOTS, App, Build, Check, Json, Refused, Step, backend
from ansible_collections.hostler.fleet.plugins.module_utils.plan.chosen import chosen
from ansible_collections.hostler.fleet.plugins.module_utils.plan.step import Wanted, make
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts

ASKED = ("canary_percent", "canary_seconds", "watch_seconds")  # what an operator may say by -e in place of the app's own


@dataclass(frozen=True)
class Given:
    """What a plan is made from.

    `apps`, completed; `built`, for each app what was built for it, needed for a deploy; `web`, names of the web hosts; `hosts`, what
    each has of each app that it is prepared for, empty where none was asked; `known`, by the balancers; `prepared`, whether the hosts
    have been made fit since they were asked, or in check mode would have been; `folder` of hooks; `clock`, the seconds since 1970;
    `installed`, the packages of each host that was asked. The rest is what the operator says.
    """

    verb: str
    apps: list[App]
    built: dict[str, Build]
    known: Known
    web: list[str]
    hosts: dict[str, dict[str, Parts]]
    prepared: bool = False
    folder: str = ""
    app: str = ""
    release: str = ""
    current_secrets: bool = False
    asked: dict[str, str] = field(default_factory=dict)
    clock: int = 0
    installed: dict[str, list[str]] = field(default_factory=dict)


class Plan:
    """What is known, and what of it follows for one app."""

    def __init__(self, app: App, given: Given) -> None:
        """Take the app, and what the plan is made from."""
        self.app, self.name, self.given, self.web = app, app.name, given, given.web
        self.entries = given.known.entries
        # What each web host has of the app
        self.has = {host: given.hosts.get(host, {}).get(self.name, Parts()) for host in {*given.web, *given.hosts}}
        self.live = slots.slot_of(self.entries, self.name)
        self.live_release = slots.release_in(self.entries, self.name, self.live)
        self.slot = OTHER[self.live]
        self.events = history.of_app(given.known.history, self.name)

    def release_in(self, slot: str) -> str:
        """Return the release that a slot is to run."""
        return slots.release_in(self.entries, self.name, slot)

    def check_of(self, release: str) -> Check:
        """Return what the health check of a release asks for: as the map, the history or else the app says."""
        for slot in SLOTS:
            if release and self.release_in(slot) == release:
                return slots.check_in(self.entries, self.name, slot, self.app.check)
        done = (event["check"] for event in reversed(self.events) if event.get("release") == release and event.get("check"))
        return Check.of(next(done, self.app.check.json()))

    def up(self, slot: str) -> list[set[str]]:
        """Return, for each balancer, the web hosts that it sees up in a slot."""
        seen = [backends.get(backend(self.name, slot), {}) for backends in self.given.known.servers.values()]
        return [{server for server, wrong in servers.items() if not wrong} for servers in seen]

    def whole(self, release: str) -> list[str]:
        """Return the web hosts that have a release on disk, ready to start."""
        return [host for host in self.web if release in self.has[host].whole]

    def erased(self, release: str) -> list[str]:
        """Return the web hosts that have a release, but not its secrets any more."""
        has = ((host, self.has[host]) for host in self.web)
        return [host for host, parts in has if parts.generations.get(release) not in {None, *parts.secrets}]

    def generation(self, release: str) -> str:
        """Return the generation of secrets that a release has on the web hosts; empty for none."""
        return max((parts.generations.get(release, "") for parts in self.has.values()), default="")

    def former(self, generation: str) -> bool:
        """Tell whether a web host has secrets of another generation, which are to go."""
        known = {name for parts in self.has.values() for name in parts.secrets}
        return bool(known - {generation}) and not self.app.keep_secrets

    def erasing(self, slot: str, generation: str) -> Json:
        """Return what a step that leaves `slot` live with these secrets has to erase: ``erase``, and whether the standby is cleared."""
        left = self.live_release if slot != self.live else self.release_in(OTHER[slot])
        erase = self.former(generation)
        clears = erase and left != "" and self.generation(left) not in ("", generation)
        return {"erase": erase, "clears": clears, "generation": generation}

    def serves_on(self, slot: str, release: str) -> bool:
        """Tell whether every web host has the release whole and in the slot, and every balancer sees it up."""
        web = set(self.web)
        linked = {host for host in web if self.has[host].slots.get(slot) == release}
        return set(self.whole(release)) == linked == web and all(up >= web for up in self.up(slot)) and self.release_in(slot) == release

    def follows(self, built: Build) -> bool:
        """Tell whether every web host has the jobs and workers of what was built; those of once per fleet are the first one's."""
        started = [Path(place) for place, text in built.units.items() if "\n[Install]\n" in text]
        return all(
            self.has[host].units == {path.name: built.release for path in started if path.parts[0] == "every" or host == self.web[0]}
            for host in self.web
        )

    def cooled(self) -> bool:
        """Tell whether no web host has a release in the standby, where the app is to have none there."""
        return self.app.standby == "warm" or not any(parts.slots.get(self.slot) for parts in self.has.values())

    def has_units(self) -> bool:
        """Tell whether the app has jobs or workers, or a release of it had any, or a host has some of them left."""
        left = any(parts.units for parts in self.has.values())
        return bool(self.app.units or left or any(event.get("units") for event in self.events))

    def wanted(self, verb: str, release: str, **more: Any) -> Wanted:
        """Return the way to bring a release live; `more` is what differs from the common one."""
        given = {key: self.given.asked.get(key, "") for key in ASKED}
        how = {key: int(getattr(self.app, key) if value == "" else value) for key, value in given.items()}
        common = {"slot": self.slot, "servers": self.web, "check": self.check_of(release), **how}
        return Wanted(verb=verb, release=release, **{**common, **more})


def deploy(plan: Plan) -> Wanted | None:
    """Return the way to what was built; none where it is live and well on all hosts."""
    built, app = plan.given.built[plan.name], plan.app
    release = built.release
    more: Json = {"build": built, "check": built.check}
    if release == plan.live_release:
        erasing = plan.erasing(plan.live, built.generation)
        if plan.serves_on(plan.live, release) and plan.follows(built) and plan.cooled() and not erasing["erase"]:
            return None
        # What a command leaves on each web host, one that is new does not have
        new = [] if app.release_command_once else [host for host in plan.web if release not in plan.has[host].whole]
        more |= {"command": app.release_command, "commanded": new}
        return plan.wanted("deploy", release, slot=plan.live, in_place=True, **more, **erasing)
    if release in history.bad(plan.events) and plan.given.release != release:
        raise Refused(
            f"{plan.name}: the release {release} was live and was left by going back. Change its source, or bring it live again "
            f"with -e release={release}."
        )
    # The very release is warm in the standby: only the switch is left to do
    warm = bool(plan.live_release) and plan.serves_on(plan.slot, release)
    erasing = plan.erasing(plan.slot, built.generation)
    more |= {"command": app.release_command, "commanded": plan.web[:1] if app.release_command_once else plan.web}
    return plan.wanted("deploy", release, warm=warm, **more, **erasing)


def rollback(plan: Plan) -> Wanted:
    """Return the way to the release that is named, or to the previous one."""
    if not plan.live_release:
        raise Refused(f"{plan.name} has never been live; there is nothing to go back from.")
    release = plan.given.release
    if not release:
        done = history.switches(plan.events)
        # A history that lacks what is live, as of a balancer whose disk was full, does not know what was before it
        recorded = bool(done) and done[-1]["release"] == plan.live_release
        release = history.previous(plan.events, plan.live_release) if recorded else plan.release_in(plan.slot)
        # Who types this after a failed deploy means that one, and it never was live; a failed rollback is simply tried again. Where a
        # run could not put right what is live, going back is what is left to do
        last = history.outcome([event for event in plan.events if (event["event"], event.get("release")) != ("failed", plan.live_release)])
        if last and last["event"] == "failed" and last["verb"] != "rollback":
            further = f"To go back further all the same, name the release: -e release={release}." if release else ""
            raise Refused(
                f"{plan.name}: the last {last['verb']} failed and changed nothing; the fleet serves {plan.live_release}, as "
                f"before it. {further}".strip()
            )
    if not release:
        raise Refused(f"{plan.name} has no previous release that was not left by going back; name one with -e release=<id>.")
    if release == plan.live_release:
        raise Refused(f"{plan.name}: the release {release} is live already.")
    return from_disk(plan, "rollback", release, canary_percent=0, watch_seconds=int(plan.given.asked.get("watch_seconds") or 0))


def restart(plan: Plan) -> Wanted:
    """Return the way to the same release in the other slot."""
    if not plan.live_release:
        raise Refused(f"{plan.name} has never been live; there is nothing to restart.")
    return from_disk(plan, "restart", plan.live_release, canary_percent=0)


def from_disk(plan: Plan, verb: str, release: str, **more: Any) -> Wanted:
    """Return the way to a release that web hosts have: by the switch alone where the standby runs it wherever the live slot runs."""
    current = plan.given.current_secrets and verb == "rollback"
    warm = plan.release_in(plan.slot) == release and verb != "restart" and not current
    warm = warm and all(up and up >= live for up, live in zip(plan.up(plan.slot), plan.up(plan.live), strict=True))
    servers = plan.web if warm else plan.whole(release)
    erased = plan.erased(release)
    if current:
        # On all that have it, whatever secrets it has there: what was asked for before may have come to some of them
        servers = [host for host in plan.web if host in (*servers, *erased)]
        more["generation"] = plan.generation(plan.live_release)
    elif erased and not servers:
        raise Refused(
            f"{plan.name}: the release {release} was made with secrets that have been changed since, and erased. To bring it live with "
            "today's: -e current_secrets=true."
        )
    if plan.given.hosts and not servers:
        raise Refused(
            f"{plan.name}: no web host has the release {release} any more; each keeps {plan.app.keep_releases}. Deploy its source again."
        )
    return plan.wanted(verb, release, warm=warm, servers=servers, **{"generation": OWN, **more})


VERBS = {"deploy": deploy, "rollback": rollback, "restart": restart}


def mistakes(given: Given) -> Iterator[str]:
    """Yield one sentence for each option whose value does not go with what was built."""
    built = {name: build.release for name, build in given.built.items()}
    if given.verb == "deploy" and given.release and given.release not in built.values():
        gives = ", ".join(f"{name} {release}" for name, release in built.items())
        yield (
            f"release: {given.release} is not what the source gives, which is {gives}. For a release that the hosts keep, use "
            f"playbooks/rollback.yml -e release={given.release}."
        )


def unprepared(given: Given, apps: list[App], check: bool) -> Iterator[str]:
    """Yield one sentence for each host that only site.yml can make fit for a deploy.

    Where site.yml itself came here in check mode, its balancers are as they were.
    """
    for app in apps if given.verb == "deploy" and not given.prepared else []:
        for host, has in given.installed.items():
            if lacks := sorted(set(app.packages) - set(has)):
                yield f"{host} lacks {', '.join(lacks)}, of the packages of {app.name}; run site.yml."
    for name in (app.name for app in apps):
        for host in given.web:
            if given.hosts and not given.prepared and name not in given.hosts.get(host, {}):
                yield f"{host} is not prepared for {name} yet; run site.yml."
        for balancer, backends in given.known.servers.items() if not (check and given.prepared) else ():
            missing = {host for slot in SLOTS for host in given.web if host not in backends.get(backend(name, slot), {})}
            if missing:
                yield f"{balancer} does not know {name} on {', '.join(sorted(missing))} yet, or HAProxy is down there; run site.yml."


def plan(given: Given, check: bool) -> tuple[list[Step], list[str]]:
    """Return the steps, one for each app that needs one, and a sentence for each other; Refused says everything that is wrong."""
    apps = chosen(given.apps, given.app, several=given.verb == "deploy")
    if found := list(mistakes(given)):
        raise Refused("\n".join(found))
    found = list(unprepared(given, apps, check))
    wanted: list[tuple[Plan, Wanted]] = []
    idle = []
    for one in (Plan(app, given) for app in apps):
        try:
            way = VERBS[given.verb](one)
        except Refused as error:
            found.append(str(error))
            continue
        if way:
            wanted.append((one, way))
        else:
            idle.append(f"{one.name}: {one.live_release} is live on all hosts; nothing to do.")
    if found:
        raise Refused("\n".join(dict.fromkeys(found)))
    return [step_of(one, way, last=number == len(wanted)) for number, (one, way) in enumerate(wanted, 1)], idle


def step_of(one: Plan, way: Wanted, last: bool = True) -> Step:
    """Return the step of a way; `last`, whether it is the last of its run."""
    former = one.release_in(way.slot)
    return make(
        way,
        app=one.app,
        known=one.given.known,
        web=one.web,
        folder=one.given.folder,
        live=one.live,
        live_release=one.live_release,
        live_check=one.check_of(one.live_release),
        former=former,
        former_check=one.check_of(former),
        units=one.has_units(),
        last=last,
        clock=one.given.clock,
    )

# Managed by Hostler, role:release
"""Decide, for each app, what has to be done so that a release is live; nothing is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

OTHER = {"blue": "green", "green": "blue"}
# What an operator may say by -e, and its limits; those of the keys of an app
OPTIONS = {"canary_percent": (0, 99), "canary_seconds": (1, 86400), "watch_seconds": (0, 3600)}
App = dict[str, Any]
Event = dict[str, Any]


class Refused(Exception):
    """One sentence for the operator."""


def switches(events: list[Event], app: str) -> list[Event]:
    """Return the switches of an app, oldest first."""
    return sorted((e for e in events if e["app"] == app and e["event"] == "switched"), key=lambda e: int(e["turn"]))


def bad(events: list[Event], app: str) -> set[str]:
    """Return the releases that a switch left as bad, and that have not been live since."""
    found: set[str] = set()
    for event in switches(events, app):
        found.add(event.get("bad", ""))
        found.discard(event["release"])
    return found - {""}


def previous(events: list[Event], app: str, live: str) -> str:
    """Return the release that was live last before `live` and is not bad; empty where there is none."""
    shunned = bad(events, app) | {live, ""}
    done = switches(events, app)
    # What was live before the first switch that is on record
    were = [done[0]["from"], *(event["release"] for event in done)] if done else []
    return next((release for release in reversed(were) if release not in shunned), "")


def since_removed(events: list[Event]) -> list[Event]:
    """Return what came after the last time that an app of this name was removed; what came before was another app's."""
    gone = [index for index, event in enumerate(events) if event["event"] == "removed"]
    return events[gone[-1] + 1 :] if gone else events


def outcome(events: list[Event]) -> Event:
    """Return how the last deploy, rollback or restart ended: ``switched`` or ``failed``; empty where there was none."""
    return next((event for event in reversed(events) if event["event"] in ("switched", "failed")), {})


class Plan:
    """What is known, and what of it follows for one app."""

    def __init__(self, app: App, args: dict[str, Any]) -> None:
        """Take the app, and the arguments of the action."""
        self.app, self.name, self.args = app, app["name"], args
        self.known = args["known"]
        self.entries: dict[str, str] = self.known["entries"]
        # What each web host has of the app
        self.has = {host: args["hosts"].get(host, {}).get("apps", {}).get(self.name, {}) for host in {*args["web"], *args["hosts"]}}
        # Before the first deploy, a slot that is empty is named as live: visitors get nothing of a release before the switch to it
        self.live = self.entries.get(self.name, "green")
        self.live_release = self.entries.get(f"{self.name}/{self.live}", "")
        self.slot = OTHER[self.live]
        self.events = since_removed([event for event in self.known["history"] if event.get("app") == self.name])

    def release_in(self, slot: str) -> str:
        """Return the release that a slot is to run."""
        return self.entries.get(f"{self.name}/{slot}", "")

    def check_of(self, release: str) -> dict[str, str]:
        """Return what the health check of a release asks for: as the map, the history or else the app says."""
        for slot in OTHER:
            if release and self.release_in(slot) == release:
                lines = ((part, self.entries.get(f"{self.name}/{slot}/{part}", "")) for part in ("path", "host"))
                return {part: value or self.app["check"][part] for part, value in lines}
        done = (event["check"] for event in reversed(self.events) if event.get("release") == release and event.get("check"))
        return dict(next(done, self.app["check"]))

    def up(self, slot: str) -> list[set[str]]:
        """Return, for each balancer, the web hosts that it sees up in a slot."""
        backend = f"{self.name}_{slot}"
        seen = [backends.get(backend, {}) for backends in self.known["servers"].values()]
        return [{server for server, wrong in servers.items() if not wrong} for servers in seen]

    def whole(self, release: str) -> list[str]:
        """Return the web hosts that have a release on disk, ready to start."""
        return [host for host in self.args["web"] if release in self.has[host].get("whole", [])]

    def erased(self, release: str) -> list[str]:
        """Return the web hosts that have a release, but not its secrets any more."""
        has = ((host, self.has[host]) for host in self.args["web"])
        return [host for host, part in has if part.get("generations", {}).get(release) not in {None, *part.get("secrets", [])}]

    def generation(self, release: str) -> str:
        """Return the generation of secrets that a release has on the web hosts; empty for none."""
        return max((part.get("generations", {}).get(release, "") for part in self.has.values()), default="")

    def former(self, generation: str) -> bool:
        """Tell whether a web host has secrets of another generation, which are to go."""
        known = {name for part in self.has.values() for name in part.get("secrets", [])}
        return bool(known - {generation}) and not self.app["keep_secrets"]

    def erasing(self, slot: str, generation: str) -> dict[str, Any]:
        """Return what a step that leaves `slot` live with these secrets has to erase: ``erase``, and which ``standby`` it ``clears``."""
        standby = OTHER[slot]
        left = self.live_release if slot != self.live else self.release_in(standby)
        erase = self.former(generation)
        clears = erase and left != "" and self.generation(left) not in ("", generation)
        return {"erase": erase, "standby": standby, "clears": clears, "generation": generation}

    def serves_on(self, slot: str, release: str) -> bool:
        """Tell whether every web host has the release whole and in the slot, and every balancer sees it up."""
        web = set(self.args["web"])
        linked = {host for host in web if self.has[host].get("slots", {}).get(slot) == release}
        return set(self.whole(release)) == linked == web and all(up >= web for up in self.up(slot)) and self.release_in(slot) == release

    def follows(self, built: dict[str, Any]) -> bool:
        """Tell whether every web host has the jobs and workers of what was built; those of once per fleet are the first one's."""
        started = [Path(place) for place, text in built.get("units", {}).items() if "\n[Install]\n" in text]
        return all(
            self.has[host].get("units", {})
            == {path.name: built["release"] for path in started if path.parts[0] == "every" or host == self.args["web"][0]}
            for host in self.args["web"]
        )

    def has_units(self) -> bool:
        """Tell whether the app has jobs or workers, or a release of it had any, or a host has some of them left."""
        left = any(part.get("units") for part in self.has.values())
        return bool(self.app["jobs"] or self.app["workers"] or left or any(event.get("units") for event in self.events))

    def step(self, verb: str, release: str, **more: Any) -> dict[str, Any]:
        """Return the step that brings a release live."""
        turn = int(self.entries.get(f"{self.name}/turn", 0))
        event = {"run": self.known["run"], "by": self.known["by"], "app": self.name, "verb": verb, "release": release}
        said = {option: self.args.get(option, "") for option in OPTIONS}
        chosen = {option: int(self.app[option] if value == "" else value) for option, value in said.items()}
        step = {
            "app": self.app,
            "verb": verb,
            "release": release,
            "check": self.check_of(release),
            "slot": self.slot,
            "live": self.live,
            "live_release": self.live_release,
            "live_check": self.check_of(self.live_release),
            "slot_release": self.release_in(self.slot),
            "slot_check": self.check_of(self.release_in(self.slot)),
            "turn": turn,
            "servers": self.args["web"],
            "in_place": False,
            "warm": False,
            "build": None,
            "command": "",
            "erase": False,
            "clears": False,
            "standby": self.live,
            "generation": "own",
            "units": self.has_units(),
            **chosen,
            **more,
        }
        step["event"] = {**event, "event": "switched", "from": self.live_release, "slot": step["slot"], "check": step["check"]}
        step["event"]["units"] = bool(self.app["jobs"] or self.app["workers"])
        step["event"]["bad"] = self.live_release if verb == "rollback" else ""
        step["event"] |= {"turn": turn + 1, **{key: (step["build"] or {}).get(key, "") for key in ("commit", "dirty")}}
        return step


def deploy(plan: Plan) -> dict[str, Any] | None:
    """Return the step for what was built; none where it is live and well on all hosts."""
    built = plan.args["built"][plan.name]
    release, more = built["release"], {"build": built, "check": built["check"]}
    if release == plan.live_release:
        more |= plan.erasing(plan.live, built["generation"])
        if plan.serves_on(plan.live, release) and plan.follows(built) and not more["erase"]:
            return None
        return plan.step("deploy", release, slot=plan.live, in_place=True, **more)
    if release in bad(plan.events, plan.name) and plan.args.get("release") != release:
        raise Refused(
            f"{plan.name}: the release {release} was live and was left by going back. Change its source, or bring it live again "
            f"with -e release={release}."
        )
    # The very release is warm in the standby: only the switch is left to do
    warm = bool(plan.live_release) and plan.serves_on(plan.slot, release)
    more |= plan.erasing(plan.slot, built["generation"])
    return plan.step("deploy", release, warm=warm, command=plan.app["release_command"], **more)


def rollback(plan: Plan) -> dict[str, Any]:
    """Return the step to the release that is named, or to the previous one."""
    if not plan.live_release:
        raise Refused(f"{plan.name} has never been live; there is nothing to go back from.")
    release = plan.args.get("release") or ""
    if not release:
        done = switches(plan.events, plan.name)
        # A history that lacks what is live, as of a balancer whose disk was full, does not know what was before it
        recorded = bool(done) and done[-1]["release"] == plan.live_release
        release = previous(plan.events, plan.name, plan.live_release) if recorded else plan.release_in(plan.slot)
        # Who types this after a failed deploy means that one, and it never was live; a failed rollback is simply tried again. Where a
        # run could not put right what is live, going back is what is left to do
        last = outcome([event for event in plan.events if (event["event"], event.get("release")) != ("failed", plan.live_release)])
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
    return from_disk(plan, "rollback", release, canary_percent=0, watch_seconds=int(plan.args.get("watch_seconds") or 0))


def restart(plan: Plan) -> dict[str, Any]:
    """Return the step to the same release in the other slot."""
    if not plan.live_release:
        raise Refused(f"{plan.name} has never been live; there is nothing to restart.")
    return from_disk(plan, "restart", plan.live_release, canary_percent=0)


def from_disk(plan: Plan, verb: str, release: str, **more: Any) -> dict[str, Any]:
    """Return the step to a release that web hosts have: by the switch alone where the standby runs it wherever the live slot runs."""
    current = bool(plan.args.get("current_secrets")) and verb == "rollback"
    warm = plan.release_in(plan.slot) == release and verb != "restart" and not current
    warm = warm and all(up and up >= live for up, live in zip(plan.up(plan.slot), plan.up(plan.live), strict=True))
    servers = plan.args["web"] if warm else plan.whole(release)
    erased = plan.erased(release)
    if current:
        # On all that have it, whatever secrets it has there: what was asked for before may have come to some of them
        servers = [host for host in plan.args["web"] if host in (*servers, *erased)]
        more["generation"] = plan.generation(plan.live_release)
    elif erased and not servers:
        raise Refused(
            f"{plan.name}: the release {release} was made with secrets that have been changed since, and erased. To bring it live with "
            "today's: -e current_secrets=true."
        )
    if plan.args["hosts"] and not servers:
        raise Refused(
            f"{plan.name}: no web host has the release {release} any more; each keeps {plan.app['keep_releases']}. Deploy its source again."
        )
    return plan.step(verb, release, warm=warm, servers=servers, **more)


VERBS = {"deploy": deploy, "rollback": rollback, "restart": restart}


def chosen(apps: list[App], verb: str, only: str) -> list[App]:
    """Return the apps that are meant: the one that is named, or all; a rollback or restart of several needs a name."""
    names = [app["name"] for app in apps]
    if only and only not in names:
        raise Refused(f"app: there is no app {only!r}; there is {', '.join(names)}.")
    if not only and verb != "deploy" and len(apps) > 1:
        raise Refused(f"app: which one? Name it, such as -e app={names[0]}; there is {', '.join(names)}.")
    return [app for app in apps if only in ("", app["name"])]


def mistakes(args: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence for each option that has no good value."""
    for option, (low, high) in OPTIONS.items():
        given = str(args.get(option, ""))
        if given and not (given.isdecimal() and low <= int(given) <= high):
            yield f"{option}: {given!r} is not a whole number from {low} to {high}."
    wanted, built = args.get("release"), {name: build["release"] for name, build in args["built"].items()}
    if args["verb"] == "deploy" and wanted and wanted not in built.values():
        gives = ", ".join(f"{name} {release}" for name, release in built.items())
        yield (
            f"release: {wanted} is not what the source gives, which is {gives}. For a release that the hosts keep, use "
            f"playbooks/rollback.yml -e release={wanted}."
        )


def unprepared(args: dict[str, Any], apps: list[App]) -> Iterator[str]:
    """Yield one sentence for each host that only site.yml can make fit for a deploy."""
    for app in apps:
        for host in args["web"]:
            if args["hosts"] and not args["prepared"] and app["name"] not in args["hosts"].get(host, {}).get("apps", {}):
                yield f"{host} is not prepared for {app['name']} yet; run site.yml."
        for balancer, backends in args["known"]["servers"].items():
            for slot in OTHER:
                if missing := sorted(set(args["web"]) - set(backends.get(f"{app['name']}_{slot}", {}))):
                    yield f"{balancer} does not know {app['name']} on {', '.join(missing)} yet, or HAProxy is down there; run site.yml."
                    break


class ActionModule(ActionBase):
    """``plan_releases``: the arguments are the options of the role's entry point C(plan), without its prefix.

    Returns ``steps``, one for each app that needs one, and ``idle``, a sentence for each other.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail with every problem found, or return the steps."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self._task.args
        steps: list[dict[str, Any]] = []
        idle = []
        try:
            apps = chosen(args["apps"], args["verb"], args.get("app") or "")
        except Refused as error:
            raise AnsibleActionFail(str(error)) from error
        if found := list(mistakes(args)):
            raise AnsibleActionFail("\n".join(found))
        found = [] if self._task.check_mode else list(unprepared(args, apps))
        for app in apps:
            try:
                step = VERBS[args["verb"]](Plan(app, args))
            except Refused as error:
                found.append(str(error))
                continue
            if step:
                steps.append(step)
            else:
                idle.append(f"{app['name']}: {args['built'][app['name']]['release']} is live on all hosts; nothing to do.")
        if found:
            raise AnsibleActionFail("\n".join(dict.fromkeys(found)))
        return {**result, "changed": False, "steps": steps, "idle": idle}

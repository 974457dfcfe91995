# Managed by Hostler, role:balancer
"""Hold what the balancers know against each other, and against the inventory, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

App = dict[str, Any]
Known = dict[str, Any]  # what read_slots said of a balancer


def newest(app: str, balancers: dict[str, Known]) -> dict[str, dict[str, Any]]:
    """Return what the balancers with the last switch of an app have live; none where it was never deployed.

    A balancer with an earlier one was away, or its run was killed before it came to it: there is nothing to choose.
    """
    said = {host: known["live"][app] for host, known in balancers.items() if app in known["live"]}
    last = max((live["turn"] for live in said.values()), default=0)
    return {host: live for host, live in said.items() if live["turn"] == last}


def problems(apps: list[App], balancers: dict[str, Known]) -> Iterator[str]:
    """Yield a sentence for each balancer that contradicts itself, each app on which they disagree, or whose ports would change."""
    for host, known in sorted(balancers.items()):
        yield from (f"{host}: {wrong}" for wrong in known.get("wrong", []))
    for app in (app["name"] for app in apps):
        said = newest(app, balancers)
        if len({(live["slot"], live["release"]) for live in said.values()}) > 1:
            words = ", ".join(f"{host} serves {live['slot']} {live['release']}" for host, live in sorted(said.items()))
            yield (
                f"The balancers disagree on {app}: {words} (slot, release). On those that are wrong, set the line "
                f"'{app} <slot>' in /etc/haproxy/slots.map and run 'systemctl reload haproxy'; then run this again."
            )
    yield from taken(apps, balancers)
    for app in apps:
        for slot, port in app["ports"].items():
            backend = f"{app['name']}_{slot}"
            serving = (known["ports"] for known in balancers.values() if app["name"] in known["live"])
            if moved := {ports.get(backend, port) for ports in serving} - {port}:
                yield f"apps.{app['name']}.ports.{slot}: {port} is not {moved.pop()}, on which the app is live; ports stay as they are."


def taken(apps: list[App], balancers: dict[str, Known]) -> Iterator[str]:
    """Yield a sentence for each new app that would take a port or a host name from one that is live, and serve nothing there yet."""
    live = {name for known in balancers.values() for name in known["live"]}
    ports = {port: backend.rpartition("_")[0] for known in balancers.values() for backend, port in known["ports"].items()}
    names = {name: app for known in balancers.values() for name, app in known["names"].items()}
    for app in (app for app in apps if app["name"] not in live):
        wanted = [(f"ports.{slot}", port, ports.get(port)) for slot, port in app["ports"].items()]
        wanted += [("hosts", name, names.get(name)) for name in app["hosts"]]
        wanted += [("default", "true", names.get(""))] if app["default"] else []
        for key, value, owner in wanted:
            if owner in live - {app["name"]}:
                yield (
                    f"apps.{app['name']}.{key}: {value} is {owner}'s, which is live, and {app['name']} has no release yet. An app's name "
                    f"cannot change; for another app, give it ports and host names of its own, and move names once it is live."
                )


def start(apps: list[App], balancers: dict[str, Known]) -> dict[str, str]:
    """Return the lines that every balancer's map has to have: those of the newest, and ``green`` for an app that is new.

    That slot is empty then. The first release starts in the other one, and no visitor gets to it before the switch.
    """
    lines: dict[str, str] = {}
    for app in (app["name"] for app in apps):
        # One that has an app but never had a release of it is not believed on which slot is live
        known = next(iter(newest(app, balancers)), None) or next((host for host in balancers if app in balancers[host]["entries"]), None)
        entries = balancers[known]["entries"] if known else {app: "green"}
        lines |= {key: value for key, value in entries.items() if key.partition("/")[0] == app}
    return lines


def behind(entries: dict[str, str], balancers: dict[str, Known]) -> list[str]:
    """Return the balancers that were deployed to before but lack a line, in the file or in the running HAProxy."""
    return [
        host
        for host, known in balancers.items()
        if known["entries"] and (known["behind"] or any(known["entries"].get(key) != value for key, value in entries.items()))
    ]


def history(balancers: dict[str, Known]) -> list[dict[str, Any]]:
    """Return the events of all balancers, each once, in the order in which they came to be; within a second, switches tell it.

    Of the same event each balancer has the time at which it was told of it.
    """
    once: dict[tuple[Any, ...], dict[str, Any]] = {}
    for event in (event for known in balancers.values() for event in known["history"]):
        once.setdefault(tuple(event.get(key) for key in ("run", "app", "event", "turn", "balancer")), event)
    return sorted(once.values(), key=lambda event: (str(event.get("at")), int(event.get("turn") or 0)))


class ActionModule(ActionBase):
    """``check_slots``: takes ``apps``, and ``balancers``, what ``read_slots`` said of each. ``tell``: only return problems.

    Returns ``entries``, the lines of the map; ``behind``, the balancers that lack some; ``history``; ``counters`` and ``servers`` of each
    balancer; ``run``, ``by`` and ``at``; ``problems``.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail with every problem found, or return what the balancers know."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        apps, balancers = self._task.args["apps"], self._task.args["balancers"]
        found = list(problems(apps, balancers))
        if found and not self._task.args.get("tell", False):
            raise AnsibleActionFail("\n".join(found))
        entries = start(apps, balancers)
        first: Known = next(iter(balancers.values()), {})
        return {
            **result,
            "changed": False,
            "problems": found,
            "entries": entries,
            "behind": behind(entries, balancers),
            "history": history(balancers),
            **{key: {host: known[key] for host, known in balancers.items()} for key in ("counters", "servers")},
            **{key: first.get(key, "") for key in ("run", "by", "at")},
        }

# Managed by Hostler, role:balancer
"""Hold what the balancers know against each other, and against the inventory, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase


def problems(apps: list[dict[str, Any]], balancers: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence for each app on which balancers disagree, or whose ports would change under it."""
    for app in (app["name"] for app in apps):
        said = {host: known["live"][app] for host, known in balancers.items() if app in known["live"]}
        if len(set(said.values())) > 1:
            words = ", ".join(f"{host} serves {live}" for host, live in sorted(said.items()))
            yield (
                f"The balancers disagree on {app}: {words} (slot, release). On those that are wrong, set the line "
                f"'{app} <slot>' in /etc/haproxy/slots.map and run 'systemctl reload haproxy'; then run this again."
            )
    for app in apps:
        for slot, port in app["ports"].items():
            backend = f"{app['name']}_{slot}"
            serving = (known["ports"] for known in balancers.values() if app["name"] in known["live"])
            if moved := {ports.get(backend, port) for ports in serving} - {port}:
                yield f"apps.{app['name']}.ports.{slot}: {port} is not {moved.pop()}, on which the app is live; ports stay as they are."


def start(apps: list[dict[str, Any]], balancers: dict[str, Any]) -> dict[str, str]:
    """Return the lines that every balancer's map has to have: what any balancer knows, and ``blue`` for an app that is new."""
    known: dict[str, str] = {app["name"]: "blue" for app in apps}
    for app in list(known):
        # One that never had a release of the app is not believed on which slot is live
        for balancer in sorted(balancers.values(), key=lambda balancer: app in balancer["live"]):
            known |= {key: value for key, value in balancer["entries"].items() if key.partition("/")[0] == app}
    return known


class ActionModule(ActionBase):
    """``check_slots``: takes ``apps``, and ``balancers``, what ``read_slots`` said of each; returns ``entries``."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail with every problem found, or return the lines of the map of slots."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        apps, balancers = self._task.args["apps"], self._task.args["balancers"]
        if found := list(problems(apps, balancers)):
            raise AnsibleActionFail("\n".join(found))
        return {**result, "changed": False, "entries": start(apps, balancers)}

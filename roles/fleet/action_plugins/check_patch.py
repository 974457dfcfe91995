# Managed by Hostler, role:fleet
"""Decide which hosts an upgrade of the system is due for, and refuse it where the fleet would not bear it. Opens no connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

Said = dict[str, Any]


def live(apps: list[str], entries: dict[str, str]) -> list[str]:
    """Return the backends that visitors are sent to; an app that was never deployed has none."""
    return [f"{app}_{entries[app]}" for app in apps if f"{app}/{entries.get(app, '')}" in entries]


def unwell(backends: list[str], web: list[str], servers: dict[str, Said], behind: list[str]) -> Iterator[str]:
    """Yield one sentence for each thing for which the fleet is not whole, by what each balancer sees."""
    for balancer, seen in servers.items():
        if not seen:
            yield f"{balancer}: HAProxy does not run; run site.yml."
            continue
        if balancer in behind:
            yield f"{balancer} is behind: it lacks lines of the map that others have; run site.yml."
        for backend in backends:
            for host in web:
                if wrong := seen.get(backend, {}).get(host, "not in HAProxy's configuration"):
                    yield f"{balancer} does not see {backend} up on {host}: {wrong}. Hosts are upgraded only while all others serve."


def words(due: Said) -> str:
    """Return what is due on a host, for people; empty for nothing."""
    packages, parts = due["packages"], []
    if packages:
        parts.append(f"{len(packages)} package{'s' * (len(packages) > 1)} ({', '.join(packages)})")
    if due["reboot"]:
        parts.append("a reboot")
    if due["stale"]:
        parts.append(f"a restart of {', '.join(due['stale'])}, which use what was replaced")
    return "; ".join(parts)


class ActionModule(ActionBase):
    """``check_patch``: takes ``apps``, names; ``web`` and ``balancers``, names; ``due``, for each host its ``packages``, ``reboot`` and
    ``stale``; ``known``, what ``check_slots`` said; ``with_balancers`` and ``anyway``, which the operator says.

    Returns ``web`` and ``balancers``, the hosts to upgrade; ``live``, the backends that visitors are sent to; ``lines``, for people.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail with every problem found, or return what is to be done."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self._task.args
        said = {host: words(args["due"][host]) for host in (*args["web"], *args["balancers"])}
        web = [host for host in args["web"] if said[host]]
        balancers = [host for host in args["balancers"] if said[host]]
        backends = live(args["apps"], args["known"]["entries"])
        lines = [f"{host}: {words or 'nothing is due'}." for host, words in said.items()]
        if balancers and not args["with_balancers"]:
            lines.append(f"Balancers are upgraded with -e balancers=true only; what is due on {', '.join(balancers)} is left.")
            balancers = []
        problems = list(unwell(backends, args["web"], args["known"]["servers"], args["known"]["behind"])) if web or balancers else []
        if web and backends and len(args["web"]) == 1 and not args["anyway"]:
            problems.append(
                f"{web[0]} is the only web host: while it is upgraded, nobody is served. Where that may be, run this with -e anyway=true."
            )
        if problems and not self._task.check_mode:
            raise AnsibleActionFail("\n".join(problems))
        return {**result, "changed": False, "web": web, "balancers": balancers, "live": backends, "lines": lines + problems}

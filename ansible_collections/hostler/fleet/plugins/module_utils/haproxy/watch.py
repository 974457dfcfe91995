"""Watch a slot that has just become live, and fail if it does worse than the one before."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.counters import plus, since, words, worse
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import counters, servers, up
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.said import Count

PAUSE = 0.25


def count(rows: list[dict[str, str]], params: Json) -> tuple[Count, Count]:
    """Return what the live backend, and both together, have counted since the switch."""
    live, former = (since(counters(rows, name), params["switched"][name]) for name in (params["backend"], params["former"]))
    return live, plus(live, former)


def wrong(rows: list[dict[str, str]], live: Count, params: Json) -> str:
    """Return what is worse than before the switch, or an empty string."""
    down = servers(rows, params["backend"])
    # One check that fails is not yet a host that is down: HAProxy says so after the second
    if not up(rows, params["backend"]):
        return f"no web host is up: {'; '.join(f'{name}: {why}' for name, why in down.items())}"
    before = since(params["switched"][params["former"]], params["before"][params["balancer"]])
    return f"{words(live)}, and {words(before)} before" if worse(live, before) else ""

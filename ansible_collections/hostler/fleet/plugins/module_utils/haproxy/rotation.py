"""Web hosts in rotation and out of it: whether HAProxy sends them requests at all, whatever its health checks say.

It is a state of the running HAProxy, which outlives a reload but no restart. Out of rotation is ``maint`` and not ``drain``, by which
visitors with a cookie of the host would still come. A server has two names here, its backend's and its web host's.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime, of_servers, servers, up
from ansible_collections.hostler.fleet.plugins.module_utils.model import OUT, Json

PAUSE = 0.1  # seconds
Server = tuple[str, str]
Rows = list[dict[str, str]]


def servers_of(rows: Rows, hosts: list[str]) -> list[Server]:
    """Return the servers that these web hosts are, one in each backend."""
    return [(row["pxname"], row["svname"]) for row in of_servers(rows) if row["svname"] in hosts]


def out(rows: Rows) -> list[Server]:
    """Return the servers that are out of rotation."""
    return [(row["pxname"], row["svname"]) for row in of_servers(rows) if row["status"].startswith(OUT)]


def under_way(rows: Rows, servers: Iterable[Server]) -> int:
    """Return how many requests are open on these servers, or wait for one of them."""
    known = set(servers)
    return sum(int(row["scur"] or 0) + int(row["qcur"] or 0) for row in rows if (row["pxname"], row["svname"]) in known)


def take_out(runtime: Runtime, servers: Iterable[Server]) -> None:
    """Send no further request to these servers; what they are at goes on."""
    for backend, host in servers:
        _tell(runtime, f"{backend}/{host}", "state maint")


def put_back(runtime: Runtime, servers: Iterable[Server]) -> None:
    """Have the health checks decide again on these servers; they count as down until two checks have passed.

    On its own, HAProxy takes a server that leaves ``maint`` as up until a check fails.
    """
    for backend, host in servers:
        _tell(runtime, f"{backend}/{host}", "state drain", "health down", "state ready")


def wait(runtime: Runtime, places: list[Server], seconds: float) -> dict[Server, str]:
    """Wait until these servers are up; return what is wrong with each that was not within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        rows = runtime.statistics()
        seen = {place: servers(rows, place[0]).get(place[1], "not in HAProxy's configuration") for place in places}
        down = {place: wrong for place, wrong in seen.items() if wrong}
        if not down or time.monotonic() >= deadline:
            return down
        time.sleep(PAUSE)


def _tell(runtime: Runtime, server: str, *words: str) -> None:
    command = "; ".join(f"set server {server} {word}" for word in words)
    if answer := runtime.ask(command).strip():
        raise Refused(f"HAProxy refused '{command}': {answer}")


def serving(rows: Rows, hosts: list[str]) -> list[str]:
    """Return the backends in which one of the hosts is up."""
    return sorted({backend for backend, _ in servers_of(rows, hosts) if set(up(rows, backend)) & set(hosts)})


def alone(rows: Rows, hosts: list[str], backends: list[str]) -> list[str]:
    """Return the backends that would have no server that is up without these hosts."""
    return [backend for backend in serving(rows, hosts) if backend in backends and not set(up(rows, backend)) - set(hosts)]


def leave(runtime: Runtime, params: Json) -> Json:
    """Take the hosts out and wait for what is open on them; return the result. ValueError where nobody would serve."""
    hosts: list[str] = params["hosts"]
    with lock.held(params["run"]):
        rows = runtime.statistics()
        if not params["anyway"] and (lonely := alone(rows, hosts, params["backends"])):
            raise ValueError(f"No other web host is up in {', '.join(lonely)}; {', '.join(hosts)} stays in rotation.")
        mine = servers_of(rows, hosts)
        take_out(runtime, mine)
    deadline = time.monotonic() + params["seconds"]
    while (left := under_way(runtime.statistics(), mine)) and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return {"changed": bool(set(mine) - set(out(rows))), "up": serving(rows, hosts), "down": {}, "open": left}


def rejoin(runtime: Runtime, params: Json) -> Json:
    """Put the hosts back and wait until they are up; return the result."""
    hosts: list[str] = params["hosts"]
    with lock.held(params["run"]):
        mine = [server for server in out(runtime.statistics()) if server[1] in hosts]
        put_back(runtime, mine)
    places = [(backend, host) for backend in params["backends"] for host in hosts]
    down = {f"{host} in {backend}": wrong for (backend, host), wrong in wait(runtime, places, params["seconds"]).items()}
    return {"changed": bool(mine), "up": params["backends"], "down": down, "open": 0}

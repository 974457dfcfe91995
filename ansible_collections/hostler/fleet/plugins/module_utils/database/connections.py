"""How many connections apps may have at once, by what runs on the web hosts; and whether the server has as many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.hostler.fleet.plugins.module_utils.model import App

SLOTS = 2
# For who operates it, backups, the standby and what watches it; PostgreSQL keeps 3 of them for its superuser
KEPT = 10


def pool(app: App) -> int:
    """Return how many connections each process of an app may have."""
    assert app.database
    return app.database.connections or min(app.threads, 16)


def needed(app: App, cores: Iterable[int]) -> int:
    """Return how many an app may have on web hosts of so many `cores`: both slots run while it is deployed, and its units beside them.

    A unit is one process; so is a release command, on one host or on each.
    """
    hosts = list(cores)
    processes = sum(SLOTS * (app.processes or max(2, count)) for count in hosts)
    units = sum(1 if once else len(hosts) for once in (*(unit.once for unit in app.units), app.release_command_once))
    return (processes + units) * pool(app)


def problems(apps: Iterable[App], cores: Mapping[str, int], most: int) -> Iterator[str]:
    """Yield a sentence where apps may come to more connections than a server with ``max_connections`` of `most` has for them."""
    wanted = {app.name: needed(app, cores.values()) for app in apps if app.database}
    if (total := sum(wanted.values())) > most - KEPT:
        parts = " and ".join(f"{name} {count}" for name, count in wanted.items())
        yield (
            f"database_connections: the apps may come to {total} connections ({parts}: a pool for each process of both slots on "
            f"{len(cores)} web hosts, job and worker), and the server has {most}, {KEPT} of them for who operates it. Set "
            f"database_connections to {total + KEPT} or more, for which PostgreSQL has to be restarted, or give the apps fewer by "
            "'database: {connections: 4}', 'threads' or 'processes'."
        )

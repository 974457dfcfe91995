"""Check what is said of a fleet's database, and whether the host that has it fits."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.database import connections, tuning
from ansible_collections.hostler.fleet.plugins.module_utils.database.primary import Host, primary
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused


class ActionModule(Decision):
    """``check_database``: takes ``apps``; ``said``, what ``database_info`` said, by host; ``host``, the one that this is about, and its
    ``memory`` in bytes and ``host_cores``; ``cores`` of each web host; ``connections``, ``settings`` and ``memory_percent``, as the
    inventory has them; ``prepares``, whether this run makes the host so, ``restarts``, whether it may restart PostgreSQL, and
    ``restores``, whether it brings data back. Where it only ``looks``, what there is, and whether that is enough for the apps, is
    another's to say.
    """

    def decide(self, args: Json) -> Json:
        """Return ``primary``, the host that apps write to; ``settings``, each ``name`` and ``value``, and ``apps``, as
        ``database.admitted`` has them but for the passwords.
        """
        apps, most, looks = [App.of(app) for app in args["apps"]], int(args["connections"]), bool(args["looks"])
        hosts = {name: Host.of(said) for name, said in args["said"].items()}
        leads, unclear = primary(hosts)
        found = args["said"][args["host"]]
        wrong = [found["wrong"]] if not looks and found["wrong"] and not (found["lost"] and args["restores"]) else []
        # It is about all of them, and said once; a deploy comes to whoever takes writes
        if unclear and not looks and args["host"] == next(iter(hosts)) and (args["prepares"] or not hosts[leads].writes):
            wrong.append(unclear)
        if not looks and args["prepares"] and not args["restores"] and args["host"] != leads:
            wrong += _of_another_version(args["host"], found, leads, args["said"][leads])
        percent = int(args["memory_percent"])
        if not 20 <= most <= 10_000:
            wrong.append(f"database_connections: {most} is outside 20 to 10000.")
        if not 10 <= percent <= 100:
            wrong.append(f"database_memory_percent: {percent} is outside 10 to 100.")
        wrong += tuning.problems(args["settings"])
        cores = {host: int(count) for host, count in args["cores"].items()}
        if not looks and args["host"] == leads:
            wrong += _against(apps, cores, most, args)
        if wrong:
            raise Refused("\n".join(wrong))
        memory = int(args["memory"]) * percent // 100
        return {
            "primary": leads,
            "settings": tuning.settings(memory, int(args["host_cores"]), most, args["settings"]),
            "apps": [_admitted(app, list(cores.values())) for app in apps if app.database],
        }


def _against(apps: list[App], cores: dict[str, int], most: int, args: Json) -> Iterator[str]:
    """Yield a sentence for each thing for which the server that there is does not do."""
    found = args["said"][args["host"]]
    if not args["prepares"] and not found["answers"]:
        yield "PostgreSQL of this host does not answer; have site.yml make it run, or see 'systemctl status postgresql@*' there."
    # A new number is in force after a restart, and a host may restart by itself
    now = found["connections"] if found["answers"] and not (args["prepares"] and args["restarts"]) else most
    yield from connections.problems(apps, cores, min(now, most) if args["prepares"] else now)


def _of_another_version(host: str, found: Json, leads: str, primary: Json) -> Iterator[str]:
    """Yield that a host cannot follow the one that apps write to, for the two have not one version of PostgreSQL."""
    its, version = found["version"], primary["version"]
    if its == version or found["wrong"] or primary["wrong"]:
        return
    if found["ours"] or found.get("follows"):
        yield (
            f"{host} has PostgreSQL {its}, and {leads}, which it is to follow, has {version}; 'pg_dropcluster --stop {its} main' on {host} "
            "has the next site.yml make it anew."
        )
    else:
        older = host if int(its) < int(version) else leads
        yield (
            f"{host} would get PostgreSQL {its}, and {leads}, which it is to follow, has {version}; upgrade {older} first (docs/data.md), "
            f"with {host} out of the inventory until then."
        )


def _admitted(app: App, cores: list[int]) -> Json:
    assert app.database
    return {
        "app": app.name,
        "name": app.database.name,
        "connections": connections.needed(app, cores),
        "statement_seconds": app.database.statement_seconds,
        "idle_seconds": app.database.idle_seconds,
        "former": app.keep_secrets,
    }

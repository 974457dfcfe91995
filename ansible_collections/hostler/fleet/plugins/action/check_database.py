"""Check what is said of a fleet's database, and whether the host that has it fits."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.database import connections, tuning
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused


class ActionModule(Decision):
    """``check_database``: takes ``apps``; ``found``, what ``database_info`` said; ``cores`` of each web host; of the database host its
    ``memory`` in bytes and ``host_cores``; ``connections``, ``settings`` and ``memory_percent``, as the inventory has them;
    ``prepares``, whether this run makes the host so, ``restarts``, whether it may restart PostgreSQL, and ``restores``, whether it
    brings data back.
    """

    def decide(self, args: Json) -> Json:
        """Return ``settings``, each ``name`` and ``value``, and ``apps``, as ``database.admitted`` has them but for the passwords."""
        apps, found, most = [App.of(app) for app in args["apps"]], args["found"], int(args["connections"])
        wrong = [found["wrong"]] if found["wrong"] and not (found["lost"] and args["restores"]) else []
        percent = int(args["memory_percent"])
        if not 20 <= most <= 10_000:
            wrong.append(f"database_connections: {most} is outside 20 to 10000.")
        if not 10 <= percent <= 100:
            wrong.append(f"database_memory_percent: {percent} is outside 10 to 100.")
        wrong += tuning.problems(args["settings"])
        if not args["prepares"] and not found["answers"]:
            wrong.append(
                "PostgreSQL of this host does not answer; have site.yml make it run, or see 'systemctl status postgresql@*' there."
            )
        # A new number is in force after a restart, and a host may restart by itself
        now = found["connections"] if found["answers"] and not (args["prepares"] and args["restarts"]) else most
        allowed = min(now, most) if args["prepares"] else now
        cores = {host: int(count) for host, count in args["cores"].items()}
        wrong += connections.problems(apps, cores, allowed)
        if wrong:
            raise Refused("\n".join(wrong))
        memory = int(args["memory"]) * percent // 100
        return {
            "settings": tuning.settings(memory, int(args["host_cores"]), most, args["settings"]),
            "apps": [_admitted(app, list(cores.values())) for app in apps if app.database],
        }


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

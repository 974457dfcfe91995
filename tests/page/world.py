"""Fleets that are made up, as Prometheus and Alertmanager tell of them; a test breaks one, and sees what the page says."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs

Series = dict[str, Any]
NOW = 1795834985  # 2026-11-28 03:03:05 UTC; the browser's clock stands there too
DAY = 86400
OLD, NEW, BROKEN = "7c1bb6d5bf21", "0487b8ae4369", "94e1a0c377d2"


@dataclass
class App:
    """An app: which release each slot is to run, which slot is live, and what it is asked for."""

    name: str
    live: str = "green"
    releases: dict[str, str] = field(default_factory=lambda: {"blue": OLD, "green": NEW})
    rate: float = 42.0
    errors: float = 0.0  # of a second
    canary: int = 0
    maintenance: bool = False


@dataclass(frozen=True)
class Deploy:
    """A line of the history, so many seconds ago."""

    ago: int
    app: str
    turn: int
    release: str
    verb: str = "deploy"
    outcome: str = "switched"
    by: str = "ada"


@dataclass
class World:
    """What Prometheus and Alertmanager know; none of it where they are down, or have seen nothing yet."""

    apps: list[App] = field(default_factory=lambda: [App("hello")])
    web: list[str] = field(default_factory=lambda: ["web1", "web2", "web3"])
    balancers: list[str] = field(default_factory=lambda: ["balancer1", "balancer2"])
    down: set[str] = field(default_factory=set)
    deploys: list[Deploy] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[Series] = field(default_factory=list)
    empty: bool = False
    prometheus: bool = True
    alertmanager: bool = True
    locked: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def alert(self, name: str, severity: str, summary: str, ago: int = 240, action: str = "", **labels: str) -> None:
        """Have an alert be open."""
        notes = {"summary": summary, "action": action, "runbook": f"docs/runbooks/{name}.md"}
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW - ago))
        self.alerts.append({"labels": {"alertname": name, "severity": severity, **labels}, "annotations": notes, "startsAt": since})

    def hosts(self) -> list[str]:
        """Return the hosts that are asked."""
        return ["monitor1", *self.balancers, *self.web]

    def now(self, at: float) -> list[Series]:
        """Return all that is known of a moment."""
        return [] if self.empty else [*self.of_hosts(at), *self.of_apps(at), *self.of_slots(), *self.of_deploys(at), *self.remarks]

    def of_hosts(self, at: float) -> list[Series]:
        """Return what hosts say of themselves."""
        made = []
        for number, name in enumerate(self.hosts()):
            up = name not in self.down
            made.append(one("up", int(up), job="node", instance=name))
            role = "monitor" if name == "monitor1" else "balancer" if name in self.balancers else "web"
            if name in self.balancers:
                made += [one("up", int(up), job=job, instance=name) for job in ("haproxy", "requests")]
            if not up:
                continue
            made += [
                one("hostler_facts_timestamp_seconds", at - 7, instance=name),
                one("hostler_host_info", 1, instance=name, role=role),
                one("hostler_reboot_due", 0, instance=name),
                one("hostler_drift_files", 0, instance=name),
                one("instance:node_cpu_busy:ratio5m", 0.06 + number * 0.031, instance=name),
                one("instance:node_memory_used:ratio", 0.31 + number * 0.037, instance=name),
                one("instance:node_disk_used:ratio", 0.22 + number * 0.019, instance=name),
            ]
            if name in self.balancers:
                made.append(one("hostler_certificate_ends_timestamp_seconds", at + 61.3 * DAY, instance=name, domain="hello.example.org"))
                made += [one("hostler_lock_since_timestamp_seconds", at - self.locked, instance=name)] if self.locked else []
        return made

    def of_apps(self, at: float) -> list[Series]:
        """Return what balancers' maps say of the apps, and what is recorded of them."""
        made = []
        for app in self.apps:
            for name in (balancer for balancer in self.balancers if balancer not in self.down):
                for slot, release in app.releases.items():
                    made.append(one("hostler_slot_live", int(slot == app.live), instance=name, app=app.name, slot=slot))
                    made.append(one("hostler_slot_release_info", 1, instance=name, app=app.name, slot=slot, release=release))
                made.append(one("hostler_maintenance", int(app.maintenance), instance=name, app=app.name))
                made.append(one("hostler_canary_percent", app.canary, instance=name, app=app.name))
            made += [one(name, self.recorded(app, name, at), app=app.name) for name in RECORDED]
            for host in (name for name in self.web if name not in self.down):
                made.append(one(PLACES, 16, app=app.name, host=host))
                made.append(one(USED, used(host, at) * 16, app=app.name, host=host))
        return made

    def of_slots(self) -> list[Series]:
        """Return what web hosts and balancers say of each slot."""
        made = []
        for app in self.apps:
            for number, (host, (slot, release)) in enumerate((host, item) for host in self.web for item in app.releases.items()):
                key = {"app": app.name, "slot": slot, "host": host}
                up = host not in self.down
                for balancer in (name for name in self.balancers if name not in self.down):
                    made.append(one("haproxy_server_status", int(up), state="UP", job="haproxy", instance=balancer, **key))
                if up:
                    made += [
                        one("hostler_slot_up", 1, instance=host, **key),
                        one("hostler_slot_release_info", 1, instance=host, release=release, **key),
                        one("hostler_slot_memory_bytes", 118e6 + number * 3.1e6, instance=host, **key),
                        one("hostler_slot_memory_limit_bytes", 512e6, instance=host, **key),
                        one("hostler_slot_restarts_total", 0, instance=host, **key),
                        one("hostler_slot_oom_kills_total", 0, instance=host, **key),
                        one("hostler_slot_workers", 4, instance=host, **key),
                    ]
        return made

    def of_deploys(self, at: float) -> list[Series]:
        """Return the last deploys, by each balancer."""
        return [
            one("hostler_deploy_timestamp_seconds", at - each.ago, instance=name, app=each.app, turn=str(each.turn), verb=each.verb,
                release=each.release, by=each.by, outcome=each.outcome)
            for each in self.deploys
            for name in self.balancers
        ]  # fmt: skip

    def recorded(self, app: App, name: str, at: float) -> float:
        """Return a recorded series' value: a day's ups and downs, and since 20 minutes what is wrong."""
        load = 0.72 + 0.28 * math.sin(at / DAY * math.tau) + 0.05 * math.sin(at / 700) + 0.03 * math.sin(at / 97)
        bad = at > NOW - 1200
        if name.startswith("app:hostler_requests"):
            return app.rate * load
        if name.startswith("app:hostler_errors"):
            return app.errors if bad else 0
        times = {"p50": 0.021, "p95": 0.088, "p99": 0.19}[name.rpartition(":")[2].partition("_")[0]]
        return times * (0.7 + 0.4 * load) * (2.6 if bad and app.errors else 1)

    def over(self, query: str, start: float, end: float, step: float) -> list[Series]:
        """Return what a query says over a time."""
        moments = [start + index * step for index in range(round((end - start) / step) + 1)]
        if self.empty:
            return []
        if query.startswith("max by (app, turn"):
            return [line(each["metric"], moments[-1:], value_of(each)) for each in self.of_deploys(NOW)]
        if query == "host:hostler_places_used:ratio5m":
            # A host that is gone is gone for ten minutes
            seen = {host: [at for at in moments if host not in self.down or at < NOW - 600] for host in self.web}
            return [line({"host": host}, seen[host], partial(used, host)) for host in self.web] if self.apps else []
        if query.startswith("host:"):
            return [line({"__name__": ON_HOST, "host": host}, moments, partial(wave, 14)) for host in self.web]
        if " or " in query:
            own = {"app": self.apps[0].name, "host": "web1"}
            told: dict[str, Callable[[float], float]] = {
                ON_HOST: partial(wave, 14),
                PLACES: partial(wave, 16),
                USED: lambda at: 16 * used("web1", at),
            }
            bears = [line({"__name__": name, "instance": "web1"}, moments, partial(wave, value)) for name, value in MACHINE.items()]
            return [*(line({"__name__": name, **own}, moments, value) for name, value in told.items()), *bears]
        return [
            line({"__name__": name, "app": app.name}, moments, partial(self.recorded, app, name))
            for app in self.apps
            for name in RECORDED
            if f'app="{app.name}"' in query or "app=" not in query
        ]

    def answer(self, path: str, query: str) -> tuple[int, Any]:
        """Return status and answer to what a page asks."""
        given = {key: values[0] for key, values in parse_qs(query).items()}
        self.asked.append((path, given))
        if path == "/api/v2/alerts":
            return (200, self.alerts) if self.alertmanager else (503, {"error": "nothing listens at its address, or it still starts"})
        if not self.prometheus:
            return 503, {"error": "nothing listens at its address, or it still starts"}
        if path == "/api/v1/query":
            return 200, {"status": "success", "data": {"resultType": "vector", "result": self.now(float(given.get("time", NOW)))}}
        start, end, step = (float(given[key]) for key in ("start", "end", "step"))
        return 200, {"status": "success", "data": {"resultType": "matrix", "result": self.over(given["query"], start, end, step)}}


RECORDED = (
    "app:hostler_requests:rate5m",
    "app:hostler_errors:rate5m",
    "app:hostler_latency_seconds:p50_5m",
    "app:hostler_latency_seconds:p95_5m",
    "app:hostler_latency_seconds:p99_5m",
)
ON_HOST, PLACES, USED = "host:hostler_requests:rate5m", "host:hostler_places:avg5m", "host:hostler_places_used:avg5m"
MACHINE = {"instance:node_cpu_busy:ratio5m": 0.2, "instance:node_memory_used:ratio": 0.5, "instance:node_disk_used:ratio": 0.3}


def used(host: str, at: float) -> float:
    """Return the share of its places that a host has in use."""
    return 0.24 + 0.1 * math.sin(at / 3000 + sum(map(ord, host))) + 0.03 * math.sin(at / 170)


def wave(value: float, at: float) -> float:
    """Return a value that goes a little up and down."""
    return value * (1 + 0.06 * math.sin(at / 1100) + 0.03 * math.sin(at / 130))


def value_of(series: Series) -> Callable[[float], float]:
    """Return the value of a series as that of any moment."""
    return lambda _: float(series["value"][1])


def one(name: str, value: float, **labels: str) -> Series:
    """Return a series at a moment."""
    return {"metric": {"__name__": name, **labels}, "value": [NOW, str(value)]}


def line(metric: dict[str, str], moments: list[float], value: Callable[[float], float]) -> Series:
    """Return a series over a time."""
    return {"metric": metric, "values": [[at, str(value(at))] for at in moments]}


def healthy() -> World:
    """Return a fleet to which nothing is."""
    back, bad, first = (
        Deploy(DAY, "hello", 7, OLD, "rollback", by="grace"),
        Deploy(DAY + 600, "hello", 6, BROKEN),
        Deploy(3 * DAY, "hello", 5, OLD),
    )
    return World(deploys=[Deploy(7900, "hello", 8, NEW), back, bad, first])


def deploying() -> World:
    """Return a fleet in the middle of a deploy, by a canary."""
    world = healthy()
    world.apps[0].releases["blue"] = BROKEN
    world.apps[0].canary, world.locked = 10, 95
    world.deploys = [Deploy(300, "hello", 9, "3d1f00aa41c9", outcome="failed"), *world.deploys]
    return world


def broken() -> World:
    """Return a fleet of which a web host is gone, and an app fails on the others."""
    world = healthy()
    world.down = {"web3"}
    world.apps[0].errors = 3.1
    gone = "ssh web3; if it is gone, take it out of the inventory and run site.yml."
    back = "ansible-playbook playbooks/rollback.yml -e app=hello if it began with a deploy."
    world.alert("HostDown", "page", "web3 has not answered for 4 minutes.", action=gone, instance="web3")
    world.alert(
        "ErrorBudgetBurns", "page", "8.5 % of the requests to hello fail, 14 times what is allowed.", ago=180, action=back, app="hello"
    )
    world.remarks = [one("hostler_unit_failed", 1, instance="web1", unit="apt-daily.service")]
    return world

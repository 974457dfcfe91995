"""What is wrong with the fleet by what hosts have told whom they are watched by: the judge of status.yml, asked with Prometheus' answer.

What a balancer alone knows, it judges by itself (`alone`); the rest takes several hosts, and Prometheus' answer (`judged`). Of who does not
answer nothing is told here, nor of one whose facts are old: that is another matter, and an alert's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ansible_collections.hostler.fleet.plugins.module_utils import agreement, judge
from ansible_collections.hostler.fleet.plugins.module_utils import slots as map_of_slots
from ansible_collections.hostler.fleet.plugins.module_utils.model import OUT, SLOTS, Data, Served, backend
from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer, Slot, Unit, Web
from ansible_collections.hostler.fleet.plugins.module_utils.slots import Live

OLD_SECONDS = 90  # after which what a host says of itself is not of now
SERVER, USED, PLACES = (f"haproxy_server_{name}" for name in ("status", "current_sessions", "limit_sessions"))
FACTS = (
    *(catalogue.TOLD, catalogue.SLOT_LIVE, catalogue.SLOT_RELEASE, catalogue.TURN, catalogue.LOCKED, catalogue.PEER_SILENT),
    *(catalogue.HOST, catalogue.SLOT_UP, catalogue.SLOT_STATE, catalogue.UNIT, catalogue.DRIFT_FILE),
    catalogue.PENDING_FILE,
)
NAMES = ("up", "instance:hostler_alive:bool", SERVER, USED, PLACES, *(metric.name for metric in FACTS))
# Of HAProxy's states, those by which it is up or out; a server that is in none of these is down
QUESTION = f'{{__name__=~"{"|".join(NAMES)}",state=~"|UP|{"|".join(OUT)}",late!="true"}}'


@dataclass(frozen=True)
class Series:
    """A series of Prometheus' at a moment: `labels`, its name among them as ``__name__``, and its `value`."""

    labels: Mapping[str, str]
    value: float


@dataclass
class Told:
    """The series of a fleet, by name."""

    by_name: dict[str, list[Series]] = field(default_factory=dict)

    @classmethod
    def of(cls, series: Iterable[Series]) -> Told:
        """Return them from Prometheus' answer."""
        told = cls()
        for one in series:
            told.by_name.setdefault(one.labels["__name__"], []).append(one)
        return told

    def get(self, name: str, **labels: str) -> Iterator[Series]:
        """Yield those that have these labels; an empty one is one that is not there."""
        for one in self.by_name.get(name, []):
            if all(one.labels.get(label, "") == value for label, value in labels.items()):
                yield one

    def values(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """Return their values by a label."""
        return {one.labels[label]: one.value for one in self.get(name, **labels)}


@dataclass(frozen=True)
class Watched(Data):
    """What who watches has to know of the inventory: the names of its `apps`, those whose standby is to be `cold`, and its `web` hosts, in
    their order: what runs once per fleet is the first one's.
    """

    apps: list[str]
    cold: list[str]
    web: list[str]


def present(told: Told, now: float, **labels: str) -> list[str]:
    """Return the hosts, of a role where that is named, that answer, and told of themselves of late."""
    alive, at = told.values("instance:hostler_alive:bool", "instance"), told.values(catalogue.TOLD.name, "instance")
    hosts = sorted(one.labels["instance"] for one in told.get(catalogue.HOST.name, **labels))
    return [host for host in hosts if alive.get(host) == 1 and now - at.get(host, 0) < OLD_SECONDS]


def entries(told: Told, host: str) -> dict[str, str]:
    """Return the lines of a balancer's map, as far as they say what is live."""
    found = {one.labels["app"]: one.labels["slot"] for one in told.get(catalogue.SLOT_LIVE.name, instance=host) if one.value}
    for one in told.get(catalogue.TURN.name, instance=host):
        found |= map_of_slots.changed(one.labels["app"], int(one.value)) if one.value else {}
    for one in told.get(catalogue.SLOT_RELEASE.name, instance=host, host=""):
        found |= map_of_slots.expected(one.labels["app"], one.labels["slot"], one.labels["release"], None)
    return {key: value for key, value in found.items() if value}


def balancer(told: Told, host: str) -> Balancer:
    """Return what a balancer is known to say of itself and of the web hosts."""
    runs = any(one.value for one in told.get("up", job="haproxy", instance=host))
    servers: dict[str, dict[str, str]] = {}
    loads: dict[str, dict[str, dict[str, int]]] = {}
    for one in told.get(SERVER, instance=host):
        labels = one.labels
        if not labels.get("app") or not runs:
            continue
        known = servers.setdefault(backend(labels["app"], labels["slot"]), {})
        known.setdefault(labels["host"], "DOWN")
        if one.value and labels["state"] in ("UP", *OUT):
            known[labels["host"]] = "" if labels["state"] == "UP" else labels["state"]
    for name, key in ((USED, "used"), (PLACES, "places")):
        for one in told.get(name, instance=host):
            if not one.labels.get("app"):
                continue
            of = loads.setdefault(backend(one.labels["app"], one.labels["slot"]), {})
            of.setdefault(one.labels["host"], {"rate": 0, "requests": 0, "failed": 0, "used": 0, "places": 0})[key] = int(one.value)
    for name, counts in loads.items():
        for web, count in counts.items():
            count["places"] *= servers.get(name, {}).get(web) == ""
    locked = any(True for _ in told.get(catalogue.LOCKED.name, instance=host))
    silent = told.values(catalogue.PEER_SILENT.name, "peer", instance=host)
    return Balancer.known(
        entries(told, host),
        runs,
        servers=servers,
        loads=loads,
        holder={"id": "somebody"} if locked else {},
        peers={peer: "it is silent" if value else "" for peer, value in silent.items()},
    )


def units(told: Told, host: str, app: str, live: Live) -> Iterator[Unit]:
    """Yield an app's jobs and workers on a web host as the live release would have them; none where it has that in no slot."""
    at = {"app": app, "slot": live.slot, "host": host}
    for one in told.get(catalogue.UNIT.name, **at) if any(told.get(catalogue.SLOT_RUNS.name, **at, release=live.release)) else ():
        texts = {label: one.labels.get(label, "") for label in ("kind", "release", "active", "result")}
        flags = {label: one.labels[label] == "true" for label in ("once", "wanted", "changed")}
        yield Unit.of({**texts, **flags, "name": one.labels["unit"], "since": "", "next": ""})


def web(told: Told, host: str, apps: Collection[str], lives: Mapping[str, Live]) -> Web:
    """Return what a web host is known to say of its slots, jobs and workers."""
    nothing = {"runs": "", "wrong": None, "since": "", "processes": 0, "memory": 0, "killed": 0, "secrets": "", "changed": None}
    found: dict[str, dict[str, Slot]] = {}
    for app in apps:
        for slot in SLOTS:
            at = {"app": app, "slot": slot, "host": host}
            states = [one.labels["active"] for one in told.get(catalogue.SLOT_STATE.name, **at)]
            up = any(one.value for one in told.get(catalogue.SLOT_UP.name, **at))
            release = next((one.labels["release"] for one in told.get(catalogue.SLOT_RUNS.name, **at)), "")
            active = "active" if up else (states or ["inactive"])[0]
            found.setdefault(app, {})[slot] = Slot.of({**nothing, "release": release, "active": active})
    return Web(found, {app: list(units(told, host, app, lives[app])) for app in apps if app in lives})


def _files(told: Told, host: str) -> tuple[list[str], list[str]]:
    """Return a host's files that a hand changed, and those that were not brought in yet; of one that is both, the latter is known."""
    drift, pending = (sorted(told.values(of.name, "path", instance=host)) for of in (catalogue.DRIFT_FILE, catalogue.PENDING_FILE))
    return [path for path in drift if path not in pending], pending


def alone(name: str, said: Balancer, apps: Collection[Served], now: datetime) -> list[str]:
    """Return the problems of a balancer that it sees by itself."""
    one = {name: said}
    return [
        *agreement.contradictions(one),
        *judge.of_haproxy(one),
        *judge.of_certificates(apps, one, now),
        *judge.of_renewals(apps, one, now),
    ]


def judged(series: Iterable[Series], watched: Watched, now: float) -> tuple[list[str], list[str]]:
    """Return the problems and the warnings of a fleet; `now` in seconds since 1970."""
    told = Told.of(series)
    balancers = {host: balancer(told, host) for host in present(told, now, role="balancer")}
    known = agreement.start(watched.apps, balancers)
    lives = map_of_slots.live(known)
    # Of an app that was never deployed, balancers tell no line
    deployed = {key: value for key, value in known.items() if key.partition("/")[0] in lives}
    asked: dict[str, Balancer | None] = dict(balancers)
    there = present(told, now, role="web")
    hosts = {host: web(told, host, watched.apps, lives) for host in watched.web if host in there}
    rows = list(judge.slots(watched.apps, lives, asked, hosts))
    files = {host: judge.HostRow("", *_files(told, host)) for host in present(told, now)}
    disagreements, busy = list(agreement.disagreements(watched.apps, balancers)), judge.at_work(balancers)
    problems = [
        *disagreements,
        *judge.of_peers(balancers),
        *([] if disagreements else judge.of_maps(deployed, balancers)),
        *judge.of_rotation(balancers),
        *judge.of_slots(rows, lives),
        *judge.of_units(list(judge.units(hosts)), lives, busy),
        *judge.of_standbys(watched.cold, rows, busy),
        *judge.of_files([], files),
    ]
    return problems, list(judge.of_places(lives, balancers))

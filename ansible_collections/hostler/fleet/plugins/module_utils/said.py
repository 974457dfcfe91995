"""What hosts say of themselves. A host that did not answer has said nothing but why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils.database.primary import Host
from ansible_collections.hostler.fleet.plugins.module_utils.history import Event
from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Json, Kind
from ansible_collections.hostler.fleet.plugins.module_utils.renewal import Renewal

Count = dict[str, int]  # C(requests) and C(failed), answers with a status of 500 and above, HAProxy's own among them


@dataclass(frozen=True)
class Look(Data):
    """What a look at a balancer finds; ``slots_info`` documents it."""

    entries: dict[str, str]
    runs: bool
    wrong: list[str]
    differ: list[str]
    behind: bool
    ports: dict[str, int]
    domains: dict[str, str]
    servers: dict[str, dict[str, str]]
    counters: dict[str, Count]
    loads: dict[str, dict[str, Count]]
    history: list[Event]
    holder: dict[str, str]
    peers: dict[str, str] | None
    certificates: dict[str, int]
    renewals: dict[str, Renewal]

    @classmethod
    def of(cls: type[Kind], given: Json) -> Kind:
        """Return it from JSON."""
        renewals = {domain: Renewal.of(one) for domain, one in given["renewals"].items()}
        return super().of({**given, "renewals": renewals})


@dataclass(frozen=True)
class Balancer(Look):
    """The same on the control node, with the lock's id of the `run` that asked, and `by` whom."""

    run: str
    by: str

    @classmethod
    def known(cls, entries: dict[str, str], runs: bool, **more: Any) -> Balancer:
        """Return what is known of a balancer that was not asked, or of the one this runs on; of the rest it says nothing."""
        names = ("ports", "domains", "servers", "counters", "loads", "holder", "peers", "certificates", "renewals")
        nothing = {**{name: {} for name in names}, "wrong": [], "differ": [], "behind": False, "history": [], "run": "", "by": ""}
        return cls(**{**nothing, **more, "entries": entries, "runs": runs})


@dataclass(frozen=True)
class Slot(Data):
    """What a slot of a web host runs, and how it does; ``releases_info`` documents it. Where nobody asked it, none is `wrong`."""

    release: str
    runs: str
    wrong: str | None
    active: str
    since: str
    processes: int
    memory: int
    killed: int
    secrets: str
    changed: list[str] | None


@dataclass(frozen=True)
class Unit(Data):
    """A job or worker of a web host; ``releases_info`` documents it."""

    name: str
    kind: str
    once: bool
    wanted: bool
    release: str
    changed: bool
    active: str
    result: str
    since: str
    next: str


@dataclass(frozen=True)
class Web(Data):
    """What a web host runs: of each app its slots, and its jobs and workers."""

    apps: dict[str, dict[str, Slot]]
    units: dict[str, list[Unit]]

    @classmethod
    def of(cls, given: Json) -> Web:
        """Return it from JSON."""
        apps = {app: {slot: Slot.of(one) for slot, one in slots.items()} for app, slots in given["apps"].items()}
        return cls(apps, {app: [Unit.of(one) for one in units] for app, units in given["units"].items()})


@dataclass(frozen=True)
class Database(Host):
    """What a host with the data says of its PostgreSQL; ``database_info`` documents it. What a host does not tell is empty."""

    version: str = ""
    wrong: str = ""
    lag: int = 0
    runs: str = ""
    connections: int = 0
    used: int = 0
    restart: list[str] = field(default_factory=list)

    @classmethod
    def of(cls: type[Kind], given: Json) -> Kind:
        """Return it from JSON; where it could not be told, why is what is wrong."""
        return super().of({"wrong": why(given), **given})


@dataclass(frozen=True)
class Kept(Data):
    """What the host with the backups says of them; ``backup_info`` documents it. Of one that cannot tell, why is what is `wrong`."""

    here: bool
    wrong: str
    backups: list[Json]
    drill: Json | None
    s3: Json | None

    @classmethod
    def of(cls, given: Json) -> Kept:
        """Return it from JSON."""
        return super().of({"here": False, "backups": [], "drill": None, "s3": None, "wrong": why(given), **given})


@dataclass(frozen=True)
class Parts(Data):
    """What a web host has of an app, nothing unless it says so; ``host_facts`` documents it."""

    slots: dict[str, str] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)
    venvs: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    generations: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Secrets(Data):
    """What a web host knows of an app's secrets; ``secrets_info`` documents it. All but the first is of those that Hostler makes."""

    generation: str
    newest: str = ""
    has: dict[str, str] = field(default_factory=dict, repr=False)
    last: dict[str, list[str]] = field(default_factory=dict, repr=False)
    fresh: dict[str, str] = field(default_factory=dict, repr=False)


def parts_of(facts: Json) -> dict[str, Parts]:
    """Return what a web host has of each app that it is prepared for, by its facts; nothing where it was not asked."""
    return {name: Parts.of(parts) for name, parts in facts.get("apps", {}).items()}


def answers(said: Json) -> bool:
    """Tell whether a host answered: a web host with its apps, a balancer with its map, any other with what it is."""
    return bool({"apps", "entries", "ansible_facts"} & set(said))


def heard(kind: type[Kind], hosts: Mapping[str, Json]) -> dict[str, Kind]:
    """Return what each host said that answered."""
    return {host: kind.of(said) for host, said in hosts.items() if answers(said)}


def silent(hosts: Mapping[str, Json]) -> dict[str, str]:
    """Return why, in one line, for each host that did not answer."""
    return {host: why(said) for host, said in hosts.items() if not answers(said)}


def why(said: Json) -> str:
    """Return in one line why a module has not said what it was asked for."""
    return " ".join(str(said.get("msg") or "It was not asked.").split())

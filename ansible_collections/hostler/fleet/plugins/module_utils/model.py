"""What the domain has: apps, slots, health checks, and the steps that bring a release live. No Ansible, no files, no network."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeVar

SLOTS = ("blue", "green")
OTHER = {"blue": "green", "green": "blue"}
EMPTY = "green"  # what is named as live before the first deploy: nothing is in it, and the first release goes to the other slot
OUT = ("MAINT", "DRAIN")  # how HAProxy calls a server that is out of rotation, whatever its checks say
OWN = "own"  # the generation of secrets that a release was made with

Json = dict[str, Any]  # options, results, events: where JSON or Ansible comes in or goes out
Kind = TypeVar("Kind", bound="Data")


class Refused(Exception):
    """What was asked for cannot be: one sentence for the operator, naming what would work."""


def backend(app: str, slot: str) -> str:
    """Return how HAProxy calls a slot of an app."""
    return f"{app}_{slot}"


def late(backend: str) -> str:
    """Return how HAProxy calls the same web hosts where it uses them only while none is up in a backend: those that are late among them."""
    return f"{backend}_late"


@dataclass(frozen=True)
class Data:
    """What travels as JSON, between plays or to a module, its fields as keys; one that Python has a word for ends with ``_`` here."""

    @classmethod
    def of(cls: type[Kind], given: Json) -> Kind:
        """Return it from JSON, whose other keys are passed over; KeyError for one that is not there."""
        return cls(**{field.name: given[field.name.rstrip("_")] for field in fields(cls)})

    def json(self) -> Json:
        """Return it as JSON."""
        return asdict(self, dict_factory=lambda items: {key.rstrip("_"): value for key, value in items})


@dataclass(frozen=True)
class Check(Data):
    """What a health check asks for: a GET of `path` under the host name `host` answers 200."""

    path: str
    host: str


@dataclass(frozen=True)
class Job(Data):
    """A command that is run on a schedule."""

    kind: ClassVar = "job"
    name: str
    command: str
    schedule: str
    once: bool
    seconds: int


@dataclass(frozen=True)
class Worker(Data):
    """A command that is kept running."""

    kind: ClassVar = "worker"
    name: str
    command: str
    once: bool
    stop_seconds: int


@dataclass(frozen=True)
class Limit(Data):
    """So many requests a minute for a path, and what is below it, by one visitor."""

    path: str
    per_minute: int


@dataclass(frozen=True)
class Hooks(Data):
    """Commands of the operator's on the control node; empty for none."""

    before: str
    after: str


@dataclass(frozen=True)
class Database(Data):
    """An app's database on the fleet's own server: `name`, of it and of the role that owns it; the seconds that one statement may take, and
    that a transaction may stand idle, 0 for any time; `connections` of each process, 0 for as many as it answers requests at once.
    """

    name: str
    statement_seconds: int
    idle_seconds: int
    connections: int


@dataclass(frozen=True)
class Served(Data):
    """An app as visitors come to it: under which host names, and by what certificate. What balancers and who watches need to know of it."""

    name: str
    domains: list[str]
    default: bool
    tls: str
    certificate: str


@dataclass(frozen=True)
class Certified(Served):
    """The same with the file of its certificate's private key, which the control node alone knows of."""

    key: str


@dataclass(frozen=True)
class App(Certified):
    """An app of the inventory, completed. The manual of its keys, with their defaults, is the documentation of ``check_fleet``.

    Without ``env`` and ``secrets``, which travel apart.
    """

    source: str
    repository: str
    ref: str
    lock: str
    include: list[str]
    build: str
    build_seconds: int
    interface: str
    callable: str
    static: list[str]
    ports: dict[str, int]
    generate: list[str]
    keep_secrets: bool
    database: Database | None
    health: str
    metrics: str
    start_seconds: int
    timeout: int
    processes: int
    threads: int
    preload: bool
    gunicorn_hooks: str
    memory: str
    tasks: int
    writable: list[str]
    packages: list[str]
    standby: str
    balance: str
    sticky: bool
    limits: list[Limit]
    release_command: str
    release_command_once: bool
    release_command_seconds: int
    release_command_lock_seconds: int
    after_migration: str
    hooks: Hooks
    jobs: list[Job]
    workers: list[Worker]
    canary_percent: int
    canary_seconds: int
    watch_seconds: int
    keep_releases: int

    @classmethod
    def of(cls, given: Json) -> App:
        """Return it from JSON."""
        jobs, workers = [Job.of(job) for job in given["jobs"]], [Worker.of(worker) for worker in given["workers"]]
        limits = [Limit.of(limit) for limit in given["limits"]]
        given = {**given, "database": given.get("database") and Database.of(given["database"])}
        return super().of({**given, "limits": limits, "hooks": Hooks.of(given["hooks"]), "jobs": jobs, "workers": workers})

    @property
    def units(self) -> list[Job | Worker]:
        """Its jobs and workers."""
        return [*self.jobs, *self.workers]

    @property
    def check(self) -> Check:
        """What its health check asks for, under a name of its own."""
        whole = [domain for domain in self.domains if not domain.startswith("*")]
        # Where there is none, one that the wildcard stands for
        return Check(self.health, (whole or [domain.replace("*", "www", 1) for domain in self.domains] or ["localhost"])[0])


@dataclass(frozen=True)
class Build(Data):
    """What was built of an app on the control node.

    `release`, the id; `generation` of its secrets, empty for none; `newest`, the newest one that web hosts had when they were asked, none
    unless Hostler makes some of the app's secrets; `settings` of the server and `units` by their places, texts; `check`;
    `commit`, empty outside of git, and `dirty`, whether files are not committed as they are; `lock`, a digest; `bundle`, an archive's
    path, and `packages`, an ``archive`` for each ``platform``; `built`, how many of these the cache lacked; `warnings`, for the operator;
    `adds`, what is in its environment beside what the inventory says; `sizes`, of each archive by its path the bytes, as it is sent and
    unpacked.
    """

    release: str
    generation: str
    newest: str | None
    settings: str
    check: Check
    units: dict[str, str]
    commit: str
    dirty: bool
    lock: str
    bundle: str
    packages: list[Json]
    built: int
    warnings: list[str]
    adds: dict[str, str]
    sizes: dict[str, list[int]]

    @classmethod
    def of(cls, given: Json) -> Build:
        """Return it from JSON."""
        return super().of({**given, "check": Check.of(given["check"])})


@dataclass(frozen=True)
class Step(Data):
    """What brings one app's release live: for each task of ``roles/deploy`` the hosts that do it, and the options of its module.

    `on`: names of hosts by task; a task that nobody has is passed over. `options`: by task. `slot`, in which `release` is to be live;
    `live` and `live_release`, what is live now; `turn`, the number of the switch; `in_place`, whether the release is live already and is
    only put right; `warm`, whether the switch is all that is left to do; `first`, the web host that has what runs once per fleet;
    `event`, what the switch is recorded as; `facts`, what hooks are told.
    """

    app: str
    verb: str
    release: str
    slot: str
    live: str
    live_release: str
    turn: int
    in_place: bool
    warm: bool
    first: str
    event: Json
    facts: Json
    on: dict[str, list[str]]
    options: dict[str, Json]

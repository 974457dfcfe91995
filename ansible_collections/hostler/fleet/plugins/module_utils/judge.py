"""Hold every slot, file and balancer against what the map of slots and the inventory say of them.

One judge: status.yml asks it with what hosts say of themselves, hosts and who watches them with what they know (`observe/judged.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import chain

from ansible_collections.hostler.fleet.plugins.module_utils import history
from ansible_collections.hostler.fleet.plugins.module_utils import slots as map_of_slots
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.database.primary import primary
from ansible_collections.hostler.fleet.plugins.module_utils.database.restart import waits
from ansible_collections.hostler.fleet.plugins.module_utils.model import OUT, SLOTS, App, Data, Json, Served, backend
from ansible_collections.hostler.fleet.plugins.module_utils.renewal import Renewal
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer, Database, Kept, Slot, Unit, Web, heard, silent
from ansible_collections.hostler.fleet.plugins.module_utils.shown import shown
from ansible_collections.hostler.fleet.plugins.module_utils.slots import Live

FULL = 0.8  # of the places; from there on it is told
LATE_SECONDS = 86400  # by which a certificate that balancers renew is late, after which it is told
SOON = 21  # days that a certificate is still valid; below that it is told
BACKUP_OLD = timedelta(days=2)  # of the newest backup, after which it is told; they are made every day
DRILL_OLD = timedelta(days=10)  # the same of a drill that succeeded; there is one a week
BUCKET_DRILL_OLD = timedelta(days=40)  # and one a month of the bucket
MAP = "/etc/haproxy/slots.map"
Lives = Mapping[str, Live]  # of the apps that were ever deployed


@dataclass(frozen=True)
class Load(Data):
    """Requests in the last second; all, and those that failed, since each HAProxy's last start or reload; and how many are `used` of the
    `places` of web hosts that are up, which is how many requests all balancers give them at once.
    """

    rate: int
    requests: int
    failed: int
    used: int
    places: int


@dataclass(frozen=True)
class AppRow(Live, Load):
    """What is live of an app, since when and by whom; and the load of its live slot."""

    since: str
    by: str
    verb: str
    commit: str


@dataclass(frozen=True)
class HostRow(Data):
    """Why a host did not answer, empty for one that did; its files unlike the inventory, none where they were not compared; and those that
    are as they should be and were not brought in yet.
    """

    wrong: str
    differ: list[str] | None
    pending: list[str]


@dataclass(frozen=True)
class Fleet:
    """What hosts said: each balancer, none where it did not answer; the web hosts that did; those with the data that did, of all that are
    to have these, `stores`; and all hosts with their files.
    """

    balancers: dict[str, Balancer | None]
    web: dict[str, Web]
    databases: dict[str, Database]
    hosts: dict[str, HostRow]
    kept: dict[str, Kept] = field(default_factory=dict)
    stores: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        balancers: Mapping[str, Json],
        web: Mapping[str, Json],
        beside: Mapping[str, Json],
        databases: Mapping[str, Json],
        drift: Mapping[str, list[str]],
        pending: Mapping[str, Mapping[str, list[str]]],
        *compared: Mapping[str, Json],
        kept: Mapping[str, Json] | None = None,
    ) -> Fleet:
        """Return it from the results of modules; `beside` are those of hosts that no visitor comes to, `databases` what those with the
        data say of these. `compared` are those of what compared files, each by host, `drift` the files that each host finds changed since
        they were put there, and `pending` those that it knows as not brought in yet; of either, nobody may have compared some. `kept` is
        what those with the backups say of them.
        """
        said, told = heard(Balancer, balancers), {**balancers, **web, **beside}
        lost = silent(told)
        hosts = {}
        for host in told:
            found = [one[host] for one in compared if "differ" in one.get(host, {})]
            # What is compared and pending has the right text, whatever a run that broke off has not noted of it
            waiting = [*(one.get("pending", []) for one in found), *pending.get(host, {}).values()]
            unlike = [name for one in found for name in one["differ"] if name not in one.get("pending", [])]
            late = [name for name in dict.fromkeys(chain(*waiting)) if name not in unlike]
            differ = list(dict.fromkeys([*unlike, *(name for name in drift.get(host, []) if name not in late)]))
            hosts[host] = HostRow(lost.get(host, ""), differ if found or drift.get(host) else None, late)
        data = {host: Database.of(one) for host, one in databases.items() if host not in lost}
        keeps = {host: Kept.of(one) for host, one in (kept or {}).items() if host not in lost}
        return cls({host: said.get(host) for host in balancers}, heard(Web, web), data, hosts, keeps, list(databases))


@dataclass(frozen=True)
class SlotRow(Slot, Load):
    """A slot of a web host: whether it `is_` ``live`` or ``standby``; what is wrong with it by each balancer, none where it cannot say."""

    host: str
    app: str
    slot: str
    is_: str
    balancers: dict[str, str | None]


@dataclass(frozen=True)
class UnitRow(Unit):
    """A job or worker of an app on a web host."""

    host: str
    app: str


@dataclass(frozen=True)
class Holder(Data):
    """Who holds the fleet's lock, for what and since when."""

    who: str
    what: str
    since: str


@dataclass(frozen=True)
class Report(Data):
    """The report, as the documentation of ``report_status`` has it."""

    at: str
    problems: list[str]
    warnings: list[str]
    locks: list[Holder]
    apps: dict[str, AppRow]
    hosts: dict[str, HostRow]
    databases: dict[str, Database]
    primary: str
    standbys: list[str]
    backups: dict[str, Kept]
    slots: list[SlotRow]
    units: list[UnitRow]


def view(said: Balancer | None, name_of: str, host: str) -> str | None:
    """Return what is wrong with a server for a balancer: empty for up, nothing where it cannot say."""
    return said.servers.get(name_of, {}).get(host, "not in HAProxy's configuration") if said and said.runs else None


def load(balancers: Collection[Balancer], name_of: str, host: str = "") -> Load:
    """Return the load of a backend, or of one of its servers, added up over the balancers."""
    servers = [said.loads.get(name_of, {}) for said in balancers]
    shares = [count for of in servers for name, count in of.items() if host in ("", name)]
    # What a backend counts is more than its servers do: answers of HAProxy's own
    counts = shares if host else [said.counters[name_of] for said in balancers if name_of in said.counters]
    sums = {key: sum(count[key] for count in counts) for key in ("requests", "failed")}
    return Load(**sums, **{key: sum(count[key] for count in shares) for key in ("rate", "used", "places")})


def slots(apps: Collection[str], live: Lives, balancers: Mapping[str, Balancer | None], web: Mapping[str, Web]) -> Iterator[SlotRow]:
    """Yield a row for each slot of each app on each web host that answers."""
    answering = [said for said in balancers.values() if said]
    for host, said in web.items():
        for app, slot in ((app, slot) for app in apps for slot in SLOTS):
            name = backend(app, slot)
            yield SlotRow(
                **vars(load(answering, name, host)),
                **vars(said.apps[app][slot]),
                host=host,
                app=app,
                slot=slot,
                is_=("live" if slot == live[app].slot else "standby") if app in live else "",
                balancers={balancer: view(one, name, host) for balancer, one in balancers.items()},
            )


def units(web: Mapping[str, Web]) -> Iterator[UnitRow]:
    """Yield a row for each job and worker on each web host that answers, and for each that should be there."""
    rows = [UnitRow(**vars(unit), host=host, app=app) for host, said in web.items() for app, found in said.units.items() for unit in found]
    # What runs once per fleet is the first host's that has the live release
    firsts = {row.app: row.host for row in reversed(rows) if row.wanted}
    for row in rows:
        wanted = row.wanted and (not row.once or firsts[row.app] == row.host)
        if wanted or row.release:
            yield replace(row, wanted=wanted)


def at_work(balancers: Mapping[str, Balancer]) -> bool:
    """Tell whether a run is at work, by the lock: what it has changed so far, it goes on to make fit. One that is known to have `ended`
    does not.
    """
    return any(said.holder and not said.holder.get("ended") for said in balancers.values())


def of_units(rows: list[UnitRow], lives: Lives, busy: bool = False) -> Iterator[str]:
    """Yield a sentence for each job and worker that does not follow the live release, unless a run is at work, or does not do well."""
    for row in rows:
        live = lives[row.app].release if row.app in lives else ""
        unit = f"the {row.kind} {row.name} of {row.app}"
        see = f"see 'journalctl -u {row.app}.{row.name}' there"
        right = f"run playbooks/restart.yml -e app={row.app}."
        if busy and (not row.wanted or row.release != live):
            continue
        if not row.wanted:
            yield f"{row.host}: {unit} is there, from {row.release}, but {live or 'what is live'} has none there; {right}"
        elif row.release != live:
            yield f"{row.host}: {unit} follows {row.release or 'no release'}, and {live} is live; {right}"
        elif row.changed:
            yield f"{row.host}: the unit of {unit} was changed by hand; {right}"
        elif row.active != "active":
            what = unit if row.kind == "worker" else f"the timer of {unit}"
            yield f"{row.host}: {what} is {row.active}; {see}, or {right}"
        elif row.kind == "job" and row.result not in ("", "success"):
            yield f"{row.host}: {unit} failed when it last ran ({row.result}); {see}."


def of_slots(rows: list[SlotRow], live: Lives) -> Iterator[str]:
    """Yield a sentence for each live slot that does not run the live release well, or is not seen up."""
    for row in (row for row in rows if row.is_ == "live"):
        app, wanted = row.app, live[row.app].release
        slot = f"the live slot {row.slot} of {app}"
        if row.release != wanted:
            yield f"{row.host}: {slot} links {row.release or 'no release'}, and the map names {wanted}; run site.yml."
        elif row.active != "active":
            yield f"{row.host}: {slot} is {row.active}; see 'journalctl -u {app}@{row.slot}' there, or run site.yml."
        elif row.runs not in ("", wanted):
            yield f"{row.host}: {slot} links {wanted}, but {row.runs} answers; run site.yml."
        elif row.wrong:
            yield f"{row.host}: {slot} is not healthy: {row.wrong}; see 'journalctl -u {app}@{row.slot}' there."
        else:
            for balancer, why in row.balancers.items():
                if why and not why.startswith(OUT):
                    healthy = "" if row.wrong is None else ", though it is healthy there"
                    yield f"{balancer}: {slot} is not up on {row.host}{healthy}: {why}."


def of_secrets(apps: list[App], rows: list[SlotRow]) -> Iterator[str]:
    """Yield a sentence for each standby whose process holds other secrets than the live slot's, which were to be erased."""
    present = {(row.host, row.app): row.secrets for row in rows if row.is_ == "live" and row.active == "active"}
    careless = {app.name for app in apps if app.keep_secrets}
    for row in rows:
        where = (row.host, row.app)
        if row.is_ == "standby" and row.secrets and where in present and row.app not in careless and row.secrets != present[where]:
            yield f"{row.host}: the standby of {row.app} still holds the former secrets {row.secrets}; run deploy.yml."


def of_standbys(cold: Collection[str], rows: list[SlotRow], busy: bool = False) -> Iterator[str]:
    """Yield a sentence for each standby of the apps `cold` that has a release, and is to have none; unless a run is at work."""
    for row in rows:
        if not busy and row.is_ == "standby" and row.release and row.app in cold:
            yield f"{row.host}: the standby of {row.app} still has {row.release}, though it is to be cold; run deploy.yml."


def of_haproxy(balancers: Mapping[str, Balancer]) -> Iterator[str]:
    """Yield a sentence for each balancer whose HAProxy does not run, or has not what its file has."""
    for name, said in balancers.items():
        if said.wrong:
            continue
        if not said.runs:
            yield f"{name}: HAProxy does not run; run site.yml."
        elif said.differ:
            yield (
                f"{name}: {MAP} and the running HAProxy differ in {', '.join(said.differ)}; if the file is right, run "
                "'systemctl reload haproxy' there."
            )


def of_peers(balancers: Mapping[str, Balancer]) -> Iterator[str]:
    """Yield a sentence for each balancer that does not ask the others what is live, or is given no answer by one that is there."""
    for name, said in balancers.items():
        if said.wrong:
            continue
        if said.peers is None:
            yield f"{name} does not ask its peers what is live; see 'systemctl status hostler-peers' there, or run site.yml."
        for peer, why in (said.peers or {}).items():
            if why and peer in balancers:
                yield f"{name}: {peer} gives it no answer on what is live: {why}; see 'journalctl -u hostler-peers' on both."


def of_maps(entries: Mapping[str, str], balancers: Mapping[str, Balancer]) -> Iterator[str]:
    """Yield a sentence for each balancer that does not have what the others have; of those that agree on what is live."""
    for name, said in balancers.items():
        if said.runs and not said.wrong and not said.differ and map_of_slots.lacks(said.entries, entries):
            yield f"{name} is behind: it lacks lines of the map that others have; run site.yml."


def of_places(lives: Lives, balancers: Mapping[str, Balancer]) -> Iterator[str]:
    """Yield a sentence for each app whose places are nearly all in use on a balancer; each has its own."""
    for name, said in balancers.items():
        for app, live in lives.items():
            of = load([said], backend(app, live.slot))
            if of.places and of.used >= FULL * of.places:
                yield (
                    f"{name}: {of.used} of the {of.places} places of {app} are in use; a request beyond them waits a second, and then "
                    "gets 503. More 'threads', 'processes' or web hosts make more; see 'Places' in docs/deploying.md."
                )


def leads(databases: Mapping[str, Database], away: Collection[str]) -> str:
    """Return the host that apps write to, or would, empty where there is none; one that is `away`, and tells nothing, where no other one
    has data of its own.
    """
    if away and not any(said.writes or said.led for said in databases.values()):
        return next(iter(away))
    return primary(databases)[0] if databases else ""


def of_databases(databases: Mapping[str, Database], away: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each host with the data whose PostgreSQL is not as it should be, and for what is wrong between them; those that
    are `away` tell nothing.
    """
    unclear = primary(databases)[1] if databases and not away else ""
    if unclear:
        yield unclear
    ready = [host for host, said in databases.items() if said.ready]
    for host, said in databases.items():
        unit = f"postgresql@{said.version}-main"
        instead = (
            f" Is it not to be had soon, 'failover.yml -e to={ready[0]} -e lost={host}' has apps write to {ready[0]}." if ready else ""
        )
        if said.wrong:
            yield f"{host}: {said.wrong}{instead if said.led else ''}"
        elif said.unmade:
            yield f"{host} has yet to get the data by which it follows; run site.yml."
        elif not said.ours:
            yield f"{host} has no PostgreSQL of the fleet's yet; run site.yml."
        elif not said.answers and not (unclear and said.led):
            yield f"{host}: PostgreSQL does not answer; see 'journalctl -u {unit}' there, or run site.yml.{instead if said.led else ''}"
        elif said.answers and said.restart:
            yield f"{host}: {waits(said.restart)}"
    yield from of_following(databases, away)


def of_following(databases: Mapping[str, Database], away: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each host that follows, and is not told what there is to follow."""
    former = leads(databases, away)
    for host, said in databases.items():
        if not (said.ready and said.answers) or said.streams or said.writes:
            continue
        see = f"see 'journalctl -u postgresql@{said.version}-main' there"
        if former in away:
            yield (
                f"{host} has what the archive has, and is not told what {former} writes, if that does. Is {former} lost, "
                f"'failover.yml -e to={host} -e lost={former}' has apps write to {host}; else {see}."
            )
        elif databases[former].writes:
            yield f"{host} has what the archive has, and is not told what {former} writes, as it does that; {see}, or run site.yml."


def of_backups(kept: Mapping[str, Kept], now: datetime) -> Iterator[str]:
    """Yield a sentence for each thing about the backups that is not as it should be; the newest of what is wrong with the drill."""
    for host, said in kept.items():
        if said.here or said.wrong:
            yield from _of_repository(host, said.json(), "", now)
        else:
            yield f"{host} keeps nothing of the fleet's data yet; run site.yml."
        if said.s3:
            yield from _of_repository(host, said.s3, "in the bucket", now)


def _of_repository(host: str, said: Json, where: str, now: datetime) -> Iterator[str]:
    """Yield the same of one repository; `where` it is, empty for the host itself."""
    place, of, unit, old = (f" {where}", " of the bucket", "-s3", BUCKET_DRILL_OLD) if where else ("", "", "", DRILL_OLD)
    ended = [datetime.fromtimestamp(one["at"], timezone.utc) for one in said["backups"]]
    drill = said["drill"] or {"wrong": "", "succeeded": 0}
    proven = datetime.fromtimestamp(drill["succeeded"], timezone.utc) if drill["succeeded"] else min(ended, default=now)
    if said["wrong"]:
        yield f"{host}: what it keeps{place} cannot be read: {said['wrong']}"
    elif not ended:
        yield f"{host} has no backup of the data{place} yet; see 'journalctl -u hostler-backup{unit}@full' there."
    elif now - max(ended) > BACKUP_OLD:
        newest = f"{max(ended):%Y-%m-%d %H:%M} UTC"
        yield f"{host}: the newest backup{place} is of {newest}; see 'journalctl -u hostler-backup{unit}@diff' there."
    see = f"see 'journalctl -u hostler-drill{unit}' there."
    if drill["wrong"]:
        yield f"{host}: the restore drill{of} failed: {drill['wrong']}; {see}"
    elif now - proven > old:
        yield f"{host}: no restore drill{of} has succeeded since {proven:%Y-%m-%d %H:%M} UTC; {see}"


def of_connections(databases: Mapping[str, Database]) -> Iterator[str]:
    """Yield a sentence for each host with the data where nearly all connections are in use."""
    for host, said in databases.items():
        if said.answers and said.used >= FULL * said.connections:
            yield (
                f"{host}: {said.used} of the {said.connections} connections that PostgreSQL allows are in use; one beyond them is refused. "
                "database_connections allows more, after a restart."
            )


def of_certificates(apps: Collection[Served], balancers: Mapping[str, Balancer], now: datetime) -> Iterator[str]:
    """Yield a sentence for each certificate that a balancer lacks, or that soon is no longer valid."""
    for name, said in balancers.items():
        for app in (app for app in apps if app.tls in ("files", "selfsigned") and said.runs and not said.wrong):
            end = said.certificates.get(app.name)
            renew = "run site.yml" if app.tls == "selfsigned" else f"renew {app.certificate}, and run site.yml"
            if end is None:
                yield f"{name} has no certificate of {app.name}; run site.yml."
            elif end < now.timestamp():
                yield f"{name}: the certificate of {app.name} is no longer valid, and visitors are warned off; {renew}."
            elif (days := int((end - now.timestamp()) / 86400)) < SOON:
                yield f"{name}: the certificate of {app.name} is valid for {days} more days; {renew}."


def of_renewals(apps: Collection[Served], balancers: Mapping[str, Balancer], now: datetime) -> Iterator[str]:
    """Yield a sentence for each domain whose certificate a balancer did not get, or does not get renewed."""
    again = "it is tried again by itself, and at once by site.yml"
    for name, said in balancers.items():
        for one in (one for one in shown(apps) if one.renewed and said.runs and not said.wrong):
            known, (domain,) = said.renewals.get(one.name, Renewal()), one.domains
            days = int((known.ends - now.timestamp()) / 86400)
            if not known.digest:
                why = f": {known.why}" if known.why else ", and was not asked for one yet"
                yield f"{name}: {domain} has no certificate{why}. Visitors are shown one of the fleet's own; {again}."
            elif known.ends < now.timestamp():
                yield f"{name}: the certificate of {domain} is no longer valid, and visitors are warned off: {known.why}; {again}."
            elif known.failed:
                yield f"{name}: the certificate of {domain}, valid for {days} more days, is not renewed: {known.why}; {again}."
            elif now.timestamp() > known.due + LATE_SECONDS:
                yield (
                    f"{name}: the certificate of {domain} is valid for {days} more days, and nobody renews it; see 'systemctl status "
                    "hostler-certificates.timer' there, or run site.yml."
                )
            elif said.certificates.get(one.name) != known.ends:
                yield f"{name}: HAProxy does not show the certificate of {domain} that is there; run 'systemctl reload haproxy' there."


def of_rotation(balancers: Mapping[str, Balancer]) -> Iterator[str]:
    """Yield a sentence for each web host to which a balancer sends nothing because it was told so, and nobody is at work who may have."""
    if at_work(balancers):
        return
    for name, said in balancers.items():
        left: dict[str, list[str]] = {}
        for name_of, servers in said.servers.items():
            for host, wrong in servers.items():
                if wrong.startswith(OUT):
                    left.setdefault(host, []).append(name_of)
        for host, backends in left.items():
            yield (
                f"{name}: {host} is out of rotation in {', '.join(backends)}, and no run is at work that would put it back; run patch.yml "
                "again, or any other verb that takes the lock."
            )


def of_files(rows: list[SlotRow], hosts: Mapping[str, HostRow]) -> Iterator[str]:
    """Yield a sentence for each file that is not what a role or a deploy wrote, or is and was not brought in yet."""
    for host, found in hosts.items():
        for name in found.differ or []:
            yield f"{host}: {name} differs from the inventory; run site.yml."
        for name in found.pending:
            yield f"{host}: the change of {name} is in place, and not brought in yet; run site.yml."
    releases = {(row.host, row.app, row.release): row.changed for row in rows}
    for (host, app, release), parts in releases.items():
        if parts:
            yield (
                f"{host}: {', '.join(parts)} of {app}'s release {release} was changed by hand, in /srv/{app}/releases/{release}; "
                "put it back, or deploy a change in its place."
            )


def app_of(name: str, known: Known, balancers: Mapping[str, Balancer]) -> AppRow:
    """Return what is live of an app, since when and by whom, and what its live slot is asked for."""
    live = map_of_slots.live(known.entries).get(name, Live("", "", map_of_slots.turn_of(known.entries, name)))
    # The map's turn is a later one after maintenance or a failed deploy
    event = history.last_made(known.history, name, live.release)
    made = {key: event.get(at, "") for key, at in {"since": "at", "by": "by", "verb": "verb", "commit": "commit"}.items()}
    return AppRow(**vars(load(balancers.values(), backend(name, live.slot))), **vars(live), **made)


def judge(apps: list[App], known: Known, fleet: Fleet, now: str, pages: Collection[Served] = ()) -> Report:
    """Return the report; `pages` are served by balancers too, with certificates, and are no apps."""
    served = [*apps, *pages]
    live = map_of_slots.live(known.entries)
    balancers = {name: said for name, said in fleet.balancers.items() if said}
    away = [host for host in fleet.stores if host not in fleet.databases or not fleet.databases[host].version]
    writes = leads(fleet.databases, away)
    rows = list(slots([app.name for app in apps], live, fleet.balancers, fleet.web))
    unit_rows = list(units(fleet.web))
    # Nobody, one, or more where a run was killed
    holders = {said.holder["id"]: Holder.of(said.holder) for said in balancers.values() if said.holder}
    return Report(
        at=now,
        problems=[
            *(f"{host}: {found.wrong}" for host, found in fleet.hosts.items() if found.wrong),
            *known.problems,
            *of_haproxy(balancers),
            *of_peers(balancers),
            *(of_maps(known.entries, balancers) if not known.problems else []),
            *of_rotation(balancers),
            *of_certificates(served, balancers, datetime.fromisoformat(now)),
            *of_renewals(served, balancers, datetime.fromisoformat(now)),
            *of_slots(rows, live),
            *of_units(unit_rows, live, at_work(balancers)),
            *of_secrets(apps, rows),
            *of_standbys([app.name for app in apps if app.standby == "cold"], rows, at_work(balancers)),
            *of_databases(fleet.databases, away),
            *of_backups(fleet.kept, datetime.fromisoformat(now)),
            *of_files(rows, fleet.hosts),
        ],
        warnings=[*of_places(live, balancers), *of_connections(fleet.databases)],
        locks=list(holders.values()),
        apps={app.name: app_of(app.name, known, balancers) for app in apps},
        hosts=fleet.hosts,
        databases=fleet.databases,
        primary=writes,
        standbys=[host for host in fleet.stores if host != writes],
        backups=fleet.kept,
        slots=rows,
        units=unit_rows,
    )

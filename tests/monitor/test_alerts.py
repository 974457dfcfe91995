"""Each alert, where it is to fire and where it is not: what it says, and that no other one comes with it unasked."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.monitor.fleet import APP, BALANCERS, DATA, KEEPER, MONITOR, SECOND, WEB, Fleet, named
from tests.monitor.promtool import ALERTS, Alert, Watched

Change = Callable[[Fleet], object]


@dataclass(frozen=True)
class Fires:
    """A fleet to which something happens, and what fires then: not at the minute `quiet`, and at the minute `at`, all of `alerts`."""

    alerts: tuple[Alert, ...]
    change: Change
    at: float
    quiet: float | None
    minutes: float = 40
    step: int = 15
    every: int = 60
    bare: bool = False


def at(host: str, **labels: str) -> dict[str, str]:
    """Return the labels of a series of the job node, and of the alert that it leads to."""
    return {"job": "node", "instance": host, **labels}


def node(metric: str, host: str, **labels: str) -> str:
    """Return a series that the job node has of a host."""
    return named(metric, **at(host, **labels))


def disk(metric: str, host: str = "web1") -> str:
    """Return a series of the file system of a host."""
    return node(metric, host, mountpoint="/", fstype="ext4", device="/dev/vda1")


def web(metric: str, host: str, slot: str) -> str:
    """Return a series that a web host has of a slot."""
    return named(metric, **at(host), **slot_labels(host, slot))


def errors(fleet: Fleet, share: float, start: float = 0, end: float | None = None, rate: float = 1) -> None:
    """Have a share of requests fail, in a fleet of which no more is known."""
    own = {"job": "requests", "instance": "balancer1", "app": APP, "slot": "green", "host": "web1"}
    fleet.counter(named("hostler_requests_total", **own, code="2xx"), rate * (1 - share), start, end)
    fleet.counter(named("hostler_requests_total", **own, code="5xx"), rate * share, start, end)


def outage(fleet: Fleet) -> None:
    """Lose the live slot everywhere: balancers answer for it."""
    for host in WEB:
        fleet.runs("green", host, False, 10)
    fleet.traffic("green", 10, share=0)
    fleet.refused(10)
    for balancer in BALANCERS:
        fleet.gauge(named("probe_success", job="probe", app=APP, instance=balancer), 0, 10)


def lost(host: str) -> Change:
    """Return what loses a web host: nobody hears of it."""

    def change(fleet: Fleet) -> None:
        fleet.unreachable(host, 10)
        for slot in ("blue", "green"):
            fleet.server(slot, host, "DOWN", 10)
        fleet.traffic("green", 10, hosts=tuple(other for other in WEB if other != host))

    return change


def lost_balancer(fleet: Fleet) -> None:
    """Lose a balancer, with its host."""
    fleet.unreachable("balancer1", 10)
    fleet.gauge(named("probe_success", job="probe", app=APP, instance="balancer1"), 0, 10)


def no_metrics(fleet: Fleet) -> Fleet:
    """Have an app with metrics of its own that does not answer with them on a host; the standby does not either."""
    for slot in ("blue", "green"):
        for host in WEB:
            up = named("up", job="app", instance="balancer1", app=APP, slot=slot, host=host)
            fleet.gauge(up, 1)
            if host == "web2":
                fleet.gauge(up, 0, 5)
    return fleet


def facts_end(fleet: Fleet) -> None:
    """Have a host tell nothing of itself any more, and another one not at all."""
    fleet.gauge(node("hostler_facts_timestamp_seconds", "web1"), 600, 10)
    fleet.gauge(node("hostler_facts_timestamp_seconds", "web2"), None, 10)


def slow_clock(fleet: Fleet) -> None:
    """Have a host's clock go wrong."""
    for metric, behind in (("node_time_seconds", 90), ("hostler_facts_timestamp_seconds", 95)):
        fleet.clock(node(metric, "web1"), behind, 10)


def certificate(left: float) -> Change:
    """Return what has a certificate end so many hours after the beginning."""
    ends = node("hostler_certificate_ends_timestamp_seconds", "balancer1", domain="hello.example.org")
    return lambda fleet: fleet.gauge(ends, left * 3600)


def busy(used: float) -> Change:
    """Return what has so many of the eight places of web1 in use; web2 is out of rotation, and downloads end there."""

    def change(fleet: Fleet) -> None:
        for slot in ("blue", "green"):
            fleet.server(slot, "web2", "MAINT", 0)
        for name in fleet.match(metric="haproxy_server_current_sessions", slot="green", host="web1"):
            if "late" not in name:
                fleet.gauge(name, used / len(BALANCERS), 10)
        for name in fleet.match(metric="haproxy_server_current_sessions", host="web2"):
            fleet.gauge(name, 2)

    return change


def disagree(fleet: Fleet) -> None:
    """Have one balancer not hear of a switch."""
    fleet.live("blue", 10, balancers=("balancer2",))


def slot_labels(host: str, slot: str = "green", **labels: str) -> dict[str, str]:
    """Return the labels of an alert about a slot on a host."""
    return {"app": APP, "slot": slot, "host": host, **labels}


def stands(files: int) -> Alert:
    """Return what is told where so many files of WAL wait."""
    words = f"{files} file{'' if files == 1 else 's'} of WAL, 16 MB each"
    return Alert("ArchiveStands", at(DATA), f"db1: {words}, cannot get to the archive; were the host lost, so were they")


def drill_old(age: str) -> Alert:
    """Return what is told where no drill succeeded for so long."""
    return Alert("DrillOld", at(KEEPER), f"backup1: for {age} no restore drill has succeeded, so nobody knows whether backups are any good")


HELLO = {"app": APP}
PROBED = named("probe_success", job="probe", app=APP, instance="balancer1")


def without_data(host: str) -> Alert:
    """Return what is told of a PostgreSQL that does not answer, where apps have no other one."""
    return Alert("DatabaseDown", {"instance": host, "severity": "page"}, f"{host}: PostgreSQL does not answer; apps are without their data")


def spare_down(host: str) -> Alert:
    """Return what is told of one that does not answer where another one takes writes."""
    return Alert(
        "DatabaseDown",
        {"instance": host, "severity": "ticket"},
        f"{host}: PostgreSQL does not answer; apps have their data on another host, and nobody would take over from that",
    )


def nobody(host: str) -> Alert:
    """Return what is told of one that follows while none takes writes."""
    return Alert("NoPrimary", at(host), f"{host} follows, and no host takes writes: apps can read their data at most")


CASES = {
    "errors, fast": Fires(
        (Alert("ErrorBudgetBurns", {**HELLO, "pace": "fast"}, "hello: 2% of requests failed within an hour, 2% within 5 min"),),
        lambda fleet: fleet.traffic("green", 0, failed=0.02),
        at=20,
        quiet=3,
    ),
    "errors, steadily": Fires(
        (Alert("ErrorBudgetBurns", {**HELLO, "pace": "steady"}, "hello: 0.8% of requests failed within 6 hours"),),
        lambda fleet: errors(fleet, 0.008),
        at=60,
        quiet=10,
        minutes=60,
        bare=True,
    ),
    "errors, slowly": Fires(
        (Alert("ErrorBudgetBurns", {**HELLO, "pace": "slow"}, "hello: 0.2% of requests failed within 3 days"),),
        lambda fleet: errors(fleet, 0.002),
        at=400,
        quiet=200,
        minutes=400,
        step=60,
        bare=True,
    ),
    "slow answers": Fires(
        (Alert("SlowRequests", HELLO, "hello: one request in twenty takes longer than 2.425s"),),
        lambda fleet: fleet.traffic("green", 5, within="2.5"),
        at=30,
        quiet=18,
    ),
    "no web host is up": Fires(
        (
            Alert("NoHealthyHost", {**HELLO, "slot": "green"}, "hello: 2 balancers see no web host up in the live slot green"),
            Alert("AppUnreachable", HELLO, "hello: no balancer answers for it as a visitor would have it"),
            *(
                Alert("ProbeFails", {**HELLO, "instance": host, "job": "probe"}, f"hello: who comes by {host} is not served")
                for host in BALANCERS
            ),
            *(Alert("SlotDown", slot_labels(host), f"hello: its live slot green is not up on {host}") for host in WEB),
        ),
        outage,
        at=19,
        quiet=10.75,
    ),
    "no web host is up for one balancer": Fires(
        (Alert("NoHealthyHost", {**HELLO, "slot": "green"}, "hello: 1 balancer sees no web host up in the live slot green"),),
        lambda fleet: [fleet.server("green", host, "DOWN", 10, balancers=("balancer2",)) for host in WEB],
        at=12,
        quiet=10.75,
        every=15,
    ),
    "a balancer serves nobody": Fires(
        (Alert("ProbeFails", {**HELLO, "instance": "balancer1", "job": "probe"}, "hello: who comes by balancer1 is not served"),),
        lambda fleet: fleet.gauge(PROBED, 0, 10),
        at=14,
        quiet=12,
    ),
    "a certificate ends within a day": Fires(
        (
            Alert(
                "CertificateEnds",
                at("balancer1", domain="hello.example.org", severity="page"),
                "hello.example.org: its certificate on balancer1 ends in 20h 30m 0s",
            ),
        ),
        certificate(21),
        at=30,
        quiet=2,
    ),
    "a certificate has ended": Fires(
        (
            Alert(
                "CertificateEnds",
                at("balancer1", domain="hello.example.org", severity="page"),
                "hello.example.org: its certificate on balancer1 has ended",
            ),
        ),
        certificate(0.1),
        at=30,
        quiet=2,
    ),
    "a certificate is not renewed": Fires(
        (
            Alert(
                "CertificateEnds",
                at("balancer1", domain="hello.example.org", severity="ticket"),
                "hello.example.org: its certificate on balancer1 ends in 7d 22h 0m 0s and was not renewed",
            ),
        ),
        certificate(13 * 24),
        at=122 * 60,
        quiet=119 * 60,
        minutes=122 * 60,
        step=600,
        every=1800,
        bare=True,
    ),
    "no certificate is to be had": Fires(
        (
            Alert(
                "CertificateFails",
                at("balancer1", domain="hello.example.org"),
                "hello.example.org: balancer1 has got no certificate for 12h 30m 0s",
            ),
        ),
        lambda fleet: fleet.gauge(
            node("hostler_certificate_failing_since_timestamp_seconds", "balancer1", domain="hello.example.org"), -12 * 3600, 5
        ),
        at=30,
        quiet=8,
    ),
    "a balancer is lost": Fires(
        (
            Alert(
                "BalancerDown",
                {"job": "haproxy", "instance": "balancer1"},
                "balancer1: its HAProxy does not answer; who comes by this balancer is not served",
            ),
            Alert("HostDown", {"instance": "balancer1"}, "balancer1: nothing on this host answers the monitor"),
        ),
        lost_balancer,
        at=20,
        quiet=14,
    ),
    "a web host is lost": Fires(
        (
            Alert("HostDown", {"instance": "web1"}, "web1: nothing on this host answers the monitor"),
            Alert("SlotDown", slot_labels("web1"), "hello: its live slot green is not up on web1"),
        ),
        lost("web1"),
        at=20,
        quiet=14,
    ),
    "node exporter is down": Fires(
        (Alert("ExporterDown", at("web1"), "web1 is alive, and of its node the monitor gets nothing"),),
        lambda fleet: fleet.unreachable("web1", 10, jobs=("node",)),
        at=22,
        quiet=18,
    ),
    "what reads lines of log is down": Fires(
        (
            Alert(
                "ExporterDown",
                {"job": "requests", "instance": "balancer1"},
                "balancer1 is alive, and of its requests the monitor gets nothing",
            ),
        ),
        lambda fleet: fleet.unreachable("balancer1", 10, jobs=("requests",)),
        at=22,
        quiet=18,
    ),
    "an app's metrics": Fires(
        (
            Alert(
                "AppMetricsFail",
                {"job": "app", "instance": "balancer1", **slot_labels("web2")},
                "hello: its slot green on web2 serves, and does not answer with its metrics",
            ),
        ),
        no_metrics,
        at=25,
        quiet=18,
    ),
    "a job without targets": Fires(
        (Alert("TargetsMissing", {"job": "requests"}, "The monitor asks nobody for requests, so alerts that go by it are silent"),),
        lambda fleet: [fleet.series.pop(name) for name in fleet.match(job="requests")],
        at=20,
        quiet=10,
    ),
    "facts are old": Fires(
        (
            Alert("FactsStale", at("web1"), "web1: it has told nothing of slots, releases and itself for 14m 0s"),
            Alert("FactsStale", at("web2"), "web2: it has told nothing of slots, releases and itself at all"),
        ),
        facts_end,
        at=24,
        quiet=18,
    ),
    "a journal is not sent": Fires(
        (
            Alert(
                "JournalUnsent",
                at("web1"),
                "web1: for 20m 0s nothing of its journal has come to the monitor; were it lost, so were these lines",
            ),
        ),
        lambda fleet: fleet.gauge(node("hostler_journal_unsent_seconds", "web1"), 1200, 10),
        at=16,
        quiet=14,
    ),
    "the fleet's own certificate ends": Fires(
        (
            Alert(
                "IdentityEnds",
                at("web1"),
                "web1: in 58d 22h 50m 0s other hosts of the fleet do not know it any more, and the monitor is blind to it",
            ),
        ),
        lambda fleet: fleet.gauge(node("hostler_identity_ends_timestamp_seconds", "web1"), 59 * 86400, 5),
        at=70,
        quiet=60,
        minutes=75,
        step=60,
    ),
    "a part of the facts fails": Fires(
        (
            Alert(
                "FactsFail",
                at("balancer1", part="haproxy"),
                "balancer1: it cannot read of itself what is of the part haproxy, so alerts that go by it are silent",
            ),
        ),
        lambda fleet: fleet.gauge(node("hostler_facts_failed", "balancer1", part="haproxy"), 1, 10),
        at=27,
        quiet=23,
    ),
    "a map was changed by hand": Fires(
        (
            Alert(
                "MapDiffers",
                at("balancer1"),
                "balancer1: the running HAProxy and its map's file differ in 2 lines; its next start would serve something else",
            ),
        ),
        lambda fleet: fleet.gauge(node("hostler_map_differs", "balancer1"), 2, 10),
        at=16,
        quiet=13,
    ),
    "a clock is off": Fires(
        (Alert("ClockOff", at("web1"), "web1: its clock and the monitor's differ by 1m 30s"),),
        slow_clock,
        at=22,
        quiet=18,
    ),
    "a unit has failed": Fires(
        (Alert("UnitFailed", at("web1", unit="hello.report.service"), "web1: hello.report.service has failed"),),
        lambda fleet: fleet.gauge(node("hostler_unit_failed", "web1", unit="hello.report.service"), 1, 10),
        at=16,
        quiet=13,
    ),
    "a file was changed by hand": Fires(
        (Alert("Drift", at("web1"), "web1: 1 file is not as Hostler put them"),),
        lambda fleet: fleet.gauge(node("hostler_drift_files", "web1"), 1, 5),
        at=37,
        quiet=30,
    ),
    "a reboot is due": Fires(
        (Alert("RebootDue", at("web1"), "web1: upgrades wait for a reboot"),),
        lambda fleet: fleet.gauge(node("hostler_reboot_due", "web1"), 1, 60),
        at=27 * 60,
        quiet=23 * 60,
        minutes=27 * 60,
        step=300,
        every=600,
        bare=True,
    ),
    "a disk is full": Fires(
        (Alert("DiskFull", {**at("web1"), "mountpoint": "/", "fstype": "ext4", "device": "/dev/vda1"}, "web1: 4% of / is free"),),
        lambda fleet: fleet.gauge(disk("node_filesystem_avail_bytes"), 2e9, 10),
        at=16,
        quiet=13,
    ),
    "a disk fills": Fires(
        (
            Alert(
                "DiskFills",
                {**at("web1"), "mountpoint": "/", "fstype": "ext4", "device": "/dev/vda1"},
                "web1: / will be full within a day, if it goes on as in the last 6 hours",
            ),
        ),
        lambda fleet: (
            fleet.gauge(disk("node_filesystem_size_bytes"), 50e9),
            [fleet.gauge(disk("node_filesystem_avail_bytes"), 20e9 - 1e9 * hour, 60 * hour, 60 * hour + 60) for hour in range(12)],
        ),
        at=11 * 60,
        quiet=5 * 60,
        minutes=12 * 60,
        step=300,
        every=300,
        bare=True,
    ),
    "files of a disk run out": Fires(
        (
            Alert(
                "InodesShort",
                {**at("web1"), "mountpoint": "/", "fstype": "ext4", "device": "/dev/vda1"},
                "web1: / has room for 2% more of its files",
            ),
        ),
        lambda fleet: fleet.gauge(disk("node_filesystem_files_free"), 6e4, 10),
        at=22,
        quiet=18,
    ),
    "memory is short": Fires(
        (Alert("ShortOfMemory", {"instance": "web1"}, "web1: 97% of its memory is in use"),),
        lambda fleet: fleet.gauge(node("node_memory_MemAvailable_bytes", "web1"), 1.2e8, 10),
        at=22,
        quiet=18,
    ),
    "a slot was killed for its memory": Fires(
        (
            Alert(
                "KilledForMemory",
                {"job": "node", "instance": "web1", **slot_labels("web1")},
                "hello: processes of its slot green on web1 took more than the app's memory, and were killed",
            ),
        ),
        lambda fleet: fleet.counter(web("hostler_slot_oom_kills_total", "web1", "green"), 1 / 15, 10, 10.25),
        at=12,
        quiet=9,
    ),
    "places are short": Fires(
        (Alert("ShortOfPlaces", HELLO, "hello: 90% of what its web hosts can do at once is in use"),),
        busy(7.2),
        at=30,
        quiet=18,
    ),
    "a slot is down on one host": Fires(
        (Alert("SlotDown", slot_labels("web2"), "hello: its live slot green is not up on web2"),),
        lambda fleet: (fleet.runs("green", "web2", False, 10), fleet.traffic("green", 10, hosts=("web1",))),
        at=17,
        quiet=14,
    ),
    "a slot is not seen by one balancer": Fires(
        (
            Alert(
                "HostUnseen",
                {"instance": "balancer2", "host": "web2"},
                "balancer2 does not see web2 up, in 1 live slot; another balancer does",
            ),
        ),
        lambda fleet: [fleet.server(slot, "web2", "DOWN", 10, balancers=("balancer2",)) for slot in ("blue", "green")],
        at=22,
        quiet=18,
    ),
    "a standby does not run": Fires(
        (Alert("StandbyDown", slot_labels("web2", "blue"), "hello: its standby blue does not run on web2, so there is no quick way back"),),
        lambda fleet: fleet.runs("blue", "web2", False, 5),
        at=37,
        quiet=30,
    ),
    "a slot dies again and again": Fires(
        (
            Alert(
                "RestartLoop",
                {"job": "node", "instance": "web1", **slot_labels("web1")},
                "hello: its live slot green on web1 died 10 times in 10 min",
            ),
        ),
        lambda fleet: fleet.counter(web("hostler_slot_restarts_total", "web1", "green"), 1 / 60, 16),
        at=30,
        quiet=18,
    ),
    "a host stays out of rotation": Fires(
        (Alert("OutOfRotation", {"host": "web1"}, "web1: it has been out of rotation for an hour, so it serves nobody"),),
        lambda fleet: fleet.patch("web1", 5, reboot=70, end=80),
        at=70,
        quiet=60,
        minutes=75,
    ),
    "balancers disagree": Fires(
        (Alert("BalancersDisagree", HELLO, "hello: balancers serve 2 different releases or slots"),),
        disagree,
        at=17,
        quiet=13,
    ),
    "peers are silent": Fires(
        (Alert("PeersSilent", at("balancer1"), "balancer1: it has heard nothing of the other balancers for 15m 0s"),),
        lambda fleet: fleet.gauge(node("hostler_peers_heard_timestamp_seconds", "balancer1"), 600, 10),
        at=25,
        quiet=18,
    ),
    "the lock is held": Fires(
        (Alert("LockHeld", {}, "A run has held the fleet's lock for 6h 30m 0s, so nobody can deploy"),),
        lambda fleet: [fleet.gauge(node("hostler_lock_since_timestamp_seconds", host), -6 * 3600, 10) for host in BALANCERS],
        at=30,
        quiet=12,
    ),
    "lines of log are missing": Fires(
        (Alert("LogLinesMissing", {"instance": "balancer1"}, "balancer1: of 10 requests a second, fewer than half leave a line of log"),),
        lambda fleet: fleet.counter(named("hostler_request_lines_total", job="requests", instance="balancer1"), 0, 5),
        at=35,
        quiet=9,
    ),
    "postgresql does not answer": Fires(
        (without_data(DATA),),
        lambda fleet: fleet.stops(DATA, 10),
        at=14,
        quiet=12,
    ),
    "the host with the data is lost": Fires(
        (
            without_data(DATA),
            Alert("HostDown", {"instance": DATA}, "db1: nothing on this host answers the monitor"),
        ),
        lambda fleet: fleet.unreachable(DATA, 10),
        at=17,
        quiet=14,
    ),
    "the host that is followed is lost": Fires(
        (
            without_data(DATA),
            Alert("HostDown", {"instance": DATA}, "db1: nothing on this host answers the monitor"),
        ),
        lambda fleet: (fleet.two(), fleet.unreachable(DATA, 10), fleet.follows(SECOND, 10, streams=False)),
        at=17,
        quiet=14,
    ),
    "the postgresql that is followed does not answer": Fires(
        (without_data(DATA), nobody(SECOND)),
        lambda fleet: (fleet.two(), fleet.stops(DATA, 10), fleet.follows(SECOND, 10, streams=False)),
        at=14,
        quiet=11.5,
    ),
    "both follow": Fires(
        (nobody(DATA), nobody(SECOND)),
        lambda fleet: (fleet.two(), [fleet.follows(host, 10, streams=False) for host in (DATA, SECOND)]),
        at=13,
        quiet=11.5,
    ),
    "both take writes": Fires(
        tuple(
            Alert("TwoPrimaries", at(host), f"{host} takes writes, and so does another host: what apps write is on one of them alone")
            for host in (DATA, SECOND)
        ),
        lambda fleet: (fleet.two(), fleet.leads(SECOND, 10)),
        at=12,
        quiet=10.5,
    ),
    "postgresql that follows does not answer": Fires(
        (spare_down(SECOND),),
        lambda fleet: (fleet.two(), fleet.stops(SECOND, 10)),
        at=14,
        quiet=12,
    ),
    "the host that follows is lost": Fires(
        (spare_down(SECOND), Alert("HostDown", {"instance": SECOND}, "db2: nothing on this host answers the monitor")),
        lambda fleet: (fleet.two(), fleet.unreachable(SECOND, 10)),
        at=17,
        quiet=14,
    ),
    "who was followed comes back, and waits": Fires(
        (spare_down(DATA),),
        lambda fleet: (fleet.two(), fleet.unreachable(DATA, 5, 9), fleet.leads(SECOND, 8), fleet.stops(DATA, 9)),
        at=14,
        quiet=10,
    ),
    "who follows is not told what there is": Fires(
        (
            Alert(
                "ReplicationStands",
                at(SECOND),
                "db2: it follows, and has what is in the archive at most; were the primary lost, so were its last minutes",
            ),
        ),
        lambda fleet: (fleet.two(), fleet.follows(SECOND, 10, streams=False)),
        at=16,
        quiet=14,
    ),
    "who is to follow gets no data": Fires(
        (Alert("ReplicationStands", at(SECOND), "db2: it follows, and has had no data for that for six hours"),),
        lambda fleet: fleet.gauge(node("hostler_replication_unmade", SECOND), 1, 5),
        at=380,
        quiet=360,
        minutes=400,
        step=60,
        bare=True,
    ),
    "who follows is late": Fires(
        (Alert("ReplicationLate", at(SECOND), "db2: what it has of the data is 1m 30s old; who reads there reads that"),),
        lambda fleet: (fleet.two(), fleet.gauge(node("hostler_replication_lag_seconds", SECOND), 90, 10)),
        at=21,
        quiet=19,
    ),
    "connections run out": Fires(
        (Alert("ConnectionsLow", at(DATA), "db1: 95% of PostgreSQL's connections are in use; who finds none gets an error"),),
        lambda fleet: fleet.gauge(node("hostler_database_connections", DATA), 190, 10),
        at=16,
        quiet=14,
    ),
    "a transaction stays open": Fires(
        (Alert("TransactionOld", at(DATA), "db1: a transaction has been open for 1h 10m 0s, and what it keeps cannot be cleaned up"),),
        lambda fleet: fleet.gauge(node("hostler_database_oldest_transaction_seconds", DATA), 4200, 10),
        at=16,
        quiet=14,
    ),
    "the archive takes nothing": Fires(
        (stands(12),),
        lambda fleet: (
            fleet.gauge(node("hostler_wal_archived_timestamp_seconds", DATA), 600, 10),
            fleet.gauge(node("hostler_wal_waiting_files", DATA), 12, 10.5),
        ),
        at=23,
        quiet=20,
    ),
    "the archive takes nothing since a crash": Fires(
        (stands(1),),
        lambda fleet: (
            fleet.gauge(node("hostler_wal_archived_timestamp_seconds", DATA), None, 10),
            fleet.gauge(node("hostler_wal_waiting_files", DATA), 1, 10),
        ),
        at=23,
        quiet=20,
    ),
    "the archive takes too little": Fires(
        (stands(150),),
        lambda fleet: fleet.gauge(node("hostler_wal_waiting_files", DATA), 150, 10),
        at=23,
        quiet=20,
    ),
    "backups are old": Fires(
        (Alert("BackupOld", at(KEEPER, kind="any"), "backup1: the newest good backup is 2d 1h 40m 0s old"),),
        lambda fleet: fleet.gauge(node("hostler_backup_timestamp_seconds", KEEPER, kind="any"), -2 * 86400 - 3600, 0),
        at=40,
        quiet=20,
    ),
    "those in the bucket are old": Fires(
        (Alert("BackupOld", at(KEEPER, kind="s3"), "backup1: the newest good backup in the bucket is 2d 1h 40m 0s old"),),
        lambda fleet: fleet.gauge(node("hostler_backup_timestamp_seconds", KEEPER, kind="s3"), -2 * 86400 - 3600, 0),
        at=40,
        quiet=20,
    ),
    "there is no backup": Fires(
        (Alert("BackupOld", {"job": "node", "instance": KEEPER}, "backup1: it has no good backup"),),
        lambda fleet: (
            fleet.gauge(node("hostler_backups", KEEPER), 2),
            fleet.gauge(node("hostler_backups_damaged", KEEPER), 2),
        ),
        at=400,
        quiet=370,
        minutes=400,
        step=60,
        bare=True,
    ),
    "no drill succeeds": Fires(
        (drill_old("10d 1h 40m 0s"),),
        lambda fleet: fleet.gauge(node("hostler_drill_success_timestamp_seconds", KEEPER), -10 * 86400 - 3600),
        at=40,
        quiet=20,
    ),
    "no drill was ever made": Fires(
        (drill_old("14d 0h 40m 0s"),),
        lambda fleet: [fleet.gauge(node(f"hostler_drill_{metric}", KEEPER), None) for metric in ("success_timestamp_seconds", "failed")],
        at=40,
        quiet=20,
    ),
    "a drill fails": Fires(
        (
            Alert(
                "DrillFailed",
                at(KEEPER),
                "backup1: the last restore drill failed: what is kept could not be brought back, or is not what it should be",
            ),
        ),
        lambda fleet: (
            fleet.gauge(node("hostler_drill_failed", KEEPER), 1, 10),
            fleet.gauge(node("hostler_unit_failed", KEEPER, unit="hostler-drill.service"), 1, 10),
        ),
        at=20,
        quiet=14,
    ),
    "a drill dies": Fires(
        (Alert("UnitFailed", at(KEEPER, unit="hostler-drill.service"), "backup1: hostler-drill.service has failed"),),
        lambda fleet: fleet.gauge(node("hostler_unit_failed", KEEPER, unit="hostler-drill.service"), 1, 10),
        at=16,
        quiet=13,
    ),
    "mail is not delivered": Fires(
        (Alert("NotificationsFail", {"integration": "email"}, "Alerts by email are not delivered"),),
        lambda fleet: fleet.counter(
            named("alertmanager_notifications_failed_total", job="alertmanager", instance=MONITOR, integration="email"), 1 / 60, 10, 12
        ),
        at=15,
        quiet=9,
    ),
    "a configuration is refused": Fires(
        tuple(
            Alert(
                "MonitorRefuses",
                {"job": name.lower(), "instance": MONITOR, "program": name},
                f"{name} refuses its configuration, and goes on with a former one",
            )
            for name in ("Prometheus", "Alertmanager")
        ),
        lambda fleet: [
            fleet.gauge(name, 0, 10)
            for job in ("prometheus", "alertmanager")
            for name in fleet.match(metric=f"{job}_config_last_reload_successful")
        ],
        at=21,
        quiet=18,
    ),
    "rules fail": Fires(
        (Alert("RulesFail", {"rule_group": "visitors"}, "Rules of visitors cannot be worked out, so these alerts are silent"),),
        lambda fleet: fleet.counter(
            named("prometheus_rule_evaluation_failures_total", job="prometheus", instance=MONITOR, rule_group="visitors"), 1 / 15, 10, 12
        ),
        at=15,
        quiet=9,
    ),
    "all is well": Fires(
        (Alert("Watchdog", {}, "The monitor works, and its alerts come through"),),
        lambda fleet: fleet.gauge("up", 1),
        at=1,
        quiet=None,
        minutes=2,
        bare=True,
    ),
}


def fleet_of(case: Fires) -> Fleet:
    """Return a fleet to which it has happened."""
    fleet = Fleet(case.minutes, case.step, case.bare)
    case.change(fleet)
    return fleet


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_alert_fires(case: Fires, tmp_path: Path) -> None:
    """With its figures and names; and no other does, but for those that Alertmanager passes over beside it."""
    Watched(fleet_of(case), tmp_path, case.every).fires(*case.alerts, at=case.at, quiet=case.quiet)


# Almost what an alert is about
NEAR: dict[str, tuple[str, Change]] = {
    "a few errors": ("ErrorBudgetBurns", lambda fleet: fleet.traffic("green", 5, failed=0.0009)),
    "an error now and then, where few ask": ("ErrorBudgetBurns", lambda fleet: errors_of_few(fleet)),
    "an hour's errors, which are over": ("ErrorBudgetBurns", lambda fleet: fleet.traffic("green", 5, 5.5, failed=0.1)),
    "requests that limits refuse": ("ErrorBudgetBurns", lambda fleet: refused_by_limits(fleet)),
    "errors of no app": ("ErrorBudgetBurns", lambda fleet: errors_of_nobody(fleet)),
    "slow answers for ten minutes": ("SlowRequests", lambda fleet: fleet.traffic("green", 5, 15, within="2.5")),
    "slow answers to who may pass in maintenance": (
        "SlowRequests",
        lambda fleet: (fleet.traffic("green", 0, 5), fleet.maintenance(5, 38), fleet.traffic("green", 5, share=0.1, within="2.5")),
    ),
    "slow answers to hardly anybody": ("SlowRequests", lambda fleet: fleet.traffic("green", 0, within="2.5", share=0.004)),
    "web hosts that are only late": ("NoHealthyHost", lambda fleet: [fleet.server("green", host, "DOWN", 10, late=False) for host in WEB]),
    "a standby that is down": ("NoHealthyHost", lambda fleet: [fleet.runs("blue", host, False, 10) for host in WEB]),
    "one balancer alone": ("AppUnreachable", lambda fleet: fleet.gauge(PROBED, 0, 10)),
    "a probe that fails for two minutes": ("ProbeFails", lambda fleet: fleet.gauge(PROBED, 0, 10, 12)),
    "a certificate of six days, which is new": ("CertificateEnds", certificate(6 * 24)),
    "a certificate that fails since this morning": (
        "CertificateFails",
        lambda fleet: fleet.gauge(
            node("hostler_certificate_failing_since_timestamp_seconds", "balancer1", domain="hello.example.org"), -11 * 3600, 5
        ),
    ),
    "connections of a busy hour": ("ConnectionsLow", lambda fleet: fleet.gauge(node("hostler_database_connections", DATA), 170, 5)),
    "a transaction of half an hour": (
        "TransactionOld",
        lambda fleet: fleet.gauge(node("hostler_database_oldest_transaction_seconds", DATA), 1800, 5),
    ),
    "a database that nobody writes to": (
        "ArchiveStands",
        lambda fleet: fleet.gauge(node("hostler_wal_archived_timestamp_seconds", DATA), 60, 1),
    ),
    "a backup of yesterday, with one that was missed": (
        "BackupOld",
        lambda fleet: fleet.gauge(node("hostler_backup_timestamp_seconds", KEEPER, kind="any"), -47 * 3600, 0),
    ),
    "a drill of last week": (
        "DrillOld",
        lambda fleet: fleet.gauge(node("hostler_drill_success_timestamp_seconds", KEEPER), -9 * 86400),
    ),
    "a drill that failed and was made again at once": (
        "DrillFailed",
        lambda fleet: fleet.gauge(node("hostler_drill_failed", KEEPER), 1, 10, 13),
    ),
    "a database that is restarted": ("DatabaseDown", lambda fleet: fleet.stops(DATA, 10, 12)),
    "a lag of a busy minute": (
        "ReplicationLate",
        lambda fleet: (fleet.two(), fleet.gauge(node("hostler_replication_lag_seconds", SECOND), 300, 10, 18)),
    ),
    "a lag of a few seconds": (
        "ReplicationLate",
        lambda fleet: (fleet.two(), fleet.gauge(node("hostler_replication_lag_seconds", SECOND), 50, 5)),
    ),
    "who follows is restarted": ("ReplicationStands", lambda fleet: (fleet.two(), fleet.follows(SECOND, 10, 14, streams=False))),
    "who follows while nobody writes": (
        "ReplicationStands",
        lambda fleet: (fleet.two(), fleet.stops(DATA, 5), fleet.follows(SECOND, 5, streams=False)),
    ),
    "a copy that takes an hour": ("ReplicationStands", lambda fleet: fleet.gauge(node("hostler_replication_unmade", SECOND), 1, 0)),
    "who follows one that the monitor does not hear": ("NoPrimary", lambda fleet: (fleet.two(), fleet.unreachable(DATA, 5))),
    "who follows one that tells nothing of its data": (
        "NoPrimary",
        lambda fleet: (fleet.two(), fleet.gone(5, metric="hostler_database_primary", instance=DATA)),
    ),
    "an only host with the data that is down": ("NoPrimary", lambda fleet: fleet.stops(DATA, 5)),
    "two that changed places half a minute ago": (
        "TwoPrimaries",
        lambda fleet: (fleet.two(), fleet.leads(SECOND, 10, 10.5)),
    ),
    "a balancer that restarts": ("BalancerDown", lambda fleet: fleet.patch_balancer("balancer1", 10, reboot=4)),
    "an exporter alone": ("HostDown", lambda fleet: fleet.unreachable("web1", 10, jobs=("node",))),
    "a host with its exporter": ("ExporterDown", lost("web1")),
    "metrics of a slot that is not up": (
        "AppMetricsFail",
        lambda fleet: (no_metrics(fleet), fleet.runs("green", "web2", False, 5)),
    ),
    "targets that fail are not missing": ("TargetsMissing", lambda fleet: [fleet.unreachable(host, 5) for host in (*WEB, *BALANCERS)]),
    "facts on a host whose clock is wrong": ("FactsStale", slow_clock),
    "facts that fail while HAProxy restarts": (
        "FactsFail",
        lambda fleet: fleet.gauge(node("hostler_facts_failed", "balancer1", part="haproxy"), 1, 10, 12),
    ),
    "a journal of which some was not sent while the monitor was upgraded": (
        "JournalUnsent",
        lambda fleet: fleet.gauge(node("hostler_journal_unsent_seconds", "web1"), 700, 10, 13),
    ),
    "a certificate of the fleet's own that the next run renews": (
        "IdentityEnds",
        lambda fleet: fleet.gauge(node("hostler_identity_ends_timestamp_seconds", "web1"), 200 * 86400, 5),
    ),
    "a map in the midst of a switch": ("MapDiffers", lambda fleet: fleet.gauge(node("hostler_map_differs", "balancer1"), 2, 10, 11)),
    "a clock that is off by a second": ("ClockOff", lambda fleet: fleet.clock(node("node_time_seconds", "web1"), 1, 5)),
    "the unit of a slot, of which SlotDown tells": (
        "UnitFailed",
        lambda fleet: fleet.gauge(node("hostler_unit_failed", "web1", unit="hello@green.service"), 1, 10),
    ),
    "a file that site.yml is about to put back": ("Drift", lambda fleet: fleet.gauge(node("hostler_drift_files", "web1"), 1, 5, 25)),
    "a reboot of today": ("RebootDue", lambda fleet: fleet.gauge(node("hostler_reboot_due", "web1"), 1, 5)),
    "a large disk with 40 GB left": (
        "DiskFull",
        lambda fleet: (
            fleet.gauge(disk("node_filesystem_size_bytes"), 1e12),
            fleet.gauge(disk("node_filesystem_avail_bytes"), 4e10, 5),
        ),
    ),
    "a disk that is only read": (
        "DiskFull",
        lambda fleet: (fleet.gauge(disk("node_filesystem_avail_bytes"), 0), fleet.gauge(disk("node_filesystem_readonly"), 1)),
    ),
    "files of a disk that is only read": (
        "InodesShort",
        lambda fleet: (fleet.gauge(disk("node_filesystem_files_free"), 0), fleet.gauge(disk("node_filesystem_readonly"), 1)),
    ),
    "a disk with room, in which a release is laid out": (
        "DiskFills",
        lambda fleet: fleet.gauge(disk("node_filesystem_avail_bytes"), 18e9, 10),
    ),
    "a file system that counts no files": (
        "InodesShort",
        lambda fleet: [fleet.gauge(disk(f"node_filesystem_files{part}"), 0, 5) for part in ("", "_free")],
    ),
    "memory that is used": ("ShortOfMemory", lambda fleet: fleet.gauge(node("node_memory_MemAvailable_bytes", "web1"), 4e8, 5)),
    "a count of kills that begins anew": (
        "KilledForMemory",
        lambda fleet: (
            fleet.counter(web("hostler_slot_oom_kills_total", "web1", "green"), 1 / 15, 0, 0.25),
            fleet.gone(20, 20.5, metric="hostler_slot_oom_kills_total", instance="web1"),
        ),
    ),
    "places that are used": ("ShortOfPlaces", busy(6)),
    "a slot that restarts for five minutes": ("SlotDown", lambda fleet: fleet.runs("green", "web2", False, 10, 15)),
    "a host that no balancer sees": ("HostUnseen", lost("web2")),
    "a balancer that sees nobody": (
        "HostUnseen",
        lambda fleet: [fleet.server("green", host, "DOWN", 5, balancers=("balancer2",)) for host in WEB],
    ),
    "a standby that one balancer does not see": (
        "HostUnseen",
        lambda fleet: fleet.server("blue", "web2", "DOWN", 5, balancers=("balancer2",)),
    ),
    "a standby that is to be cold": (
        "StandbyDown",
        lambda fleet: (
            fleet.runs("blue", "web2", False, 5),
            fleet.gauge(named("hostler_slot_release_info", **at("web2"), **slot_labels("web2", "blue", release="a")), None, 5),
        ),
    ),
    "a standby of a host out of rotation": (
        "StandbyDown",
        lambda fleet: (fleet.runs("blue", "web2", False, 2), fleet.server("blue", "web2", "MAINT", 2)),
    ),
    "a first release that never went live": (
        "StandbyDown",
        lambda fleet: (
            fleet.runs("blue", "web2", False, 2),
            [fleet.gauge(name, 0) for name in fleet.match(metric="hostler_slot_live")],
        ),
    ),
    "a live slot is no standby": ("StandbyDown", lambda fleet: fleet.runs("green", "web2", False, 5)),
    "a slot that died three times": (
        "RestartLoop",
        lambda fleet: fleet.counter(web("hostler_slot_restarts_total", "web1", "green"), 1 / 60, 20, 22.5),
    ),
    "a host out of rotation for a while": ("OutOfRotation", lambda fleet: fleet.patch("web1", 5, reboot=10, end=30)),
    "a switch that one balancer hears of later": (
        "BalancersDisagree",
        lambda fleet: (fleet.live("blue", 10, balancers=("balancer1",)), fleet.live("blue", 14, balancers=("balancer2",))),
    ),
    "peers that restart": (
        "PeersSilent",
        lambda fleet: fleet.gauge(node("hostler_peers_heard_timestamp_seconds", "balancer1"), 600, 10, 18),
    ),
    "a run of five hours": (
        "LockHeld",
        lambda fleet: fleet.gauge(node("hostler_lock_since_timestamp_seconds", "balancer1"), -5 * 3600, 5),
    ),
    "requests that take their time": (
        "LogLinesMissing",
        lambda fleet: fleet.counter(named("hostler_request_lines_total", job="requests", instance="balancer1"), 6, 5),
    ),
    "counters of failures that stand": ("NotificationsFail", lambda fleet: fleet.gone(10, 11, job="alertmanager")),
    "a configuration that is taken at the second try": (
        "MonitorRefuses",
        lambda fleet: fleet.gauge(named("prometheus_config_last_reload_successful", job="prometheus", instance=MONITOR), 0, 10, 15),
    ),
    "failures of long ago": (
        "RulesFail",
        lambda fleet: fleet.counter(
            named("prometheus_rule_evaluation_failures_total", job="prometheus", instance=MONITOR, rule_group="visitors"), 1, 0, 0.25
        ),
    ),
}


def errors_of_few(fleet: Fleet) -> None:
    """Have a visitor a minute, and nine of them fail."""
    fleet.traffic("green", 0, share=0)
    own = {"job": "requests", "instance": "balancer1", "app": APP, "slot": "green", "host": "web1"}
    fleet.counter(named("hostler_requests_total", **own, code="2xx"), 1 / 60)
    for number in range(9):
        fleet.counter(named("hostler_requests_total", **own, code="5xx"), 1 / 15, 4 * number + 1, 4 * number + 1.25)


def refused_by_limits(fleet: Fleet) -> None:
    """Have half of all requests get a 429 of the balancer's."""
    fleet.traffic("green", 5, share=0.5)
    for balancer in BALANCERS:
        own = {"job": "requests", "instance": balancer, "app": APP, "slot": "", "host": ""}
        fleet.counter(named("hostler_requests_total", **own, code="4xx"), 5, 5)


def errors_of_nobody(fleet: Fleet) -> None:
    """Have balancers answer requests with 5xx that were for no app."""
    fleet.counter(named("hostler_requests_total", job="requests", instance="balancer1", app="", slot="", host="", code="5xx"), 5)


@pytest.mark.parametrize(("alert", "change"), NEAR.values(), ids=NEAR)
def test_an_alert_does_not_fire(alert: str, change: Change, tmp_path: Path) -> None:
    fleet = Fleet(40)
    change(fleet)
    Watched(fleet, tmp_path, every=60).silent(range(41), alert)


def burns(pace: str) -> str:
    """Return the query for how many alerts tell of errors at a pace."""
    return f'count(ALERTS{{alertstate="firing",alertname="ErrorBudgetBurns",pace="{pace}"}})'


@pytest.mark.parametrize(
    ("pace", "share", "ends", "fires", "over", "step"),
    [("fast", 0.5, 15, 14, 25, 15), ("steady", 0.012, 40, 38, 80, 15), ("slow", 0.005, 240, 238, 640, 60)],
)
def test_a_burn_of_errors_ends_soon_after_they_do(
    pace: str, share: float, ends: float, fires: float, over: float, step: int, tmp_path: Path
) -> None:
    """The long time still has them, the short one beside it does not."""
    fleet = Fleet(over, step, bare=True)
    errors(fleet, share, 0, ends)
    errors(fleet, 0, ends)
    watched = Watched(fleet, tmp_path, every=60)
    watched.values(burns(pace), {fires: [("{}", 1)], over: []})


def mended_outage(fleet: Fleet) -> None:
    """Lose the live slot everywhere for twenty minutes, for it dies again and again; probes find half a minute later that it is back."""
    outage(fleet)
    for host in WEB:
        fleet.counter(web("hostler_slot_restarts_total", host, "green"), 1 / 20, 12, 30)
        fleet.runs("green", host, True, 30)
    fleet.traffic("green", 30).refused(30, share=0)
    for balancer in BALANCERS:
        fleet.gauge(named("probe_success", job="probe", app=APP, instance=balancer), 1, 30.5)


@pytest.mark.parametrize("pace", ["fast", "steady", "slow"])
def test_the_errors_of_an_outage_are_not_told_once_it_is_mended(pace: str, tmp_path: Path) -> None:
    """NoHealthyHost has told of it: all are up again, and an alert that began now would send who mended it to look for another one."""
    fleet = Fleet(200, 60)
    mended_outage(fleet)
    watched = Watched(fleet, tmp_path, every=60)
    watched.values('count(ALERTS{alertstate="firing",alertname="NoHealthyHost"})', {20: [("{}", 1)], 35: []})
    watched.values(burns(pace), {minute: [] for minute in range(0, 200, 2)})


def test_errors_are_told_once_at_the_fastest_pace(tmp_path: Path) -> None:
    """The others look back for longer, and would be told when the first is over."""
    fleet = Fleet(200, 60, bare=True)
    errors(fleet, 0.5, 10, 30)
    errors(fleet, 0, 0, 10)
    errors(fleet, 0, 30)
    watched = Watched(fleet, tmp_path, every=60)
    watched.values(burns("fast"), {20: [("{}", 1)], 45: []})
    for pace in ("steady", "slow"):
        watched.values(burns(pace), {minute: [] for minute in range(0, 200, 2)})


def test_errors_that_go_on_after_an_outage_are_told(tmp_path: Path) -> None:
    """Somebody has mended half of it."""
    fleet = Fleet(60)
    outage(fleet)
    for host in WEB:
        fleet.runs("green", host, True, 20)
    fleet.traffic("green", 20, failed=0.2).refused(20, share=0)
    Watched(fleet, tmp_path, every=60).values(burns("fast"), {22: [], 35: [("{}", 1)]})


def haproxy_stops(fleet: Fleet) -> None:
    """Stop HAProxy of a balancer for twenty minutes; facts tell until half a minute later that it cannot be read."""
    fleet.unreachable("balancer2", 5, 25, jobs=("haproxy", "requests"))
    fleet.gauge(node("hostler_facts_failed", "balancer2", part="haproxy"), 1, 5.25, 25.5)


def lost_for_a_while(fleet: Fleet) -> None:
    """Lose a balancer with its host for twenty minutes; HAProxy is the first that answers, and that it is alive is worked out later."""
    fleet.unreachable("balancer2", 5, 25)
    fleet.unreachable("balancer2", 25, 26, jobs=("node", "requests"))


def host_restarts(fleet: Fleet) -> None:
    """Lose a web host for twenty minutes; its slots take a minute and a half to start."""
    lost("web1")(fleet)
    for slot in ("blue", "green"):
        fleet.server(slot, "web1", "UP", 31.5)
    fleet.gauge(named("up", job="node", instance="web1"), 1, 30)


@pytest.mark.parametrize(
    ("change", "covers", "covered", "of", "at"),
    [
        (haproxy_stops, "BalancerDown", "FactsFail", "host", 24),
        (lost_for_a_while, "BalancerDown", "HostDown", "host", 24),
        (host_restarts, "HostDown", "SlotDown", "host", 28),
        (mended_outage, "NoHealthyHost", "ProbeFails", "app", 28),
        (mended_outage, "AppUnreachable", "ProbeFails", "app", 28),
    ],
)
def test_what_covers_an_alert_is_over_after_it(change: Change, covers: str, covered: str, of: str, at: float, tmp_path: Path) -> None:
    """Else that is told when it is mended."""
    fleet = Fleet(40)
    change(fleet)
    watched = Watched(fleet, tmp_path)
    firing = f'max by ({of}) (ALERTS{{{{alertstate="firing",alertname="{{}}"}}}})'
    watched.values(f"count({firing.format(covered)})", {at: [("{}", 1)], 36: []})
    watched.values(f"{firing.format(covered)} unless on ({of}) {firing.format(covers)}", {step / 4: [] for step in range(12 * 4, 160)})
    watched.values(firing.format(covers), {36: []})


def test_a_slot_that_died_in_an_outage_is_not_told_once_that_is_mended(tmp_path: Path) -> None:
    """Half an hour of it, with all attempts to start."""
    fleet = Fleet(60)
    mended_outage(fleet)
    Watched(fleet, tmp_path, every=30).silent(range(60), "RestartLoop")


def test_a_certificate_of_six_days_is_told_only_where_it_is_not_renewed(tmp_path: Path) -> None:
    """It ends within two weeks all its life; every four days there is a new one, and the third is the last."""
    days = 24 * 60
    fleet = Fleet(14 * days, 3600, bare=True)
    ends = node("hostler_certificate_ends_timestamp_seconds", "balancer1", domain="hello.example.org")
    for first in (0, 4, 8):
        fleet.gauge(ends, (first + 6) * 86400, first * days)
    ticket, page = (
        named(
            "ALERTS",
            **at("balancer1"),
            alertname="CertificateEnds",
            alertstate="firing",
            domain="hello.example.org",
            host="balancer1",
            severity=one,
        )
        for one in ("ticket", "page")
    )
    watched = Watched(fleet, tmp_path, every=3600)
    expected = {12.9 * days: [], 13.5 * days: [(ticket, 1.0), (page, 1.0)]}
    watched.values('ALERTS{alertstate="firing",alertname="CertificateEnds"}', {day * days: [] for day in range(13)} | expected)


def test_every_alert_is_seen_to_fire_and_to_stay_silent() -> None:
    """Watchdog alone has no time at which it is silent."""
    rules = {(rule["alert"], rule["labels"]["severity"], rule["labels"].get("pace")) for rule in ALERTS}
    whole = [(alert, alert.whole()) for case in CASES.values() for alert in case.alerts if alert.summary]
    assert {(alert.name, labels["severity"], labels.get("pace")) for alert, labels in whole} == rules
    assert {alert for alert, _ in NEAR.values()} == {name for name, _, _ in rules} - {"Watchdog"}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']} {rule['labels']['severity']}")
def test_an_alert_says_what_it_is_what_to_do_and_where_to_read_on(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket", "info", "none")
    assert set(rule["annotations"]) == {"summary", "action", "runbook"}
    assert rule["annotations"]["runbook"] == f"docs/runbooks/{rule['alert']}.md"
    assert not re.search(r"[.\n]$", rule["annotations"]["summary"] + rule["annotations"]["action"])

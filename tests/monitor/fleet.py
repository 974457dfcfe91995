"""A fleet as its monitor sees it: series that move as they do on hosts, in steps of 15 s, for ``promtool test rules``."""

from __future__ import annotations

from collections.abc import Iterable

STEP = 15
WEB, BALANCERS, MONITOR = ("web1", "web2"), ("balancer1", "balancer2"), "monitor1"
DATA, KEEPER = "db1", "backup1"  # the host with the data, and the one that keeps backups
SECOND = "db2"  # one that may follow the first of these
HOSTS = (*WEB, *BALANCERS, MONITOR, DATA, KEEPER)
SLOTS = ("blue", "green")
STATES = ("UP", "DOWN", "MAINT")
RATE = 10.0  # requests a second at each balancer
APP = "hello"
BOUNDS = ("0.1", "0.5", "1", "2.5", "+Inf")


def named(metric: str, **labels: str) -> str:
    """Return how a series is written."""
    return f"{metric}{{{','.join(f'{name}={chr(34)}{value}{chr(34)}' for name, value in sorted(labels.items()))}}}"


class Series:
    """One series: a gauge by its values; a counter by what is added in each step, and by where it begins anew. None is absent."""

    def __init__(self, steps: int, counts: bool) -> None:
        """Begin with nothing."""
        self.counts = counts
        self.steps: list[float | None] = [None] * steps
        self.anew: set[int] = set()

    def values(self) -> list[float | None]:
        """Return what the monitor reads in each step."""
        if not self.counts:
            return self.steps
        found: list[float | None] = []
        total = 0.0
        for number, step in enumerate(self.steps):
            if number in self.anew:
                total = 0.0
            total += step or 0.0
            found.append(None if step is None else total)
        return found

    def text(self) -> str:
        """Return it as promtool reads it. A target that is gone leaves a mark that its series have ended, as Prometheus does."""
        words, before = [], None
        for value in self.values():
            words.append(f"{value:.10g}" if value is not None else "stale" if before is not None else "_")
            before = value
        return " ".join(words)


class Fleet:
    """Two balancers, two web hosts and a monitor, which are well; the app's slot green is live, blue the standby. Times are in minutes."""

    def __init__(self, minutes: float = 40, step: int = STEP, bare: bool = False) -> None:
        """Make it; or one of which nothing is known yet, for long times."""
        self.step, self.minutes, self.bare = step, minutes, bare
        self.count = int(minutes * 60 / step) + 1
        self.series: dict[str, Series] = {}
        if not bare:
            self._hosts()
            self._balancers()
            self._web()
            self._monitor()
            self._data()

    def at(self, minute: float) -> int:
        """Return the step of a time."""
        return min(self.count, round(minute * 60 / self.step))

    def _of(self, series: str, counts: bool) -> Series:
        return self.series.setdefault(series, Series(self.count, counts))

    def gauge(self, series: str, value: float | None, start: float = 0, end: float | None = None) -> Fleet:
        """Have a gauge be `value` from one minute to the next."""
        steps = self._of(series, False).steps
        for number in range(self.at(start), self.count if end is None else self.at(end)):
            steps[number] = value
        return self

    def counter(self, series: str, rate: float | None, start: float = 0, end: float | None = None) -> Fleet:
        """Have a counter go up by so much a second."""
        steps = self._of(series, True).steps
        for number in range(self.at(start), self.count if end is None else self.at(end)):
            steps[number] = None if rate is None else rate * self.step
        return self

    def clock(self, series: str, behind: float = 0, start: float = 0, end: float | None = None) -> Fleet:
        """Have a gauge tell the time, or one so many seconds ago."""
        steps = self._of(series, False).steps
        for number in range(self.at(start), self.count if end is None else self.at(end)):
            steps[number] = number * self.step - behind
        return self

    def match(self, **labels: str) -> list[str]:
        """Return the series that have these labels, and of ``metric`` the name."""
        metric = labels.pop("metric", "")
        wanted = [f'{name}="{value}"' for name, value in labels.items()]
        return [name for name in self.series if name.startswith(metric + "{" if metric else "") and all(one in name for one in wanted)]

    def gone(self, start: float, end: float | None = None, **labels: str) -> Fleet:
        """Have the monitor get nothing of these series for a while; counters begin anew."""
        for name in self.match(**labels):
            if not name.startswith(("up{", "probe_")):
                one = self.series[name]
                for number in range(self.at(start), self.count if end is None else self.at(end)):
                    one.steps[number] = None
                one.anew.add(self.at(start))
        return self

    def unreachable(
        self, host: str, start: float, end: float | None = None, jobs: Iterable[str] = ("node", "haproxy", "requests")
    ) -> Fleet:
        """Have nothing on a host answer the monitor."""
        for job in jobs:
            for up in self.match(metric="up", job=job, instance=host):
                self.gauge(up, 0, start, end)
            self.gone(start, end, job=job, instance=host)
        return self

    # How a fleet is that is well

    def _hosts(self, hosts: tuple[str, ...] = HOSTS) -> None:
        for host in hosts:
            node = {"job": "node", "instance": host}
            disk = {**node, "mountpoint": "/", "fstype": "ext4", "device": "/dev/vda1"}
            self.gauge(named("up", **node), 1)
            self.clock(named("node_time_seconds", **node))
            self.clock(named("hostler_facts_timestamp_seconds", **node), 5)
            self.gauge(named("node_memory_MemTotal_bytes", **node), 4e9)
            self.gauge(named("node_memory_MemAvailable_bytes", **node), 2e9)
            self.gauge(named("node_filesystem_size_bytes", **disk), 50e9)
            self.gauge(named("node_filesystem_avail_bytes", **disk), 20e9)
            self.gauge(named("node_filesystem_files", **disk), 3e6)
            self.gauge(named("node_filesystem_files_free", **disk), 2e6)
            self.gauge(named("node_filesystem_readonly", **disk), 0)
            self.gauge(named("hostler_drift_files", **node), 0)
            self.gauge(named("hostler_reboot_due", **node), 0)
            self.gauge(named("hostler_failed_units", **node), 0)
            self.gauge(named("hostler_journal_unsent_seconds", **node), 0)
            self.gauge(named("hostler_identity_ends_timestamp_seconds", **node), 300 * 86400)

    def _balancers(self) -> None:
        for host in BALANCERS:
            node = {"job": "node", "instance": host}
            for job in ("haproxy", "requests"):
                self.gauge(named("up", job=job, instance=host), 1)
            self.gauge(named("up", job="probe", app=APP, instance=host), 1)
            self.gauge(named("probe_success", job="probe", app=APP, instance=host), 1)
            self.gauge(named("hostler_maintenance", **node, app=APP), 0)
            self.gauge(named("hostler_map_differs", **node), 0)
            self.gauge(named("hostler_facts_failed", **node, part="haproxy"), 0)
            self.clock(named("hostler_peers_heard_timestamp_seconds", **node), 5)
            self.gauge(named("hostler_certificate_ends_timestamp_seconds", **node, domain="hello.example.org"), 60 * 86400)
            self.counter(named("hostler_request_lines_total", job="requests", instance=host), RATE)
            for slot, release in zip(SLOTS, ("a", "b"), strict=True):
                self.gauge(named("hostler_slot_live", **node, app=APP, slot=slot), slot == "green")
                self.gauge(named("hostler_slot_release_info", **node, app=APP, slot=slot, release=release), 1)
                self.counter(named("haproxy_backend_http_requests_total", job="haproxy", instance=host, app=APP, slot=slot), 0)
                for web in WEB:
                    self._server(host, slot, web)
            for code in ("2xx", "4xx", "5xx"):
                self.counter(named("hostler_requests_total", job="requests", instance=host, app=APP, slot="", host="", code=code), 0)
            # What asks for no app's name, and a stranger's probing
            self.counter(named("hostler_requests_total", job="requests", instance=host, app="", slot="", host="", code="4xx"), 1)
        self.traffic("green", 0)

    def _server(self, balancer: str, slot: str, web: str) -> None:
        own = {"instance": balancer, "app": APP, "slot": slot, "host": web}
        for late in ({}, {"late": "true"}):
            for state in STATES:
                self.gauge(named("haproxy_server_status", job="haproxy", **own, **late, state=state), state == "UP")
            self.gauge(named("haproxy_server_current_sessions", job="haproxy", **own, **late), slot == "green" and not late)
            self.gauge(named("haproxy_server_limit_sessions", job="haproxy", **own, **late), 8)
        for code in ("2xx", "4xx", "5xx"):
            self.counter(named("hostler_requests_total", job="requests", **own, code=code), 0)
        for bound in BOUNDS:
            self.counter(named("hostler_request_duration_seconds_bucket", job="requests", **own, le=bound), 0)

    def _web(self) -> None:
        for host in WEB:
            for slot, release in zip(SLOTS, ("a", "b"), strict=True):
                own = {"job": "node", "instance": host, "app": APP, "slot": slot, "host": host}
                self.gauge(named("hostler_slot_up", **own), 1)
                self.gauge(named("hostler_slot_release_info", **own, release=release), 1)
                self.counter(named("hostler_slot_restarts_total", **own), 0)
                self.counter(named("hostler_slot_oom_kills_total", **own), 0)

    def _monitor(self) -> None:
        for job in ("prometheus", "alertmanager"):
            self.gauge(named("up", job=job, instance=MONITOR), 1)
            self.gauge(named(f"{job}_config_last_reload_successful", job=job, instance=MONITOR), 1)
        for kind in ("email", "webhook"):
            failed = named("alertmanager_notifications_failed_total", job="alertmanager", instance=MONITOR, integration=kind)
            self.counter(failed, 0)
        self.counter(named("prometheus_rule_evaluation_failures_total", job="prometheus", instance=MONITOR, rule_group="visitors"), 0)

    def _data(self) -> None:
        keeper = {"job": "node", "instance": KEEPER}
        self._answers(DATA)
        self.leads(DATA, 0)
        self.gauge(named("hostler_backups", **keeper), 9)
        self.gauge(named("hostler_backups_damaged", **keeper), 0)
        self.gauge(named("hostler_backup_first_timestamp_seconds", **keeper), -14 * 86400)
        self.gauge(named("hostler_backup_timestamp_seconds", **keeper, kind="any"), -86400)
        self.gauge(named("hostler_backup_timestamp_seconds", **keeper, kind="full"), -6 * 86400)
        self.gauge(named("hostler_drill_failed", **keeper), 0)
        self.gauge(named("hostler_drill_success_timestamp_seconds", **keeper), -6 * 86400)

    def _answers(self, host: str) -> None:
        data = {"job": "node", "instance": host}
        self.gauge(named("hostler_database_up", **data), 1)
        self.gauge(named("hostler_database_connections", **data), 40)
        self.gauge(named("hostler_database_connections_allowed", **data), 200)
        self.gauge(named("hostler_database_oldest_transaction_seconds", **data), 2)

    # What happens to it

    def leads(self, host: str, start: float, end: float | None = None) -> Fleet:
        """Have apps write to a host with the data."""
        data = {"job": "node", "instance": host}
        self.gone(start, end, metric="hostler_replication_streams", instance=host)
        self.gone(start, end, metric="hostler_replication_lag_seconds", instance=host)
        self.gauge(named("hostler_database_primary", **data), 1, start, end)
        self.gauge(named("hostler_wal_waiting_files", **data), 0, start, end)
        self.clock(named("hostler_wal_archived_timestamp_seconds", **data), 60, start, end)
        return self

    def follows(self, host: str, start: float, end: float | None = None, streams: bool = True) -> Fleet:
        """Have a host with the data follow the other one, or have no more than the archive has."""
        data = {"job": "node", "instance": host}
        self.gone(start, end, metric="hostler_wal_waiting_files", instance=host)
        self.gone(start, end, metric="hostler_wal_archived_timestamp_seconds", instance=host)
        self.gauge(named("hostler_database_primary", **data), 0, start, end)
        self.gauge(named("hostler_replication_streams", **data), streams, start, end)
        self.gauge(named("hostler_replication_lag_seconds", **data), 1 if streams else None, start, end)
        return self

    def two(self) -> Fleet:
        """Have a second host with the data, which follows the first."""
        self._hosts((SECOND,))
        self._answers(SECOND)
        return self.follows(SECOND, 0)

    def stops(self, host: str, start: float, end: float | None = None) -> Fleet:
        """Have the PostgreSQL of a host not answer."""
        for part in ("database_primary", "database_connections", "database_connections_allowed", "database_oldest_transaction_seconds",
                     "replication_streams", "replication_lag_seconds", "wal_waiting_files", "wal_archived_timestamp_seconds"):  # fmt: skip
            self.gone(start, end, metric=f"hostler_{part}", instance=host)
        return self.gauge(named("hostler_database_up", job="node", instance=host), 0, start, end)

    def traffic(self, slot: str, start: float, end: float | None = None, share: float = 1, failed: float = 0, hosts: tuple[str, ...] = WEB,
                within: str = "0.1") -> Fleet:  # fmt: skip
        """Have a slot answer a share of all requests: so many of them with a 5xx, each within a bound."""
        for balancer in BALANCERS:
            backend = named("haproxy_backend_http_requests_total", job="haproxy", instance=balancer, app=APP, slot=slot)
            self.counter(backend, RATE * share, start, end)
            for web in WEB:
                rate = RATE * share / len(hosts) if web in hosts else 0
                own = {"job": "requests", "instance": balancer, "app": APP, "slot": slot, "host": web}
                self.counter(named("hostler_requests_total", **own, code="2xx"), rate * (1 - failed), start, end)
                self.counter(named("hostler_requests_total", **own, code="5xx"), rate * failed, start, end)
                for bound in BOUNDS:
                    reached = BOUNDS.index(bound) >= BOUNDS.index(within)
                    self.counter(named("hostler_request_duration_seconds_bucket", **own, le=bound), rate * reached, start, end)
        return self

    def refused(self, start: float, end: float | None = None, share: float = 1, slot: str = "") -> Fleet:
        """Have balancers themselves answer a share of requests with 503; those that were to go to a slot, where one is given."""
        for balancer in BALANCERS:
            own = {"job": "requests", "instance": balancer, "app": APP, "slot": slot, "host": ""}
            self.counter(named("hostler_requests_total", **own, code="5xx"), RATE * share, start, end)
        return self

    def server(self, slot: str, web: str, state: str, start: float, end: float | None = None, balancers: tuple[str, ...] = BALANCERS,
               late: bool | None = None) -> Fleet:  # fmt: skip
        """Have balancers see a server in a state; in both backends, or in the one for who is late, or in the other."""
        for name in self.match(metric="haproxy_server_status", slot=slot, host=web):
            is_late = 'late="true"' in name
            if any(f'instance="{balancer}"' in name for balancer in balancers) and late in (None, is_late):
                self.gauge(name, f'state="{state}"' in name, start, end)
        return self

    def runs(self, slot: str, web: str, up: bool, start: float, end: float | None = None) -> Fleet:
        """Have a slot run on a web host or not, as the host and balancers see it."""
        self.server(slot, web, "UP" if up else "DOWN", start, end)
        self.gauge(named("hostler_slot_up", job="node", instance=web, app=APP, slot=slot, host=web), up, start + 0.25, end)
        return self

    def live(self, slot: str, start: float, balancers: tuple[str, ...] = BALANCERS) -> Fleet:
        """Have a slot be the live one; the hosts tell it some steps later, each when its facts are written."""
        for number, balancer in enumerate(balancers):
            for one in SLOTS:
                told = named("hostler_slot_live", job="node", instance=balancer, app=APP, slot=one)
                self.gauge(told, one == slot, start + 0.25 + 0.25 * number)
        return self

    def release(self, slot: str, release: str, start: float) -> Fleet:
        """Have a slot have another release, on balancers and web hosts."""
        for old in self.match(metric="hostler_slot_release_info", slot=slot):
            self.gauge(old, None, start)
        for host in BALANCERS:
            self.gauge(named("hostler_slot_release_info", job="node", instance=host, app=APP, slot=slot, release=release), 1, start)
        for host in WEB:
            own = {"job": "node", "instance": host, "app": APP, "slot": slot, "host": host}
            self.gauge(named("hostler_slot_release_info", **own, release=release), 1, start)
        return self

    def switch(self, to: str, start: float) -> Fleet:
        """Have a slot go live: the next request of each visitor is answered there."""
        self.traffic("blue" if to == "green" else "green", start, share=0)
        self.traffic(to, start)
        self.live(to, start)
        return self

    def deploy(self, start: float, canary: float = 0.1, cold: bool = False) -> float:
        """Deploy to the slot blue, with a canary; return the minute in which it is live."""
        for web in WEB:
            self.runs("blue", web, False, start, start + 1.5)
        self.release("blue", "c", start + 0.5)
        if canary:
            self.traffic("green", start + 2, start + 4, share=1 - canary)
            self.traffic("blue", start + 2, start + 4, share=canary)
        self.switch("blue", start + 4)
        if cold:
            for web in WEB:
                self.runs("green", web, False, start + 4)
        return start + 4

    def fail_deploy(self, start: float) -> Fleet:
        """Deploy what does not start: systemd tries on and on, then the standby gets back what it had."""
        for web in WEB:
            self.runs("blue", web, False, start, start + 2)
            own = {"job": "node", "instance": web, "app": APP, "slot": "blue", "host": web}
            self.counter(named("hostler_slot_restarts_total", **own), 0.5, start, start + 1.5)
        return self

    def maintenance(self, start: float, end: float, late: float = 0.5) -> Fleet:
        """Close the app: balancers answer 503, and its slots are stopped meanwhile; hosts tell it so many minutes later."""
        self.traffic("green", start, end, share=0)
        self.refused(start, end)
        for balancer in BALANCERS:
            told = named("hostler_maintenance", job="node", instance=balancer, app=APP)
            self.gauge(told, 1, start + late, end + late)
            self.gauge(named("probe_success", job="probe", app=APP, instance=balancer), 0, start, end + 0.25)
        for web in WEB:
            self.runs("green", web, False, start + 1, end - 1)
        return self

    def patch(self, web: str, start: float, reboot: float = 2, end: float = 8) -> Fleet:
        """Upgrade a web host out of rotation, for so many minutes, with a restart that takes so many."""
        others = tuple(host for host in WEB if host != web)
        for slot in SLOTS:
            self.server(slot, web, "MAINT", start, start + end)
        self.traffic("green", start, start + end, hosts=others)
        self.unreachable(web, start + 3, start + 3 + reboot)
        # Before its timer begins, it shows what was written before the restart
        facts = named("hostler_facts_timestamp_seconds", job="node", instance=web)
        self.gauge(facts, (start + 3) * 60, start + 3 + reboot, start + 3.5 + reboot)
        return self

    def patch_balancer(self, balancer: str, start: float, reboot: float = 2.5) -> Fleet:
        """Restart a balancer."""
        self.unreachable(balancer, start, start + reboot)
        self.gauge(named("probe_success", job="probe", app=APP, instance=balancer), 0, start, start + reboot + 0.25)
        facts = named("hostler_facts_timestamp_seconds", job="node", instance=balancer)
        self.gauge(facts, start * 60, start + reboot, start + reboot + 0.5)
        return self

    def patch_data(self, host: str, start: float, reboot: float = 2.5) -> Fleet:
        """Restart the host with the data, or the one that keeps backups, with which WAL waits meanwhile."""
        self.unreachable(host, start, start + reboot)
        facts = named("hostler_facts_timestamp_seconds", job="node", instance=host)
        self.gauge(facts, start * 60, start + reboot, start + reboot + 0.5)
        if host in (DATA, SECOND):
            # It answers before its network does, or a little later
            self.stops(host, start + reboot, start + reboot + 0.75)
        else:
            waiting = named("hostler_wal_waiting_files", job="node", instance=DATA)
            archived = named("hostler_wal_archived_timestamp_seconds", job="node", instance=DATA)
            self.gauge(waiting, 3, start + 1, start + reboot + 1)
            self.gauge(archived, start * 60, start, start + reboot + 1)
        return self

"""What is recorded each minute: the figures that the fleet's page shows of a week."""

from pathlib import Path

from tests.monitor.fleet import BALANCERS, WEB, Fleet, named
from tests.monitor.promtool import Watched


def fleet() -> Fleet:
    """Return a fleet with a canary under way, of whose requests a tenth fails, and with a file system that can be read alone."""
    one = Fleet(20)
    one.traffic("green", 0, share=0.9, within="0.5")
    one.traffic("blue", 0, share=0.1, failed=0.1, within="2.5")
    one.refused(0, share=0.01)
    for mode, rate in (("idle", 0.75), ("user", 0.25)):
        for cpu in ("0", "1"):
            one.counter(named("node_cpu_seconds_total", job="node", instance="web1", mode=mode, cpu=cpu), rate)
    disc = {"job": "node", "instance": "web1", "mountpoint": "/media", "fstype": "ext4", "device": "/dev/sr0"}
    for metric, value in (("avail_bytes", 0.0), ("size_bytes", 1e9), ("readonly", 1)):
        one.gauge(named(f"node_filesystem_{metric}", **disc), value)
    return one


APP = {"app": "hello"}
EACH = [{**APP, "host": host} for host in WEB]
INSTANCE = {"instance": "web1"}


FIGURES: list[tuple[str, list[tuple[dict[str, str], float]]]] = [
    ("slot:hostler_live:bool", [({**APP, "slot": "green"}, 1)]),
    ("app:hostler_requests:rate5m", [(APP, 20.2)]),
    ("app:hostler_errors:rate5m", [(APP, 0.4)]),
    ("slot:hostler_requests:rate5m", [({**APP, "slot": "blue"}, 2), ({**APP, "slot": "green"}, 18)]),
    ("slot:hostler_errors:rate5m", [({**APP, "slot": "blue"}, 0.2), ({**APP, "slot": "green"}, 0)]),
    ("host:hostler_requests:rate5m", [(labels, 10) for labels in EACH]),
    ("host:hostler_errors:rate5m", [(labels, 0.1) for labels in EACH]),
    ("app:hostler_latency_seconds:p50_5m", [(APP, 0.322)]),
    ("app:hostler_latency_seconds:p95_5m", [(APP, 1.75)]),
    ("app:hostler_latency_seconds:p99_5m", [(APP, 2.35)]),
    ("host:hostler_latency_seconds:p95_5m", [(labels, 1.75) for labels in EACH]),
    ("app:hostler_errors:ratio5m", [(APP, 0.02)]),
    # In its first minutes nothing counts that balancers answer by themselves
    ("app:hostler_errors:ratio1h", [(APP, 0.018)]),
    ("host:hostler_places_used:avg5m", [(labels, len(BALANCERS)) for labels in EACH]),
    ("host:hostler_places:avg5m", [(labels, 8) for labels in EACH]),
    ("host:hostler_places_used:ratio5m", [({"host": host}, len(BALANCERS) / 8) for host in WEB]),
    ("instance:node_cpu_busy:ratio5m", [(INSTANCE, 0.25)]),
    ('instance:node_memory_used:ratio{instance="web1"}', [(INSTANCE, 0.5)]),
    ('instance:node_disk_used:ratio{instance="web1"}', [(INSTANCE, 0.6)]),
]


def test_a_figure_is_what_it_says(tmp_path: Path) -> None:
    """To three digits: rates are worked out from counters that are read each 15 s, and what balancers answer by themselves comes later."""
    figures = [(f"round({record}, 0.001)", [(named("", **labels), value) for labels, value in found]) for record, found in FIGURES]
    Watched(fleet(), tmp_path, every=60).all_values(20, figures)


def test_no_quantile_is_recorded_where_nobody_asks(tmp_path: Path) -> None:
    one = Fleet(20)
    one.traffic("green", 0, share=0)
    Watched(one, tmp_path, every=60).values('{__name__=~".*:hostler_latency_seconds:.*"}', {20: []})


def test_errors_are_nothing_in_maintenance_and_again_after_it(tmp_path: Path) -> None:
    one = Fleet(40)
    one.maintenance(10, 20)
    watched = Watched(one, tmp_path, every=60)
    watched.values("app:hostler_errors:rate5m", {minute: [('app:hostler_errors:rate5m{app="hello"}', 0)] for minute in range(2, 40)})
    one.traffic("green", 30, failed=0.5)
    watched.values("app:hostler_errors:rate5m > bool 0", {40: [('{app="hello"}', 1)]})

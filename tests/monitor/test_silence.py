"""What happens on a fleet that is well is silent, without anybody having to say so beforehand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.monitor.fleet import APP, BALANCERS, DATA, HOSTS, KEEPER, MONITOR, SECOND, WEB, Fleet, named
from tests.monitor.promtool import Watched

Change = Callable[[Fleet], object]


def two_deploys(fleet: Fleet) -> None:
    """Deploy, and deploy again: the second stops what was live before."""
    live = fleet.deploy(5, canary=0)
    for web in WEB:
        fleet.runs("green", web, False, live + 6, live + 7.5)
    fleet.switch("green", live + 10)


def rolled_back(fleet: Fleet) -> None:
    """Deploy, then go back."""
    fleet.switch("green", fleet.deploy(5) + 3)


def patched(fleet: Fleet) -> None:
    """Upgrade one web host after the other, the second with a restart that takes long."""
    fleet.patch("web1", 5)
    fleet.patch("web2", 14, reboot=12, end=20)


def patched_balancers(fleet: Fleet) -> None:
    """Restart one balancer after the other."""
    fleet.patch_balancer("balancer1", 5)
    fleet.patch_balancer("balancer2", 12)


def patched_data(fleet: Fleet) -> None:
    """Restart who keeps backups, then the host with the data."""
    fleet.patch_data(KEEPER, 5)
    fleet.patch_data(DATA, 12)


def two_hosts(fleet: Fleet) -> None:
    """Have a host follow the one with the data; restart that, then the other one."""
    fleet.two()
    fleet.patch_data(SECOND, 5)
    fleet.patch_data(DATA, 12)
    fleet.follows(SECOND, 12, 15.25, streams=False)


def moved_data(fleet: Fleet) -> None:
    """Have apps write to the host that followed, in order, and back; the one that is left tells so a little later."""
    fleet.two()
    for start, former, to in ((5, DATA, SECOND), (20, SECOND, DATA)):
        fleet.stops(former, start, start + 1)
        fleet.leads(to, start + 0.5)
        fleet.follows(former, start + 1)
        fleet.gauge(named("hostler_database_up", job="node", instance=former), 1, start + 1)


def second_data(fleet: Fleet) -> None:
    """Add a host that follows: its data come for a quarter of an hour."""
    fleet.two()
    for name in fleet.match(instance=SECOND):
        fleet.series[name].steps[: fleet.at(5)] = [None] * fleet.at(5)
    for metric in ("hostler_database_up", "hostler_database_primary", "hostler_replication_streams"):
        fleet.gauge(named(metric, job="node", instance=SECOND), None, 5, 20)
    fleet.gauge(named("hostler_replication_unmade", job="node", instance=SECOND), 1, 5, 20)


def new_data(fleet: Fleet) -> None:
    """Have a database that is new: nothing was archived, no backup is whole, and no drill was made."""
    for metric in ("wal_archived_timestamp_seconds", "drill_failed", "drill_success_timestamp_seconds", "backup_first_timestamp_seconds"):
        fleet.gauge(fleet.match(metric=f"hostler_{metric}")[0], None)
    for name in fleet.match(metric="hostler_backup_timestamp_seconds"):
        fleet.gauge(name, None)
    fleet.gauge(fleet.match(metric="hostler_backups")[0], 0)


def busy_data(fleet: Fleet) -> None:
    """Have much be written for some minutes, and nothing for an hour before."""
    fleet.gauge(fleet.match(metric="hostler_wal_archived_timestamp_seconds")[0], -1800, 0, 10)
    fleet.gauge(fleet.match(metric="hostler_wal_waiting_files")[0], 150, 10.25, 18)


def failed_deploys(fleet: Fleet) -> None:
    """Deploy what does not start, twice; then what does."""
    fleet.fail_deploy(5)
    fleet.fail_deploy(8)
    fleet.deploy(11)


def restarted(fleet: Fleet) -> None:
    """Restart HAProxy everywhere at once: its counters begin anew."""
    for balancer in BALANCERS:
        fleet.gone(10, 10.25, job="haproxy", instance=balancer)


def left(fleet: Fleet) -> None:
    """Take a web host out of the inventory."""
    fleet.patch("web2", 5, reboot=0, end=1)
    for web in ("web2",):
        for name in [*fleet.match(instance=web), *fleet.match(host=web)]:
            fleet.series[name].steps[fleet.at(6) :] = [None] * (fleet.count - fleet.at(6))


def joined(fleet: Fleet) -> None:
    """Add a web host: balancers know it four minutes before it runs the live release."""
    for name in [*fleet.match(instance="web2"), *fleet.match(host="web2")]:
        fleet.series[name].steps[: fleet.at(5)] = [None] * fleet.at(5)
    fleet.server("green", "web2", "DOWN", 5, 9)
    fleet.server("blue", "web2", "DOWN", 5)
    fleet.gauge(named("hostler_slot_up", job="node", instance="web2", app=APP, slot="blue", host="web2"), None)


def first_deploy(fleet: Fleet) -> None:
    """Have balancers answer 503 for an app until, after ten minutes, its first release is live."""
    for name in [*fleet.match(metric="hostler_slot_release_info"), *fleet.match(metric="hostler_slot_up")]:
        fleet.gauge(name, None, 0, 10)
    for web in WEB:
        fleet.server("green", web, "DOWN", 0, 9.5)
    fleet.traffic("green", 0, 10, share=0)
    fleet.refused(0, 10, slot="green")
    for balancer in BALANCERS:
        fleet.gauge(named("probe_success", job="probe", app=APP, instance=balancer), 0, 0, 10)


def quiet(fleet: Fleet) -> None:
    """Have no visitor at all but the monitor."""
    fleet.traffic("green", 0, share=0)
    for balancer in BALANCERS:
        fleet.counter(named("hostler_request_lines_total", job="requests", instance=balancer), 0.07)


def cold(fleet: Fleet) -> None:
    """Deploy an app whose standby is stopped at the switch, before hosts have told of it."""
    fleet.deploy(5, cold=True)
    for name in fleet.match(metric="hostler_slot_release_info", slot="green"):
        fleet.gauge(name, None, 9.5)


@pytest.mark.parametrize(
    "change",
    [
        lambda fleet: None,
        lambda fleet: fleet.deploy(5),
        two_deploys,
        rolled_back,
        failed_deploys,
        cold,
        patched,
        patched_balancers,
        patched_data,
        lambda fleet: fleet.two(),
        two_hosts,
        moved_data,
        second_data,
        new_data,
        busy_data,
        lambda fleet: fleet.maintenance(6, 20),
        lambda fleet: (fleet.maintenance(5, 8), fleet.maintenance(12, 15)),
        lambda fleet: fleet.maintenance(3, 20, late=1),
        restarted,
        left,
        joined,
        first_deploy,
        quiet,
    ],
    ids=[
        "nothing",
        "a deploy with a canary",
        "two deploys",
        "a rollback",
        "deploys that fail",
        "a cold standby",
        "patch.yml",
        "patch.yml of balancers",
        "patch.yml of the data",
        "a host that follows",
        "patch.yml of two hosts with the data",
        "failover.yml, and back",
        "a second host with the data",
        "new data",
        "busy data",
        "maintenance.yml",
        "maintenance.yml twice",
        "maintenance.yml of a young app, told late",
        "a restart of HAProxy",
        "a host that leaves",
        "a host that joins",
        "a first deploy",
        "no visitors",
    ],
)
def test_nothing_fires(change: Change, tmp_path: Path) -> None:
    """Looked at more often than rules are really worked out, so that no moment of it is passed over."""
    fleet = Fleet(40)
    change(fleet)
    Watched(fleet, tmp_path).silent(minute / 2 for minute in range(81))


def test_nothing_fires_where_nothing_was_deployed_yet(tmp_path: Path) -> None:
    """Hosts are there, and an app: with no release, no server up, and a page that says so to whoever asks."""
    fleet = Fleet(40)
    for name in [*fleet.match(metric="hostler_slot_release_info"), *fleet.match(metric="hostler_slot_up")]:
        fleet.gauge(name, None)
    for web in WEB:
        for slot in ("blue", "green"):
            fleet.server(slot, web, "DOWN", 0)
    fleet.traffic("green", 0, share=0)
    for balancer in BALANCERS:
        fleet.gauge(named("probe_success", job="probe", app=APP, instance=balancer), 0)
    fleet.refused(0, slot="green")
    Watched(fleet, tmp_path).silent(range(41))


def test_nothing_fires_while_a_fleet_is_built(tmp_path: Path) -> None:
    """The monitor is the first to be there; hosts, balancers and the app come while site.yml runs, for ten minutes."""
    fleet = Fleet(40)
    for number, host in enumerate(host for host in HOSTS if host != MONITOR):
        for name in fleet.match(instance=host):
            first = fleet.at(2 + 2 * number)
            fleet.series[name].steps[:first] = [None] * first
    Watched(fleet, tmp_path).silent(range(41))

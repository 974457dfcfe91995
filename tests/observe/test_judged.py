"""One judge: what Prometheus knows of a fleet is judged as status.yml judges it, in the same sentences."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS
from ansible_collections.hostler.fleet.plugins.module_utils.observe.judged import QUESTION, Series, Watched, alone, judged
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer, answers
from tests.shared.judged import DRIFTS, HOLDER, LIVE, NEW, OLD, TWO, Fleet, map_line, never_deployed

AT = datetime.fromisoformat("2026-11-22T17:00:00Z")
NOW = AT.timestamp()
# What is asked of a host itself, and told by no series
STATUS_ALONE = {
    "another release answers",
    "former secrets are held",
    "unwell",
    "a firewall differs",
    "a file differs",
    "a release was changed",
    "a web host is away",
    "a balancer is away",
    "every host is away",
    # Of PostgreSQL, hosts tell nothing yet
    "PostgreSQL is down",
    "settings wait for a restart",
    "data of somebody else are in the way",
    "there is no PostgreSQL yet",
    "of PostgreSQL nothing can be told",
    "what has the data is away",
    "a file of the database differs",
    *TWO,
}
# How hosts that no visitor comes to are called here, by what they are
BESIDE = {"database": "db", "backup": "backup"}
# Where nobody asked the host, and HAProxy's exporter has no words of why
LESS = {
    "well, but not for a balancer": [f"balancer2: {LIVE} is not up on web1: DOWN."],
    # What it differs from, the inventory has
    "a change was not brought in, and differs by now": [
        "balancer1: the change of /etc/haproxy/haproxy.cfg is in place, and not brought in yet; run site.yml."
    ],
    "not known to a balancer": [f"balancer2: {LIVE} is not up on web1: not in HAProxy's configuration."],
}


def one(name: str, value: float, **labels: str) -> Series:
    """Return a series; to Prometheus an empty label is none."""
    return Series({"__name__": name, **{label: text for label, text in labels.items() if text}}, value)


def of_balancer(host: str, said: Any) -> Iterator[Series]:
    """Yield what a balancer tells, and its HAProxy."""
    entries = said["entries"]
    live = slots.live(entries)
    for app in slots.apps(entries):
        yield one("hostler_app_turn", slots.turn_of(entries, app), instance=host, app=app)
        for slot in SLOTS:
            yield one("hostler_slot_live", app in live and live[app].slot == slot, instance=host, app=app, slot=slot)
            if release := slots.release_in(entries, app, slot):
                yield one("hostler_slot_release_info", 1, instance=host, app=app, slot=slot, release=release)
    for peer, wrong in (said["peers"] or {}).items():
        yield one("hostler_peer_silent", bool(wrong), instance=host, peer=peer)
    if said["holder"]:
        yield one("hostler_lock_since_timestamp_seconds", NOW - 60, instance=host)
    yield one("up", said["runs"], job="haproxy", instance=host)
    for name, servers in said["servers"].items():
        app, _, slot = name.rpartition("_")
        for web, wrong in servers.items():
            at = {"instance": host, "app": app, "slot": slot, "host": web}
            for state in ("UP", "MAINT", "DRAIN"):
                yield one("haproxy_server_status", (wrong.split(",")[0] or "UP") == state, **at, state=state)
            load = said["loads"].get(name, {}).get(web, {"used": 0, "places": 16})
            yield one("haproxy_server_current_sessions", load["used"], **at)
            yield one("haproxy_server_limit_sessions", 16, **at)


def of_web(host: str, said: Any) -> Iterator[Series]:
    """Yield what a web host tells."""
    for app, found in said["apps"].items():
        for slot, row in found.items():
            at = {"app": app, "slot": slot, "host": host, "instance": host}
            up = row["active"] == "active"
            yield one("hostler_slot_up", up, **at)
            if not up:
                yield one("hostler_slot_state_info", 1, **at, active=row["active"])
            if row["release"]:
                yield one("hostler_slot_release_info", 1, **at, release=row["release"])
            # Those of the standby's release are not wanted, whatever that has
            for unit in said["units"][app]:
                told = {key: str(unit[key]).lower() for key in ("once", "changed")}
                told |= {key: unit[key] for key in ("kind", "release", "active", "result")}
                yield one(
                    "hostler_app_unit_info", 1, **at, **told, unit=unit["name"], wanted=str(unit["wanted"] and slot == "green").lower()
                )


def of_nobody(_: str, __: Any) -> Iterator[Series]:
    """Yield what a host tells that has no app and no visitors."""
    yield from ()


def series(fleet: Fleet, told: float = NOW - 20) -> list[Series]:
    """Return all that is told of a fleet."""
    found = []
    beside = {role: {host: said for host, said in fleet.beside.items() if host.startswith(name)} for role, name in BESIDE.items()}
    kinds = (("balancer", fleet.balancers, of_balancer), ("web", fleet.web, of_web), *((role, beside[role], of_nobody) for role in BESIDE))
    for role, hosts, of in kinds:
        for host, said in hosts.items():
            found.append(one("instance:hostler_alive:bool", answers(said), instance=host))
            if answers(said):
                found += [
                    one("hostler_host_info", 1, instance=host, role=role),
                    one("hostler_facts_timestamp_seconds", told, instance=host),
                ]
                found += of(host, said)
                found += [one("hostler_drift_file", 1, instance=host, path=path) for path in fleet.drift.get(host, [])]
                waiting = (path for paths in fleet.pending.get(host, {}).values() for path in paths)
                found += [one("hostler_pending_file", 1, instance=host, path=path) for path in waiting]
    return found


def watched(fleet: Fleet) -> Watched:
    """Return what is known of it by the inventory."""
    return Watched(["hello"], ["hello"] if fleet.app.standby == "cold" else [], list(fleet.web))


def seen(fleet: Fleet) -> list[str]:
    """Return the problems that the page shows of a fleet."""
    found = []
    for host, said in fleet.balancers.items():
        if answers(said):
            of = Balancer.of(said)
            # What `observe/balancer.py` fills in
            own = {"wrong": of.wrong, "differ": of.differ, "certificates": of.certificates, "renewals": of.renewals}
            found += alone(host, Balancer.known(of.entries, of.runs, **own), [fleet.app], AT)
    return found + judged(series(fleet), watched(fleet), NOW)[0]


@pytest.mark.parametrize("what", DRIFTS)
def test_a_drift_is_judged_as_status_judges_it(what: str) -> None:
    change, said = DRIFTS[what]
    fleet = Fleet()
    change(fleet)
    assert fleet.judged().problems == said
    assert sorted(seen(fleet)) == sorted([] if what in STATUS_ALONE else LESS.get(what, said))


@pytest.mark.parametrize("fleet", [Fleet(), never_deployed()], ids=["well", "never deployed"])
def test_what_is_no_drift_has_no_problem(fleet: Fleet) -> None:
    assert seen(fleet) == []


def silent_peer(fleet: Fleet) -> None:
    fleet.balancers["balancer1"].update(peers={"balancer2": "it is silent"})


def at_work(fleet: Fleet) -> None:
    """As patch.yml does it."""
    for said in fleet.balancers.values():
        said["holder"] = HOLDER
        for servers in said["servers"].values():
            servers.update(web1="MAINT, last check")


@pytest.mark.parametrize("change", [silent_peer, at_work])
def test_what_hangs_on_several_hosts_is_judged_alike(change: Callable[[Fleet], None]) -> None:
    fleet = Fleet()
    change(fleet)
    assert seen(fleet) == fleet.judged().problems


def test_what_runs_once_is_the_first_host_of_the_inventory_s() -> None:
    """Whatever it is called."""
    fleet = Fleet()
    fleet.web = {"web2": fleet.web["web1"], "web1": fleet.web["web2"]}
    assert seen(fleet) == fleet.judged().problems == []


def test_of_a_host_that_has_the_live_release_in_no_slot_jobs_and_workers_are_not_judged() -> None:
    """What that release would have there is not told; that it is not there, is."""
    fleet = Fleet()
    for slot in fleet.web["web2"]["apps"]["hello"].values():
        slot.update(release=OLD)
    fleet.unit("web2", "mail").update(release=OLD, wanted=False)
    assert seen(fleet) == [f"web2: {LIVE} links {OLD}, and the map names {NEW}; run site.yml."]


def test_a_host_that_was_taken_out_by_a_run_at_work_is_no_problem() -> None:
    fleet = Fleet()
    at_work(fleet)
    assert seen(fleet) == []


def test_of_a_host_whose_facts_are_old_nothing_is_told() -> None:
    fleet = Fleet()
    fleet.web["web2"]["apps"]["hello"]["green"].update(release=OLD)
    assert judged(series(fleet), watched(fleet), NOW)[0] != []
    assert judged(series(fleet, NOW - 120), watched(fleet), NOW)[0] == []


def test_of_a_switch_that_one_balancer_has_told_already_the_other_is_behind_and_nothing_contradicts() -> None:
    """Which is over before it lasts. Jobs and workers follow later, and no word is said of it, for the run is at work."""
    fleet = Fleet()
    for said in fleet.balancers.values():
        said["holder"] = HOLDER
    for key, value in {"hello": "blue", "hello/turn": "5"}.items():
        map_line(fleet.balancers["balancer1"], key, value)
    assert seen(fleet) == ["balancer2 is behind: it lacks lines of the map that others have; run site.yml."]


def test_places_that_are_nearly_all_in_use_are_a_warning() -> None:
    fleet = Fleet()
    for load in fleet.balancers["balancer2"]["loads"]["hello_green"].values():
        load["used"] = 15
    problems, warnings = judged(series(fleet), watched(fleet), NOW)
    assert (problems, warnings) == ([], fleet.judged().warnings)
    assert warnings[0].startswith("balancer2: 30 of the 32 places of hello are in use")


def test_what_is_asked_has_all_that_is_judged_by() -> None:
    names = {one.labels["__name__"] for one in series(Fleet())}
    fleet = Fleet()
    at_work(fleet)
    silent_peer(fleet)
    fleet.web["web1"]["apps"]["hello"]["blue"].update(active="failed")
    fleet.drift["web1"].append("/etc/own")
    fleet.pending["web1"]["commands"] = ["/etc/own"]
    names |= {one.labels["__name__"] for one in series(fleet)}
    asked = QUESTION.partition('"')[2].partition('"')[0].split("|")
    assert names == set(asked)

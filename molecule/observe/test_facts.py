"""What hosts tell of themselves: each value follows what is truly so, within a round of the program or two."""

from __future__ import annotations

import re
import time

import pytest
from fleet import BALANCERS, WEB, Begun, on, play, site, slots, until

FACTS = "/var/lib/prometheus/node-exporter/hostler.prom"
LINE = re.compile(r"^(hostler_\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
SECONDS = 40  # two rounds of 15, on a machine that is busy
HOSTS = (*BALANCERS, *WEB)  # waited for together, where a round of one is a round of all


def told(host: str) -> dict[tuple[str, str], float]:
    """Return what a host tells: each value by the metric's name and its labels as they are written."""
    return {(name, labels): float(value) for name, labels, value in LINE.findall(on(host, f"cat {FACTS}"))}


def value(host: str, name: str, labels: str = "") -> float | None:
    """Return one value; None where it is not told."""
    return told(host).get((name, labels))


def comes(host: str, name: str, expected: float | None, labels: str = "") -> bool:
    """Wait until a value is this one."""
    return until(lambda: value(host, name, labels) == expected, SECONDS)


def test_every_host_tells_and_nothing_of_it_is_missing() -> None:
    for host in HOSTS:
        assert until(lambda host=host: (value(host, "hostler_facts_timestamp_seconds") or 0) > time.time() - 20, SECONDS), host  # type: ignore[misc]
        found = told(host)
        assert {labels for (name, labels), wrong in found.items() if name == "hostler_facts_failed" and wrong} == set(), host
        role = "balancer" if host in BALANCERS else "web"
        assert found["hostler_host_info", f'role="{role}"'] == 1
        assert found["hostler_drift_files", ""] == 0, on(host, "journalctl -u hostler-facts -o cat --no-pager -n 20")
        assert on(host, f"stat -c %a:%U {FACTS}").strip() == "644:root"


def test_the_program_is_shut_in_and_says_nothing_while_all_is_well() -> None:
    for host in HOSTS:
        exposed = float(
            re.findall(r"([\d.]+) \w+ \S+$", on(host, "systemd-analyze security --no-pager hostler-facts | tail -1").strip())[0]
        )
        assert exposed <= 2.0
    said = "journalctl -u hostler-facts -o cat --no-pager | wc -l"
    before = {host: (on(host, said), value(host, "hostler_facts_timestamp_seconds")) for host in HOSTS}
    for host, (lines, first) in before.items():
        assert until(lambda host=host, first=first: value(host, "hostler_facts_timestamp_seconds") != first, SECONDS)  # type: ignore[misc]
        assert on(host, said) == lines


@pytest.mark.long
def test_a_journal_that_is_not_sent_is_told_for_as_long_as_it_is_not() -> None:
    name = "hostler_journal_unsent_seconds"
    for host in HOSTS:
        assert comes(host, name, 0), host
    try:
        for host in HOSTS:
            on(host, "systemctl stop systemd-journal-upload")
        for host in HOSTS:
            assert until(lambda host=host: (value(host, name) or 0) >= 10, SECONDS), host  # type: ignore[misc]
    finally:
        for host in HOSTS:
            on(host, "systemctl start systemd-journal-upload")
    for host in HOSTS:
        assert comes(host, name, 0), host


@pytest.mark.long
def test_a_deploy_and_the_switch_are_told_by_all_balancers() -> None:
    live, _ = slots("hello")
    standby = {"blue": "green", "green": "blue"}[live]
    play("deploy", app="hello", message="Facts").well()
    now, releases = slots("hello")
    assert now == standby
    for balancer in BALANCERS:
        assert comes(balancer, "hostler_slot_live", 1, f'app="hello",slot="{standby}"')
        assert comes(balancer, "hostler_slot_live", 0, f'app="hello",slot="{live}"')
        assert comes(balancer, "hostler_slot_release_info", 1, f'app="hello",slot="{standby}",release="{releases[standby]}"')
        events = [labels for name, labels in told(balancer) if name == "hostler_deploy_timestamp_seconds"]
        assert [one for one in events if f'verb="deploy",release="{releases[standby]}"' in one and 'outcome="switched"' in one]
    turns = {value(balancer, "hostler_app_turn", 'app="hello"') for balancer in BALANCERS}
    assert len(turns) == 1
    for host in WEB:
        assert comes(host, "hostler_slot_release_info", 1, f'app="hello",slot="{standby}",host="{host}",release="{releases[standby]}"')
        assert comes(host, "hostler_slot_up", 1, f'app="hello",slot="{live}",host="{host}"')


@pytest.mark.long
def test_maintenance_is_told() -> None:
    play("maintenance", app="ledger", state="on").well()
    try:
        for balancer in BALANCERS:
            assert comes(balancer, "hostler_maintenance", 1, 'app="ledger"')
            assert value(balancer, "hostler_maintenance", 'app="hello"') == 0
    finally:
        play("maintenance", app="ledger", state="off").well()
    for balancer in BALANCERS:
        assert comes(balancer, "hostler_maintenance", 0, 'app="ledger"')


@pytest.mark.long
def test_a_run_that_holds_the_lock_is_told_since_when() -> None:
    assert all(value(balancer, "hostler_lock_since_timestamp_seconds") is None for balancer in BALANCERS)
    began = time.time()
    run = Begun("deploy", "-e", "app=hello", message="Locked").until("Have every balancer see it up")
    run.lost()
    for balancer in BALANCERS:
        assert until(lambda balancer=balancer: value(balancer, "hostler_lock_since_timestamp_seconds") is not None, SECONDS)  # type: ignore[misc]
        assert began - 30 < (value(balancer, "hostler_lock_since_timestamp_seconds") or 0) < time.time() + 1
    play("deploy", app="hello", message="Locked").well()
    for balancer in BALANCERS:
        assert comes(balancer, "hostler_lock_since_timestamp_seconds", None)


@pytest.mark.long
def test_a_unit_that_fails_is_named_until_it_is_well() -> None:
    host = WEB[0]
    on(host, "systemd-run --quiet --unit=fails /bin/false; sleep 1")
    assert comes(host, "hostler_unit_failed", 1, 'unit="fails.service"')
    assert value(host, "hostler_failed_units") == 1
    on(host, "systemctl reset-failed fails")
    assert comes(host, "hostler_unit_failed", None, 'unit="fails.service"')
    assert value(host, "hostler_failed_units") == 0


@pytest.mark.long
def test_a_file_that_a_hand_changes_is_drift_until_site_yml_has_put_it_right() -> None:
    """Touched it is none."""
    files = {
        BALANCERS[0]: "/etc/haproxy/unavailable.html",
        BALANCERS[1]: "/usr/local/lib/hostler/ansible_collections/hostler/fleet/plugins/module_utils/model.py",
        WEB[0]: "/etc/systemd/system/hello@.service",
        WEB[1]: "/etc/hostler/facts.json",
    }
    began = time.time()
    for host, file in files.items():
        on(host, f"touch {file}")
    for host in files:
        assert until(lambda host=host: (value(host, "hostler_facts_timestamp_seconds") or 0) > began + 2, SECONDS)  # type: ignore[misc]
        assert value(host, "hostler_drift_files") == 0
    for host, file in files.items():
        on(host, f"echo '# by hand' >>{file}")
    for host, file in files.items():
        assert comes(host, "hostler_drift_files", 1)
        assert f"{file} is not as Hostler put it there" in on(host, "journalctl -u hostler-facts -o cat --no-pager -n 5")
    site().well()
    assert all(comes(host, "hostler_drift_files", 0) for host in files)


def test_workers_restarts_and_memory_are_the_slot_s_own() -> None:
    host = WEB[0]
    live, _ = slots("ledger")
    at = f'app="ledger",slot="{live}",host="{host}"'
    assert comes(host, "hostler_slot_workers", 2, at)
    assert 10e6 < (value(host, "hostler_slot_memory_bytes", at) or 0) < (value(host, "hostler_slot_memory_limit_bytes", at) or 0)
    assert value(host, "hostler_slot_memory_limit_bytes", at) == 256 * 2**20
    before = value(host, "hostler_slot_restarts_total", at) or 0
    on(host, f"kill -KILL $(systemctl show --property MainPID --value ledger@{live})")
    assert comes(host, "hostler_slot_restarts_total", before + 1, at)
    assert comes(host, "hostler_slot_workers", 2, at)
    assert comes(host, "hostler_slot_up", 1, at)


def test_what_is_spoilt_keeps_nothing_else_from_being_told() -> None:
    """HAProxy that is down, and a file that a hand has broken."""
    balancer = BALANCERS[0]
    on(balancer, "cp -p /var/lib/hostler/files.json /root/files.json; echo '{' >/var/lib/hostler/files.json; systemctl stop haproxy")
    try:
        for part in ("haproxy", "drift"):
            assert comes(balancer, "hostler_facts_failed", 1, f'part="{part}"')
        found = told(balancer)
        assert not {name for name, _ in found} & {"hostler_drift_files", "hostler_map_differs", "hostler_canary_percent"}
        assert {"hostler_slot_live", "hostler_failed_units", "hostler_app_turn"} <= {name for name, _ in found}
        said = on(balancer, "journalctl -u hostler-facts -o cat --no-pager")
        assert said.count("haproxy: cannot be told: HAProxy does not run") == 1
    finally:
        on(balancer, "cp -p /root/files.json /var/lib/hostler/files.json; systemctl start haproxy")
    for part in ("haproxy", "drift"):
        assert comes(balancer, "hostler_facts_failed", 0, f'part="{part}"')

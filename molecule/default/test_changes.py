"""Changes that an operator makes, while visitors come."""

import re
import shutil
from pathlib import Path

import pytest
from fleet import BALANCERS, INVENTORY, LAB, WEB, get, on, pids, runtime, site, slots, until, up, whole
from load import Tally
from steps import LEDGER, OTHER

ASKING = """
import ctypes
import sys

ctypes.CDLL("liblzo2.so.2")
try:
    open("/mnt/other/imported", "w")
except OSError as error:
    print(error, file=sys.stderr, flush=True)
"""
HOOKS = """
def post_fork(server, worker):
    with open("/mnt/media/forked", "a") as file:
        print(worker.pid, file=file)
"""


@pytest.mark.usefixtures("undisturbed")
def test_a_web_host_leaves_the_fleet_and_comes_back(tmp_path: Path) -> None:
    """A line less in the inventory, and a line more: the newcomer has the live release before it serves."""
    (tmp_path / "hosts.yml").write_text(re.sub(r".*web2:.*\n", "", (INVENTORY / "hosts.yml").read_text()))
    (tmp_path / "group_vars").symlink_to(INVENTORY / "group_vars")
    site(inventory=tmp_path, lab_dir=str(LAB), fleet_source_root=str(INVENTORY)).well()
    live, _ = slots("ledger")
    assert {frozenset(up(f"ledger_{live}", balancer)) for balancer in BALANCERS} == {frozenset({"web1"})}
    on("web2", "systemctl disable --now ledger@blue ledger@green hello@blue hello@green; rm -r /srv/ledger /srv/hello")
    site().well()
    assert until(lambda: whole("ledger"))
    assert {get("ledger.example.org", "/tell").json["host"] for _ in range(8)} == set(WEB)


@pytest.mark.usefixtures("undisturbed")
def test_what_is_changed_goes_live_by_the_switch_and_the_old_release_stays_warm() -> None:
    """One run, no failed request, and the release that was live goes on running in its slot. The number of processes is part of the
    release too, and of what the balancers send.
    """
    (live, before), old = slots("ledger"), pids("ledger", slots("ledger")[0])
    site(tricky="another value", message="Another message", ledger_processes=3).well()
    now, after = slots("ledger")
    assert (now, after[live]) == (OTHER[live], before[live])
    assert after[now] != before[live]
    assert get("ledger.example.org", "/tell").json["tricky"] == "another value"
    assert get("hello.example.org").part("message") == "Another message"
    assert pids("ledger", live) == old
    assert "0" not in old.values()
    for host, main in pids("ledger", now).items():
        assert len(on(host, f"pgrep --parent {main}").split()) == 3
    assert f"ledger_{now} " in runtime("balancer1", f"show servers conn ledger_{now}").replace("/", " ")
    assert "maxconn 12" in on("balancer1", "cat /etc/haproxy/haproxy.cfg")


@pytest.mark.usefixtures("undisturbed")
def test_the_way_back_is_the_switch_alone() -> None:
    """The old values give the old id, which is still warm: no process is started or stopped for it."""
    running = {slot: pids("ledger", slot) for slot in OTHER}
    live, releases = slots("ledger")
    site().well()
    assert slots("ledger") == (OTHER[live], releases)
    assert {slot: pids("ledger", slot) for slot in OTHER} == running


@pytest.mark.usefixtures("undisturbed")
def test_what_an_app_asks_of_its_hosts_is_there(tmp_path: Path) -> None:
    """A library of the system, which its import needs, a folder of its own, and hooks of Gunicorn; what it did not ask for stays closed."""
    source = tmp_path / "ledger"
    shutil.copytree(LEDGER, source)
    with (source / "ledger.py").open("a") as module:
        module.write(ASKING)
    (source / "hooks.py").write_text(HOOKS)
    for host in WEB:
        on(host, "install -d -o ledger /mnt/media /mnt/other")
        assert "liblzo2" not in on(host, "ldconfig -p")
    asked: dict[str, object] = {"ledger_packages": ["liblzo2-2"], "ledger_gunicorn_hooks": "hooks.py", "ledger_writable": ["/mnt/media"]}
    site(ledger_source=str(source), **asked).well()
    live, _ = slots("ledger")
    for host, main in pids("ledger", live).items():
        workers = set(on(host, f"pgrep --parent {main}").split())
        assert set(on(host, "cat /mnt/media/forked").split()) >= workers
        assert on(host, "ls /mnt/other") == ""
        told = on(host, f"journalctl -u ledger@{live} --output cat --since -2min --no-pager")
        assert "Read-only file system: '/mnt/other/imported'" in told
    assert set(site(ledger_source=str(source), **asked).well().changed.values()) == {0}


@pytest.mark.usefixtures("undisturbed")
def test_a_host_name_taken_out_of_the_inventory_leaves_the_balancers() -> None:
    """Removal is a change as any other, by a reload that nobody notices; putting it back too."""
    site("--tags", "balancer", ledger_domains=["ledger.example.org"]).well()
    # For a while after a reload, the process of before may still take a new connection
    assert until(lambda: {get("www.ledger.example.org", "/tell", balancer).status for balancer in BALANCERS} == {404})
    site("--tags", "balancer").well()
    assert until(lambda: {get("www.ledger.example.org", "/tell", balancer).status for balancer in BALANCERS} == {200})


def test_reloads_lose_nothing(undisturbed: Tally) -> None:
    """Ten in a row on each balancer, as certificates and host names will ask for."""
    for _ in range(10):
        for balancer in BALANCERS:
            on(balancer, "systemctl reload haproxy")
    assert len(undisturbed.releases) == 1


def test_check_mode_tells_of_a_change_and_makes_none() -> None:
    """--check --diff says which lines would change, on the fleet as it is."""
    before = slots("ledger")
    run = site("--check", "--diff", tricky="a third value").well()
    assert all(run.changed[host] for host in WEB + BALANCERS)
    assert f"+ledger {OTHER[before[0]]}" in run.output
    assert "a third value" not in run.output
    assert slots("ledger") == before

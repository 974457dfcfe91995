"""Upgrades of the system, host after host, while visitors come; upgrades are due by a package of the tests' own."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fleet import ADDRESS, BALANCERS, WEB, Begun, on, pids, play, powered, slots, until, up, whole
from steps import locks

pytestmark = pytest.mark.long
FIRST, LAST = "web2", "web1"  # as the inventory has them
SOURCE = "/etc/apt/sources.list.d/hostler-probe.list"
FOLDER = "/opt/hostler-probe"
# Builds a package whose installation runs a command, and makes it what apt finds
BUILD = """
set -e
rm -rf {folder} && mkdir -p {folder}/package/DEBIAN && cd {folder}
cat > package/DEBIAN/control <<END
Package: hostler-probe
Version: {version}
Architecture: all
Maintainer: nobody
Description: probe
END
printf '#!/bin/sh\\n%s\\n' '{command}' > package/DEBIAN/postinst && chmod 755 package/DEBIAN/postinst
dpkg-deb --build --root-owner-group package probe.deb
cat package/DEBIAN/control > Packages
(stat --printf 'Filename: ./%n\\nSize: %s\\n' probe.deb; sha256sum probe.deb | sed 's/^/SHA256: /; s/ [^ ]*$//') >> Packages
echo 'deb [trusted=yes] file:{folder} ./' > {source}
"""


def offer(host: str, version: int, command: str = "true") -> None:
    """Have an upgrade be due on a host."""
    on(host, BUILD.format(folder=FOLDER, source=SOURCE, version=version, command=command))


def version(host: str) -> int:
    """Return which version of the package a host has."""
    return int(on(host, "dpkg-query --show --showformat '${Version}' hostler-probe"))


def booted(host: str) -> str:
    """Return what differs after each boot."""
    return on(host, "systemctl show --property=UserspaceTimestampMonotonic --value")


@pytest.fixture(scope="module", autouse=True)
def _upgradable() -> Iterator[None]:
    """Have every other upgrade done, and the first version of the package on all hosts."""
    play("patch").well()
    for host in ADDRESS:
        offer(host, 1)
        on(host, f"dpkg --install {FOLDER}/probe.deb")
    yield
    for host in ADDRESS:
        on(host, f"dpkg --purge hostler-probe; rm -rf {SOURCE} {FOLDER} /var/lib/ledger/sick; apt-get update")


@contextmanager
def power(host: str) -> Iterator[None]:
    """Start a host anew that has gone down, as the machine below a VM would; here a host cannot do so itself."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            powered(host)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def seen() -> dict[str, set[str]]:
    """Return the web hosts that the balancers see up in each slot, the standby too."""
    return {f"{slot} on {balancer}": up(f"ledger_{slot}", balancer) for slot in ("blue", "green") for balancer in BALANCERS}


@pytest.mark.usefixtures("undisturbed")
def test_hosts_are_upgraded_one_after_the_other_and_restarted_where_that_is_asked_for() -> None:
    """One host asks for a restart, the other's slots are started anew; what is live stays so."""
    live, before = slots("ledger"), seen()
    for host in WEB:
        offer(host, 2, "touch /run/reboot-required" if host == LAST else "true")
    check = play("patch", "--check").well()
    assert {f"{host}: 1 package (hostler-probe)." in check.output for host in WEB} == {True}
    assert ({version(host) for host in WEB}, set(check.changed.values())) == ({1}, {0})
    boots, processes = {host: booted(host) for host in WEB}, pids("ledger", live[0])
    with power(LAST):
        run = play("patch").well()
    assert {version(host) for host in WEB} == {2}
    assert {host for host in WEB if booted(host) != boots[host]} == {LAST}
    assert run.output.index(f"{FIRST}: upgraded (packages: 1);") < run.output.index(f"{LAST}: upgraded (packages: 1) and restarted;")
    assert pids("ledger", live[0])[FIRST] != processes[FIRST]
    assert (slots("ledger"), locks()) == (live, {""})
    assert until(lambda: seen() == before)


@pytest.mark.usefixtures("undisturbed")
def test_a_host_that_does_not_get_healthy_ends_the_run() -> None:
    """It gets no requests, and the others are not touched."""
    live = slots("ledger")[0]
    for host in WEB:
        offer(host, 3, "touch /var/lib/ledger/sick" if host == FIRST else "true")
    run = play("patch")
    said = " ".join(run.output.split())
    assert run.code != 0
    assert "is not healthy in the slot" in said
    told = said.partition("It gets no requests before it is healthy: ")[2].partition(".")[0]
    assert f"{FIRST} in ledger_{live}" in told.split(", ")
    assert f"{LAST} was not touched." in said
    assert ({host: version(host) for host in WEB}, locks()) == ({FIRST: 3, LAST: 2}, {""})
    assert {balancer: up(f"ledger_{live}", balancer) for balancer in BALANCERS} == {name: {LAST} for name in BALANCERS}
    on(FIRST, "rm /var/lib/ledger/sick")
    assert until(lambda: whole("ledger"))


@pytest.mark.usefixtures("undisturbed")
def test_a_run_that_is_killed_leaves_a_host_out_until_the_next() -> None:
    """Over a reload too, and status says so. The next run, of this or of any other verb, puts it back."""
    live = slots("ledger")[0]
    Begun("patch").until("patch_web | Upgrade its packages").kill(signal.SIGKILL)
    on("balancer1", "systemctl reload haproxy")
    assert {balancer: up(f"ledger_{live}", balancer) for balancer in BALANCERS} == {name: {FIRST} for name in BALANCERS}
    run = play("status")
    assert run.code != 0
    assert f"PROBLEM: balancer1: {LAST} is out of rotation in" in run.output
    play("patch").well()
    assert (version(LAST), locks()) == (3, {""})
    assert until(lambda: whole("ledger"))


def test_balancers_are_upgraded_where_that_is_said() -> None:
    """One after the other; one of them asks for a restart. What they know of the fleet stays, and the lock is given back."""
    kept = "cat /etc/haproxy/slots.map /var/lib/hostler/history.jsonl"
    for balancer in BALANCERS:
        offer(balancer, 2, "touch /run/reboot-required" if balancer == BALANCERS[0] else "true")
    knew = {balancer: on(balancer, kept) for balancer in BALANCERS}
    with power(BALANCERS[0]):
        play("patch", balancers=True).well()
    assert {version(balancer) for balancer in BALANCERS} == {2}
    assert ({balancer: on(balancer, kept) for balancer in BALANCERS}, locks()) == (knew, {""})
    assert until(lambda: whole("ledger"))

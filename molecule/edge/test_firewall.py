"""Who may come in to the hosts: strangers, neighbours, balancers, and above all who runs Hostler."""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest
from fleet import ADDRESS, BALANCERS, LAB, Begun, Run, dies, get, is_reached, on, play, powered, site, until, whole
from load import Tally

STRANGER = re.sub(r"\d+$", "77", ADDRESS["web1"])  # an address more, of no host of the fleet
OPEN = 7777
# From an address to a port each: which are open, and which say at least that nothing is there. Nothing at all is said of the others
SCAN = """\
import errno, json, select, socket, sys
source, target, scope, more = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
family = socket.AF_INET6 if ":" in target else socket.AF_INET
rest = (0, scope) if scope else ()
socks, found, poll = {}, {}, select.poll()
for port in sorted({*range(1, 1025), *more}):
    sock = socket.socket(family)
    sock.setblocking(False)
    sock.bind((source, 0, *rest))
    found[port] = sock.connect_ex((target, port, *rest))
    socks[sock.fileno()] = port, sock
    poll.register(sock, select.POLLOUT)
while ready := poll.poll(1500):
    for number, _ in ready:
        port, sock = socks[number]
        found[port] = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        poll.unregister(sock)
print(json.dumps([[port for port, code in found.items() if code == wanted] for wanted in (0, errno.ECONNREFUSED)]))
"""
# It sends something to all who come, and is sent nothing
LISTENS = f"""\
import socket, threading, time
def feed(connection):
    while connection.send(b'.'): time.sleep(0.2)
server = socket.create_server(('::', {OPEN}), family=socket.AF_INET6, dualstack_ipv6=True)
while True: threading.Thread(target=feed, args=server.accept()[:1], daemon=True).start()
"""
RULE = {"why": "a lock-out", "lines": ["ip saddr 192.0.2.1 tcp dport 22 accept", "tcp dport { 80, 443, 840, 5001-5012 } accept"]}
NOBODY = {when: {"rules": [RULE], "note": "# Balancers:"} for when in ("wanted", "meanwhile")}
LOCKED_OUT = "No new connection comes in through the new firewall, so all is as it was before: "


def local(host: str) -> tuple[str, int]:
    """Return a host's own address on the lab's network by IPv6, and the number of its card there."""
    card = json.loads(on(host, "ip -json -6 address show scope link dev eth0"))[0]
    return str(card["addr_info"][0]["local"]), int(card["ifindex"])


def scan(target: str, source: str, scope: int = 0) -> tuple[set[int], set[int]]:
    """Return which ports of an address are open to web1, by the address that it comes from, and which say that nothing is there."""
    listed = json.dumps([OPEN, 5001, 5002, 5011, 5012, 8404])
    found, refused = json.loads(on("web1", f"ulimit -n 4096; python3 - {source} {target} {scope} '{listed}'", SCAN))
    return set(found), set(refused)


def reached_anew(host: str) -> bool:
    """Tell whether a host lets a new connection in; one that is open already would hide that it does not."""
    options = ("ControlPath=none", "BatchMode=yes", "ConnectTimeout=2", f'UserKnownHostsFile="{LAB}/known_hosts"')
    command = ["ssh", "-i", str(LAB / "id_ed25519"), *(f"-o{option}" for option in options), f"ops@{ADDRESS[host]}", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def heard() -> int:
    """Return how much web2 has heard of web1."""
    return int(on("web2", "stat -c %s /run/heard 2>/dev/null || echo 0"))


def table(host: str) -> str:
    """Return our table as the kernel of a host has it; empty for none."""
    return on(host, "nft --stateless list table inet hostler 2>/dev/null || true")


@pytest.fixture(scope="module", autouse=True)
def stranger() -> Iterator[None]:
    """Give web1 an address of a stranger; and each host something that listens to all, as what somebody has installed there."""
    on("web1", f"ip address add {STRANGER}/24 dev eth0")
    for host in ADDRESS:
        on(host, f'systemd-run --quiet --unit=listens python3 -c "{LISTENS}"')
    yield
    on("web1", f"ip address delete {STRANGER}/24 dev eth0")
    for host in ADDRESS:
        on(host, "systemctl stop listens || true")


@pytest.mark.parametrize("host", [*BALANCERS, "web2"])
def test_strangers_find_visitors_ports_and_sshd_alone(host: str) -> None:
    """By IPv4 and by IPv6; where nobody is let in, nothing is said."""
    ports = {80, 443} if host in BALANCERS else set()
    source, scope = local("web1")
    for found, refused in (scan(ADDRESS[host], STRANGER), scan(local(host)[0], source, scope)):
        assert (found - {443}, refused - {443}) == ({22, *ports} - {443}, set())
        assert {*found, *refused} == {22, *ports}


def firewall(*options: str, **variables: object) -> Run:
    """Have the firewalls be as they are to be, and nothing else."""
    return site("--tags", "firewall", *options, **variables)


def test_a_neighbour_comes_to_no_app_and_balancers_do() -> None:
    assert scan(ADDRESS["web2"], ADDRESS["web1"]) == ({22}, set())
    # Nor to what balancers tell each other, which is heard from their addresses alone
    assert 840 not in scan(ADDRESS["balancer2"], ADDRESS["web1"])[0]
    assert until(lambda: whole("ledger") and whole("hello"))
    assert {get("hello.example.org", balancer=balancer).status for balancer in BALANCERS for _ in range(4)} == {200}


def test_hosts_answer_to_ping_with_large_packets_too() -> None:
    source, _ = local("web2")
    for address in (ADDRESS["web2"], f"{source}%eth0"):
        assert " 0% packet loss" in on("web1", f"ping -c 3 -i 0.2 -s 4000 {address}")


def test_a_host_that_comes_back_lets_in_whom_it_did() -> None:
    """Also at once after its power was cut: the rules are there before its network is."""
    before = table("balancer2")
    dies("balancer2")
    powered("balancer2")
    assert until(lambda: is_reached("balancer2"))
    assert (table("balancer2"), on("balancer2", "systemctl is-active hostler-firewall").strip()) == (before, "active")
    order = on("balancer2", "systemctl show --no-pager --property=Before,After hostler-firewall")
    assert re.search(r"^Before=.*network-pre\.target", order, re.MULTILINE)
    on("balancer2", f'systemd-run --quiet --unit=listens python3 -c "{LISTENS}"')
    assert until(lambda: whole("ledger"))


def test_who_would_be_left_outside_is_told_before_anything_is_touched() -> None:
    before = table("web1")
    run = site(firewall_ssh_from=["192.0.2.0/24"])
    assert (run.code != 0, set(run.changed.values())) == (True, {0})
    assert "firewall_ssh_from: to this host you come from " in run.output
    assert table("web1") == before


def test_a_firewall_that_locks_out_is_taken_back_by_the_run() -> None:
    """Over the connection that is open still, which hides nothing: a new one was tried."""
    before = {host: table(host) for host in ADDRESS}
    run = firewall(__firewall_checked=NOBODY)
    assert run.code != 0
    assert run.output.count(f"failed: {LOCKED_OUT}") == len(ADDRESS)
    assert "by the host itself" not in run.output
    assert {host: table(host) for host in ADDRESS} == before
    assert all(map(reached_anew, ADDRESS))


def test_a_host_takes_it_back_by_itself_where_the_run_is_gone() -> None:
    before = {host: table(host) for host in ADDRESS}
    begun = Begun("site", __firewall_checked=NOBODY).until("Keep strangers out")
    assert until(lambda: all("192.0.2.1" in table(host) for host in ADDRESS))
    assert not any(map(reached_anew, ADDRESS))
    begun.lost()
    assert until(lambda: all(map(reached_anew, ADDRESS)), 30)
    assert {host: table(host) for host in ADDRESS} == before
    assert {on(host, "grep -c 192.0.2.1 /etc/hostler/firewall.nft || true").strip() for host in ADDRESS} == {"0"}


@pytest.mark.long
def test_turned_off_nothing_is_left_and_turned_on_nobody_notices(request: pytest.FixtureRequest) -> None:
    """An operator's own table stays; what is open more is open to whom it is to be; and what a hand changes is found."""
    for host in ADDRESS:
        on(host, "nft 'table inet mine { chain in { type filter hook input priority 10; tcp dport 9 drop; }; }'")
    mine = on("web2", "nft list table inet mine")
    try:
        assert set(firewall(firewall_enabled=False).well().changed.values()) == {1}
        for host in ADDRESS:
            assert table(host) == on(host, "find /etc -name '*firewall*' -path '*hostler*'") == ""
        assert OPEN in scan(ADDRESS["web2"], STRANGER)[0]
        assert set(firewall(firewall_enabled=False).well().changed.values()) == {0}

        more = [{"port": OPEN, "from": [ADDRESS["web1"], local("web1")[0]]}]
        on("web2", f'systemd-run --quiet --unit=hears bash -c "exec cat </dev/tcp/{ADDRESS["web1"]}/{OPEN} >/run/heard"')
        assert until(lambda: heard() > 0)
        foreseen = firewall("--check", "--diff", firewall_open=more).well()
        assert (set(foreseen.changed.values()), table("web2")) == ({1}, "")
        assert foreseen.output.count("+table inet hostler {") >= 2
        undisturbed: Tally = request.getfixturevalue("undisturbed")
        assert set(firewall(firewall_open=more).well().changed.values()) == {1}
        assert undisturbed.sent > 0
        # What web2 had begun goes on, though it never says a word
        before = heard()
        assert until(lambda: heard() > before, 5)
        assert set(firewall(firewall_open=more).well().changed.values()) == {0}
        assert (OPEN in scan(ADDRESS["web2"], ADDRESS["web1"])[0], OPEN in scan(ADDRESS["web2"], STRANGER)[0]) == (True, False)
        source, scope = local("web1")
        assert OPEN in scan(local("web2")[0], source, scope)[0]
        assert {on(host, "nft list table inet mine") for host in ADDRESS} == {mine}
    finally:
        for host in ADDRESS:
            on(host, "nft delete table inet mine; systemctl stop hears 2>/dev/null || true")

    on("web2", "nft add rule inet hostler in accept")
    on("balancer1", "nft flush ruleset")
    said = play("status", firewall_open=more).output
    for host in ("web2", "balancer1"):
        assert f"{host}: table inet hostler differs from the inventory; run site.yml." in said
    assert said.count("differs from the inventory") == 2
    assert set(site("--tags", "firewall").well().changed.values()) == {1}
    assert all(str(OPEN) not in text and len(text.splitlines()) > 15 for text in map(table, ADDRESS))

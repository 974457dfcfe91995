"""The host that watches the others: whom it asks, who may ask, and that what it keeps can be lost."""

import base64
import json
import random
import time
from bisect import bisect_left
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from failing import less
from fleet import ADDRESS, BALANCERS, CLIENT, LAB, MONITORS, WEB, dies, get, is_reached, on, play, powered, site, until
from load import Secure

[MONITOR] = MONITORS
HOSTS = sorted(BALANCERS + WEB + MONITORS)
TLS = "/etc/ssl/hostler"
PAGE = "fleet.example.org"
# Of `open sesame`, by `openssl passwd -6`
HASH = "$6$saltsalt$e/5XKibXPLqVcfjpD.ouauaJrAOL5V0uo80Lt7n7EbRdRiCx3HbQ90yjOHr.G0T.mx79PEMRy8nmtr0qSYhQp1"
DOMAIN = {"domain": PAGE, "tls": "selfsigned", "allow": [CLIENT], "users": {"ops": HASH}}


def api(path: str) -> dict[str, object]:
    """Return what Prometheus answers."""
    fetch = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:9090{path}', timeout=10).read().decode())"
    return dict(json.loads(on(MONITOR, f'python3 -c "{fetch}"')))


def query(expression: str) -> dict[tuple[tuple[str, str], ...], float]:
    """Return the value of each series that an expression has now."""
    result = api(f"/api/v1/query?query={quote(expression)}")["data"]["result"]  # type: ignore[index]
    return {tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in result}


def down() -> dict[str, str]:
    """Return why each target that is not up is not."""
    targets = api("/api/v1/targets?state=active")["data"]["activeTargets"]  # type: ignore[index]
    assert targets
    return {f"{one['labels']['job']} {one['labels']['instance']}": one["lastError"] for one in targets if one["health"] != "up"}


def scrape(host: str, target: str, port: int = 9100, path: str = "metrics", shows: str = f"{TLS}/host.pem") -> str:
    """Return the status, or what is wrong, of asking for a target's figures from a host, with what it shows."""
    program = f"""
import ssl, urllib.request, urllib.error
context = ssl.create_default_context(cafile="{TLS}/ca.crt")
if "{shows}":
    context.load_cert_chain("{shows}")
try:
    print(urllib.request.urlopen("https://{ADDRESS[target]}:{port}/{path}", timeout=4, context=context).status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError as error:
    print(type(getattr(error, "reason", error)).__name__)
"""
    return on(host, "python3 -", program).strip()


def test_every_host_is_asked_and_answers() -> None:
    assert until(lambda: down() == {}, 90), down()
    jobs = {(one["labels"]["job"], one["labels"]["instance"]) for one in api("/api/v1/targets")["data"]["activeTargets"]}  # type: ignore[index]
    assert {host for job, host in jobs if job == "node"} == set(HOSTS)
    for job in ("haproxy", "requests", "probe"):
        assert {host for found, host in jobs if found == job} == set(BALANCERS)


@pytest.mark.parametrize("host", HOSTS)
def test_what_runs_for_it_is_in_a_sandbox(host: str) -> None:
    units = ["prometheus-node-exporter"]
    if host == MONITOR:
        units += ["prometheus", "prometheus-alertmanager", "prometheus-blackbox-exporter", "systemd-journal-remote", "haproxy"]
    else:
        units += ["systemd-journal-upload"]
    for unit in units:
        said = on(host, f"systemd-analyze security --no-pager {unit} | tail -n 1")
        assert float(said.split(": ")[1].split()[0]) <= 3.0, said


def test_figures_are_for_the_host_that_watches_alone() -> None:
    """The firewall keeps others out; who gets past it has to show a certificate of the fleet's."""
    assert scrape(MONITOR, "web1") == "200"
    assert scrape("web2", "web1") == "TimeoutError"
    assert scrape("balancer1", "web1") == "TimeoutError"
    assert scrape(MONITOR, "web1", shows="") != "200"
    assert scrape(MONITOR, "balancer1", 9101, "requests", shows="") != "200"
    for command in (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /run/s.key -out /run/s.crt -subj /CN=monitor1",
    ):
        on(MONITOR, f"{command} 2>/dev/null; cat /run/s.crt /run/s.key >/run/stranger.pem")
    assert scrape(MONITOR, "web1", shows="/run/stranger.pem") != "200"
    assert scrape(MONITOR, "balancer1", 9101, "requests", shows="/run/stranger.pem") != "200"
    on(MONITOR, "rm /run/s.crt /run/s.key /run/stranger.pem")


def test_nothing_of_it_is_heard_outside() -> None:
    listening = on(MONITOR, "ss -Htln | awk '{print $4}'").split()
    outside = {one.rpartition(":")[2] for one in listening if not one.startswith(("127.", "[::1]"))}
    assert outside == {"22", "9100", "19532"}


def test_keys_are_for_who_shows_them() -> None:
    for host in HOSTS:
        found = dict(line.split(" ", 1) for line in on(host, f"stat -c '%n %a:%U:%G' {TLS}/*").splitlines())
        group = "root" if host in WEB else "haproxy"
        assert found.pop(f"{TLS}/host.pem") == f"640:root:{group}"
        assert found.pop(f"{TLS}/ca.crt") == "644:root:root"
        assert found == ({f"{TLS}/authority.pem": "640:root:root"} if host == MONITOR else {})


def test_each_journal_is_a_file_of_the_host_that_wrote_it_whatever_it_says() -> None:
    """A host that says that it is another one does so in its own file."""
    mark = f"mark-{time.time()}"
    for host in WEB + BALANCERS:
        on(host, f"echo {mark} from {host} | systemd-cat -t marked")

    def arrived() -> dict[str, str]:
        each = f'journalctl --file $f --no-pager -o cat -t marked -g {mark} | sed "s|^|$f |"'
        text = on(MONITOR, f"for f in /var/log/journal/remote/*.journal; do {each}; done")
        return {line.split()[-1]: line.split()[0] for line in text.splitlines() if mark in line}

    assert until(lambda: set(arrived()) == set(WEB + BALANCERS), 60), arrived()
    assert len(set(arrived().values())) == len(WEB + BALANCERS)
    # With what web1 shows, a line of web2's
    forged = (
        "__REALTIME_TIMESTAMP=1795000000000000\\n__MONOTONIC_TIMESTAMP=1\\n_BOOT_ID=0123456789abcdef0123456789abcdef\\n_HOSTNAME=web2\\n"
    )
    forged += f"_MACHINE_ID=0123456789abcdef0123456789abcdef\\nMESSAGE=forged {mark} web2\\nSYSLOG_IDENTIFIER=marked\\n\\n"
    program = f"""
import http.client, ssl
context = ssl.create_default_context(cafile="{TLS}/ca.crt")
context.load_cert_chain("{TLS}/host.pem")
connection = http.client.HTTPSConnection("{ADDRESS[MONITOR]}", 19532, context=context, timeout=10)
connection.request("POST", "/upload", body=b"{forged}", headers={{"Content-Type": "application/vnd.fdo.journal"}})
print(connection.getresponse().status)
"""
    own = arrived()["web1"]
    assert on("web1", "python3 -", program).strip() == "202"
    assert until(lambda: f"forged {mark}" in on(MONITOR, f"journalctl --file {own} --no-pager -o cat -t marked || true"), 20)


def test_who_shows_nothing_tells_no_journal() -> None:
    program = f"""
import http.client, ssl
context = ssl.create_default_context(cafile="{TLS}/ca.crt")
connection = http.client.HTTPSConnection("{ADDRESS[MONITOR]}", 19532, context=context, timeout=10)
try:
    connection.request("POST", "/upload", body=b"MESSAGE=stranger", headers={{"Content-Type": "application/vnd.fdo.journal"}})
    print(connection.getresponse().status)
except OSError as error:
    print(type(error).__name__)
"""
    assert on("web1", "python3 -", program).strip() != "202"


def test_nothing_is_lost_while_the_host_that_watches_is_away() -> None:
    mark, count = f"outage-{int(time.time())}", 400
    on(MONITOR, "systemctl stop haproxy")
    try:
        on("web1", f"i=0; while [ $i -lt {count} ]; do echo {mark} $i; i=$((i+1)); done | systemd-cat -t marked")
        assert until(lambda: "auto-restart" in on("web1", "systemctl status --no-pager systemd-journal-upload || true"), 60)
    finally:
        on(MONITOR, "systemctl start haproxy")

    def lines() -> list[str]:
        return on(MONITOR, f"journalctl --merge --no-pager -o cat -t marked -g {mark} || true").splitlines()

    assert until(lambda: len(set(lines())) == count, 90), len(set(lines()))


@pytest.mark.long
def test_what_signs_may_be_lost() -> None:
    """All hosts get new certificates by the next run, and are asked with them."""
    before = on("web1", f"cat {TLS}/ca.crt")
    on(MONITOR, f"rm {TLS}/authority.pem")
    site().well()
    assert on("web1", f"cat {TLS}/ca.crt") != before
    assert until(lambda: down() == {}, 90), down()


@pytest.mark.long
def test_what_signs_is_not_made_anew_where_it_is_spoilt() -> None:
    on(MONITOR, f"cp -p {TLS}/authority.pem {TLS}/kept; echo no >{TLS}/authority.pem")
    try:
        run = site()
        assert run.code != 0
        assert "What signs for the fleet's hosts cannot be used: " in run.output
        assert "PRIVATE KEY" not in run.output
        assert set(run.changed.values()) <= {0}
    finally:
        on(MONITOR, f"mv {TLS}/kept {TLS}/authority.pem")


@pytest.mark.long
def test_status_tells_of_it_and_a_deploy_does_not_need_it() -> None:
    on(MONITOR, "echo >>/etc/prometheus/prometheus.yml")
    try:
        assert f"{MONITOR}: /etc/prometheus/prometheus.yml differs from the inventory" in play("status").output
    finally:
        site("--tags", "monitor").well()
    dies(MONITOR)
    try:
        assert play("deploy", message="While nobody watches").code == 0
        assert f"{MONITOR}: " in play("status").output
        play("rollback", app="hello").well()
    finally:
        powered(MONITOR)
    assert until(lambda: is_reached(MONITOR), 60)


def read(path: str, password: str, balancer: str) -> tuple[int, str]:
    """Return status and text of what this machine gets of the page by its domain."""
    connection = Secure(ADDRESS[balancer], PAGE, str(LAB / "authority/ca.crt"))
    known = {"Authorization": f"Basic {base64.b64encode(f'ops:{password}'.encode()).decode()}"} if password else {}
    connection.request("GET", path, headers={"Host": PAGE, **known})
    answer = connection.getresponse()
    try:
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def asks(host: str, target: str, port: int, shows: str = "") -> str:
    """Return the status, or what is wrong, of asking for the page from a host of the fleet, which says that it is this machine."""
    program = f"""
import http.client, ssl
context = ssl._create_unverified_context()
if "{shows}":
    context.load_cert_chain("{shows}")
connection = http.client.HTTPSConnection("{ADDRESS[target]}", {port}, context=context, timeout=4)
known = {{"X-Forwarded-For": "{CLIENT}", "Forwarded": "for={CLIENT}", "X-Real-IP": "{CLIENT}"}}
known["Authorization"] = "Basic {base64.b64encode(b"ops:open sesame").decode()}"
try:
    connection.request("GET", "/", headers={{"Host": "{PAGE}", **known}})
    print(connection.getresponse().status)
except OSError as error:
    print(type(error).__name__)
"""
    return on(host, "python3 -", program).strip()


@pytest.mark.long
def test_the_page_has_a_domain_while_somebody_says_so() -> None:
    """It is closed to who has no password, to who comes from elsewhere whatever he says, and past the balancers to everybody."""
    of_it = ("--tags", "firewall,observe,balancer,monitor")
    try:
        site(*of_it, monitor_page=DOMAIN).well()
        for balancer in BALANCERS:
            assert [read("/", password, balancer)[0] for password in ("", "wrong", "open sesame")] == [401, 401, 200]
            status, text = read("/api/v1/query?query=up", "open sesame", balancer)
            assert (status, json.loads(text)["status"]) == (200, "success")
            assert asks("web1", balancer, 443) == "403"
        assert asks("web1", MONITOR, 9081, f"{TLS}/host.pem") == "TimeoutError"
        assert asks(MONITOR, MONITOR, 9081, f"{TLS}/host.pem") == "403"
        assert asks("balancer1", MONITOR, 9081) == "SSLError"
        # No app's, no problem, and in no log
        secret = base64.b64encode(b"ops:open sesame").decode()
        for host in (*BALANCERS, MONITOR):
            read_all = "journalctl --no-pager -o verbose --since -5min -t haproxy"
            assert on(host, f"{read_all} | grep -c -e '{secret}' -e sesame -e saltsalt || true").strip() == "0", host
        lines = on("balancer1", "journalctl --no-pager -o json --since -5min -t haproxy -g observers_page").splitlines()
        assert {json.loads(line).get("APP") for line in lines} == {None}
        assert "PROBLEM" not in play("status", monitor_page=DOMAIN).output
    finally:
        site(*of_it).well()
    for balancer in BALANCERS:
        assert on(balancer, "ls /etc/haproxy/tls").split() == ["list"]
        assert on(balancer, f"grep -c -e {PAGE} -e 9081 /etc/haproxy/haproxy.cfg || true").strip() == "0"
        with pytest.raises(ConnectionRefusedError):
            read("/", "open sesame", balancer)
    left = "ls /etc/haproxy/users.cfg 2>/dev/null; ss -Htln | grep :9081; nft list table inet hostler | grep 9081"
    assert on(MONITOR, f"{left}; ps -o args= -C haproxy | grep users.cfg; true").strip() == ""


@pytest.fixture
def mended() -> Iterator[None]:
    """Have all be as the inventory has it afterwards."""
    yield
    site().well()


@pytest.mark.long
def test_a_fleet_that_is_watched_no_more_has_nothing_of_it_left(tmp_path: Path, mended: None) -> None:
    play("site", **less(tmp_path, MONITOR)).well()
    for host in WEB + BALANCERS:
        assert on(host, f"ls {TLS} 2>/dev/null || true").strip() == ""
        assert on(host, "systemctl is-active prometheus-node-exporter systemd-journal-upload || true").split() == ["inactive"] * 2
        assert "9100" not in on(host, "nft list table inet hostler")


def test_percentiles_are_those_that_visitors_measure() -> None:
    """To the bucket that they are in, or the one beside it: more a histogram does not know, and a visitor's time is longer by the way."""
    slept, rate = [0.03] * 180 + [0.15] * 90 + [0.7] * 24 + [1.4] * 6, 10
    random.Random(12).shuffle(slept)
    began = time.monotonic()

    def ask(number: int) -> float:
        # At a steady rate: the next is due when it is due, however long the last one took
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        start = time.monotonic()
        assert get("ledger.example.org", f"/slow?seconds={slept[number]}").status == 200
        return time.monotonic() - start

    with ThreadPoolExecutor(10) as visitors:
        taken = sorted(visitors.map(ask, range(len(slept))))
    counted = time.time() + 2
    series = 'hostler_request_duration_seconds_bucket{app="ledger",instance="balancer1"}'
    assert until(lambda: min(query(f"timestamp({series})").values(), default=0) > counted)
    bounds = sorted(float(dict(labels)["le"]) for labels in query(f"sum by (le) ({series})"))
    # From a round of Prometheus before the first
    window = f"{int(time.monotonic() - began) + 15}s"
    for share in (0.5, 0.95, 0.99):
        [seen] = query(f"histogram_quantile({share}, sum by (le) (increase({series}[{window}])))").values()
        measured = taken[int(share * len(taken))]
        assert abs(bisect_left(bounds, seen) - bisect_left(bounds, measured)) <= 1, (share, seen, measured)

"""Visitors by HTTPS: from plain HTTP to a certificate, through a deploy and another certificate, and back; and nobody notices more."""

import shlex
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fleet import ADDRESS, BALANCERS, CLIENT, LAB, Run, get, on, play, recorded, site, slots, until, whole
from load import Load, Secure
from steps import OTHER, deploy

SITE = "ledger.example.org"
AUTHORITY = LAB / "authority"
CA = str(AUTHORITY / "ca.crt")
# This machine, and a web host, stand before the balancers too
PROXIES = [{"from": CLIENT, "kind": "forwarded"}, {"from": ADDRESS["web1"], "kind": "proxy"}]
TLS: dict[str, object] = {"ledger_tls": "selfsigned", "ledger_domains": [SITE, f"www.{SITE}", f"*.{SITE}"]}
TLS |= {"balancer_trusted_proxies": PROXIES}


def secured(path: str, balancer: str, name: str = SITE) -> tuple[int, dict[str, str], bytes]:
    """Return the answer to a GET by HTTPS, of a site whose certificate is held against its name."""
    connection = Secure(ADDRESS[balancer], name, CA)
    connection.request("GET", path, headers={"Host": name})
    answer = connection.getresponse()
    try:
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def shaken(balancer: str, least: ssl.TLSVersion, most: ssl.TLSVersion, name: str = SITE) -> tuple[str | None, str | None, bytes | None]:
    """Shake hands; return the version, the protocol and the certificate."""
    trust = ssl.create_default_context(cafile=CA)
    trust.minimum_version, trust.maximum_version = least, most
    trust.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection((ADDRESS[balancer], 443), 5) as plain, trust.wrap_socket(plain, server_hostname=name) as sock:
        return sock.version(), sock.selected_alpn_protocol(), sock.getpeercert(binary_form=True)


@contextmanager
def by_http2(balancer: str, folder: Path, count: int = 12000) -> Iterator[list[str]]:
    """Have a client ask on one connection of HTTP/2, twenty times a second to the end; afterwards, give what came of each request."""
    told: list[str] = []
    command = ["curl", "--silent", "--show-error", "--http2", "--rate", "20/s", "--cacert", CA, "--max-time", "15"]
    command += ["--resolve", f"{SITE}:443:{ADDRESS[balancer]}", "--write-out", "%{http_code} %{http_version}\\n", "--output", "/dev/null"]
    with (folder / balancer).open("w+") as file:
        process = subprocess.Popen([*command, f"https://{SITE}/status?[1-{count}]"], stdout=file, stderr=subprocess.STDOUT)
        try:
            yield told
        finally:
            process.terminate()
            process.wait()
            file.seek(0)
            # The last one was cut short
            told += [line.strip() for line in file.read().splitlines()][:-1]


@pytest.fixture(scope="module", autouse=True)
def run() -> Iterator[Run]:
    """Have the ledger be served by HTTPS; and by HTTP alone in the end, as the inventory says."""
    yield site(**TLS).well()
    site("--tags", "firewall,balancer").well()
    assert {get(SITE, "/tell", balancer).status for balancer in BALANCERS} == {200}
    for balancer in BALANCERS:
        assert on(balancer, "ls /etc/haproxy/tls").split() == ["list"]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((ADDRESS[balancer], 443), 5)


@pytest.mark.parametrize("balancer", BALANCERS)
def test_who_comes_by_http_is_sent_to_https_and_served_there(balancer: str) -> None:
    """With what was asked for. The app knows it; a site without a certificate is as it was."""
    sent = get(f"{SITE}:80", "/tell?a=b&c=%20d", balancer)
    assert (sent.status, sent.headers["location"]) == (308, f"https://{SITE}/tell?a=b&c=%20d")
    status, headers, body = secured("/tell", balancer)
    assert status == 200
    assert b'"HTTP_X_FORWARDED_PROTO": "https"' in body
    assert "; Secure" in headers["set-cookie"]
    assert "strict-transport-security" not in headers
    assert get("hello.example.org", "/status", balancer).status == 200
    assert get("no.example.org", "/", balancer).status == 404


ASK = """
import socket, sys
with socket.create_connection((sys.argv[1], 80), 5) as sock:
    sock.sendall(sys.stdin.read().replace("\\n", "\\r\\n").encode())
    print(b"".join(iter(lambda: sock.recv(9999), b"")).decode())
"""


@pytest.mark.parametrize("balancer", BALANCERS)
def test_who_stands_before_the_balancers_is_believed_and_nobody_else(balancer: str) -> None:
    """The visitor is the last whom one of them names; he came by HTTPS if they say so, and is sent there if not."""

    def told(forwarded: str, **more: str) -> str:
        headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https", **more}
        return str(dict(get(SITE, "/tell", balancer, headers).json["headers"])["HTTP_X_FORWARDED_FOR"])  # type: ignore[call-overload]

    assert told("203.0.113.9") == "203.0.113.9"
    assert told("198.51.100.1, 203.0.113.9") == "203.0.113.9"
    assert told(f"198.51.100.1, 203.0.113.9, {CLIENT}") == "203.0.113.9"
    assert told("2001:db8::9") == "2001:db8::9"
    assert told("somebody") == CLIENT
    assert get(SITE, "/tell", balancer, {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}).status == 308
    page = "GET / HTTP/1.1\nHost: hello.example.org\nX-Forwarded-For: 198.51.100.1\nX-Forwarded-Proto: https\nConnection: close\n\n"
    visitors = {"web1": "203.0.113.8", "web2": ADDRESS["web2"]}
    for host, text in (("web1", f"PROXY TCP4 203.0.113.8 203.0.113.1 4711 80\n{page}"), ("web2", page)):
        answer = on(host, f"python3 -c {shlex.quote(ASK)} {ADDRESS[balancer]}", text)
        assert f">{visitors[host]}<" in answer
        assert "198.51.100.1" not in answer


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_wildcard_stands_for_one_label(balancer: str) -> None:
    """In the name that is asked for as in the certificate."""
    assert secured("/tell", balancer, f"any.{SITE}")[0] == 200
    assert get(f"any.{SITE}", "/tell", balancer).status == 308
    assert get(f"a.b.{SITE}", "/tell", balancer).status == 404


@pytest.mark.parametrize("balancer", BALANCERS)
def test_what_is_spoken_is_what_is_recommended(balancer: str) -> None:
    """On both of Debian's releases."""
    versions = ssl.TLSVersion
    assert shaken(balancer, versions.TLSv1_3, versions.TLSv1_3)[:2] == ("TLSv1.3", "h2")
    assert shaken(balancer, versions.TLSv1_2, versions.TLSv1_2)[:2] == ("TLSv1.2", "h2")
    old = ["curl", "--silent", "--show-error", "--tls-max", "1.1", "--tlsv1.0", "--ciphers", "DEFAULT@SECLEVEL=0", "--cacert", CA]
    told = subprocess.run(
        [*old, "--resolve", f"{SITE}:443:{ADDRESS[balancer]}", f"https://{SITE}/"], capture_output=True, text=True, check=False
    )
    assert "alert protocol version" in told.stderr
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for 'hello.example.org'"):
        shaken(balancer, versions.TLSv1_2, versions.TLSv1_3, "hello.example.org")


def test_http3_is_spoken_where_haproxy_has_it_and_its_reloads_are_noticed_by_nobody() -> None:
    """Browsers are told of it by the others; of an HAProxy that has it not, there is not a word.

    Asked by the balancer itself, whose curl has it: web1 begins connections by the PROXY protocol here.
    """
    told = {balancer: secured("/tell", balancer)[1].get("alt-svc") for balancer in BALANCERS}
    assert told == {"balancer1": 'h3=":443"; ma=86400', "balancer2": None}
    installs = "DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends curl >/dev/null"
    on("balancer1", f"{installs}; cat >/root/ca.crt", Path(CA).read_text())
    options = f"--cacert /root/ca.crt --resolve {SITE}:443:{ADDRESS['balancer1']} --rate 30/s --max-time 10 --output /dev/null"
    asks = f"curl --silent --http3-only {options} --write-out '%{{http_code}} %{{http_version}}\\n' 'https://{SITE}/status?[1-240]'"
    # By a file: systemd takes a % for one of its own
    on("balancer1", "cat >/root/asks; systemd-run --quiet --unit http3 sh -c 'sh /root/asks >/root/http3 2>&1'", asks)
    for _ in range(2):
        on("balancer1", "sleep 2; systemctl reload haproxy")
    assert until(lambda: on("balancer1", "systemctl is-active http3 || true").strip() in ("inactive", "failed"), 30)
    answers = on("balancer1", "cat /root/http3").splitlines()
    assert (set(answers), len(answers)) == ({"200 3"}, 240)


def test_the_key_is_for_haproxy_alone_and_told_nobody(run: Run) -> None:
    """Neither by the run, nor by a journal; and status knows the certificate."""
    key = next(line for line in (AUTHORITY / "ledger.key").read_text().splitlines() if not line.startswith("-"))
    assert key not in run.output
    for balancer in BALANCERS:
        assert on(balancer, "stat -c '%U:%G %a' /etc/haproxy/tls/ledger.pem").strip() == "root:haproxy 640"
        # By a file, for sudo writes command lines to the journal
        found = on(
            balancer, "cat >/dev/shm/wanted; grep -lsaF -f /dev/shm/wanted -r /etc /var/log /run /tmp /home; rm /dev/shm/wanted", f"{key}\n"
        )
        assert found.split() == ["/etc/haproxy/tls/ledger.pem"]
    play("status", **TLS).well()


def test_a_deploy_and_another_certificate_are_noticed_by_nobody(tmp_path: Path) -> None:
    """On connections that are kept and new ones, on one of HTTP/2 at each balancer, downloads and uploads; and what is open goes on."""
    before, (slot, _) = shaken("balancer1", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)[2], slots("ledger")
    assert until(lambda: whole("ledger"))
    load = Load([ADDRESS[balancer] for balancer in BALANCERS], authority=CA)
    with load.running() as tally, by_http2("balancer1", tmp_path) as one, by_http2("balancer2", tmp_path) as other:
        deploy("by https", **TLS).well()
        assert slots("ledger")[0] == OTHER[slot]
        (AUTHORITY / "ledger.crt").unlink()
        site("--tags", "balancer", **TLS, tricky="by https").well()
        play("rollback", app="ledger", **TLS).well()
    assert shaken("balancer1", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)[2] != before
    print(f"{tally.sent} requests of HTTP/1.1, {len(one) + len(other)} of HTTP/2")
    assert tally.failed == []
    assert len(tally.releases) == 2
    ledger = recorded()
    assert [entry for entry in tally.entries if ledger[entry] != 1] == []
    assert set(one) | set(other) == {"200 2"}
    assert min(len(one), len(other)) > 300

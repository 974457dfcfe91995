"""An authority that speaks ACME, for tests: Debian's pebble, on a host of the lab, with its own word on where domains lead."""

from __future__ import annotations

import json
import shlex
from datetime import datetime
from pathlib import Path

from fleet import ADDRESS, BALANCERS, LAB, on, until

from ansible_collections.hostler.fleet.plugins.module_utils.build import authority

HOST = "web1"
FOLDER = "/root/pebble"
DIRECTORY = f"https://{ADDRESS[HOST]}:14000/dir"
NAMES, MANAGEMENT = 8055, 15000
# It takes one of five good numbers for a used one, as authorities may; and it does not wait before it looks
PEBBLE = f"-E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_WFE_NONCEREJECT=20 pebble -config {FOLDER}/pebble.json -dnsserver 127.0.0.1:8053"
CHALLTESTSRV = "pebble-challtestsrv -defaultIPv6 '' -dns01 127.0.0.1:8053 -http01 '' -https01 '' -tlsalpn01 '' -doh '' -management"


# How a balancer changes the DNS of tests; what it has written stays there, for that can be taken away with what another has written alone
DNS_HOOK = "/usr/local/sbin/dns-hook"
HOOK = f"""#!/usr/bin/python3
import json, sys, urllib.request
verb, kind, name, token, text = sys.argv[1:]
assert kind == "dns-01"
said = {{"host": f"_acme-challenge.{{name}}.", "value": text}}
if verb == "begin":
    urllib.request.urlopen("http://{ADDRESS[HOST]}:{NAMES}/set-txt", json.dumps(said).encode())
"""
ASK = """
import ssl, sys, urllib.request
try:
    with urllib.request.urlopen(sys.argv[1], sys.argv[2].encode() or None, context=ssl._create_unverified_context()) as answer:
        print(answer.read().decode())
except ConnectionRefusedError:
    pass
except urllib.error.URLError as error:
    assert isinstance(error.reason, ConnectionRefusedError)
"""


def begins(forbidden: str) -> None:
    """Install it, have the balancers trust it, and have it run; it gives no certificate for one domain. All others lead to balancer1."""
    folder, now = LAB / "pebble", datetime.now().astimezone()
    ca = authority.authority(folder, "pebble", now, keep=True)
    authority.certificate(folder, ca, "pebble", [ADDRESS[HOST]], now, keep=True)
    settings = {"listenAddress": "0.0.0.0:14000", "managementListenAddress": f"127.0.0.1:{MANAGEMENT}", "httpPort": 80, "tlsPort": 443}
    settings |= {"certificate": f"{FOLDER}/pebble.crt", "privateKey": f"{FOLDER}/pebble.key", "domainBlocklist": [forbidden]}
    files = {name: (folder / name).read_text() for name in ("pebble.crt", "pebble.key")}
    on(HOST, "DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends pebble >/dev/null")
    for name, text in {**files, "pebble.json": json.dumps({"pebble": settings})}.items():
        on(HOST, f"mkdir -p {FOLDER}; cat >{FOLDER}/{name}", text)
    for balancer in BALANCERS:
        on(balancer, "cat >/usr/local/share/ca-certificates/pebble.crt; update-ca-certificates 2>&1", ca.text())
    on(HOST, f"systemd-run --quiet --unit challtestsrv {CHALLTESTSRV} 0.0.0.0:{NAMES} -defaultIPv4 {ADDRESS['balancer1']}")
    for balancer in BALANCERS:
        on(balancer, f"cat >{DNS_HOOK}; chmod 755 {DNS_HOOK}", HOOK)
    answers()


def answers() -> None:
    """Have it run; it knows nobody, not even whom it knew when it last ran."""
    on(HOST, f"systemd-run --quiet --unit pebble {PEBBLE}")
    assert until(lambda: bool(_asked(DIRECTORY)))


def is_silent() -> None:
    """Have it answer nobody."""
    on(HOST, "systemctl stop pebble")


def ends() -> None:
    """Have nothing of it run, and nobody trust it."""
    on(HOST, "systemctl stop pebble challtestsrv")
    for balancer in BALANCERS:
        on(balancer, f"rm {DNS_HOOK} /usr/local/share/ca-certificates/pebble.crt; update-ca-certificates --fresh 2>&1")


def leads(domain: str, address: str) -> None:
    """Have a domain lead to an address, as far as the authority sees."""
    said = {"host": f"{domain}."}
    for verb, text in (("clear", said), ("add", {**said, "addresses": [address]})):
        _asked(f"http://127.0.0.1:{NAMES}/{verb}-a", json.dumps(text))


def _asked(url: str, text: str = "") -> str:
    """Return what the host itself is answered; nothing where nobody listens."""
    return on(HOST, f"python3 -c {shlex.quote(ASK)} {url} {shlex.quote(text)}")


def root(folder: Path) -> str:
    """Return a file with the certificate of who signs what it gives."""
    file = folder / "root.pem"
    file.write_text(_asked(f"https://127.0.0.1:{MANAGEMENT}/roots/0"))
    return str(file)

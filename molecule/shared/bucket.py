"""Storage that talks S3, for tests: Debian's moto, on a host of the lab, behind HAProxy, whose certificate no system knows."""

from __future__ import annotations

import shlex
from datetime import datetime

from fleet import ADDRESS, LAB, on, until

from ansible_collections.hostler.fleet.plugins.module_utils.build import authority

HOST = "web1"  # of the newer Debian, which has it
PORT = 14900
FOLDER = "/root/bucket"
NAME = "inn-backups"
SERVES = "moto_server --host 127.0.0.1 --port 14901"
# moto's own TLS ends without a word, which pgBackRest takes for an attack
TLS = f"""
global
    stats socket {FOLDER}/socket
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend tls
    bind :{PORT} ssl crt {FOLDER}/bucket.pem
    default_backend moto
backend moto
    server moto 127.0.0.1:14901
"""
# It does not ask who makes one
MAKES = """
import ssl, sys, urllib.request
request = urllib.request.Request(sys.argv[1], method="PUT")
print(urllib.request.urlopen(request, context=ssl._create_unverified_context()).status)
"""


def begins() -> dict[str, object]:
    """Have a bucket, in memory; return what an inventory says for it, and to have the firewall let who asks it in."""
    folder, now = LAB / "bucket", datetime.now().astimezone()
    ca = authority.authority(folder, "bucket", now, keep=True)
    authority.certificate(folder, ca, "bucket", [ADDRESS[HOST]], now, keep=True)
    # Its server needs one more than it says
    installs = "DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends"
    on(HOST, f"{installs} python3-moto python3-flask-cors haproxy >/dev/null")
    pair = "".join((folder / name).read_text() for name in ("bucket.crt", "bucket.key"))
    for name, text in (("bucket.pem", pair), ("haproxy.cfg", TLS)):
        on(HOST, f"mkdir -p {FOLDER}; cat >{FOLDER}/{name}", text)
    on(HOST, f"systemd-run --quiet --unit bucket {SERVES}; systemd-run --quiet --unit bucket-tls haproxy -db -f {FOLDER}/haproxy.cfg")
    makes = f"python3 -c {shlex.quote(MAKES)} https://{ADDRESS[HOST]}:{PORT}/{NAME} 2>&1 || true"
    assert until(lambda: on(HOST, makes).strip() == "200"), on(HOST, "journalctl --no-pager -u bucket")
    said = {"bucket": NAME, "endpoint": f"{ADDRESS[HOST]}:{PORT}", "region": "us-east-1", "uri_style": "path"}
    bucket = {**said, "key": "inn", "secret": "keeper", "ca": ca.text()}
    return {"backup_s3": bucket, "firewall_open": [{"port": PORT, "proto": "tcp"}]}


def ends() -> None:
    """Have it be no more, with all that it kept."""
    on(HOST, f"systemctl stop bucket bucket-tls; rm -r {FOLDER}")

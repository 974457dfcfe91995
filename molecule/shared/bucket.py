"""Storage that talks S3, for tests: Debian's moto, on a host of the lab, behind a certificate that the system does not know."""

from __future__ import annotations

import shlex
from datetime import datetime

from fleet import ADDRESS, LAB, on, until

from ansible_collections.hostler.fleet.plugins.module_utils.build import authority

HOST = "web1"  # of the newer Debian, which has it
PORT = 14900
FOLDER = "/root/bucket"
NAME = "inn-backups"
SERVES = f"moto_server --host 0.0.0.0 --port {PORT} --ssl-cert {FOLDER}/bucket.crt --ssl-key {FOLDER}/bucket.key"
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
    on(HOST, "DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3-moto >/dev/null")
    for name in ("bucket.crt", "bucket.key"):
        on(HOST, f"mkdir -p {FOLDER}; cat >{FOLDER}/{name}", (folder / name).read_text())
    on(HOST, f"systemd-run --quiet --unit bucket {SERVES}")
    makes = f"python3 -c {shlex.quote(MAKES)} https://{ADDRESS[HOST]}:{PORT}/{NAME} 2>&1 || true"
    assert until(lambda: on(HOST, makes).strip() == "200"), on(HOST, "journalctl --no-pager -u bucket")
    said = {"bucket": NAME, "endpoint": f"{ADDRESS[HOST]}:{PORT}", "region": "us-east-1", "uri_style": "path"}
    bucket = {**said, "key": "inn", "secret": "keeper", "ca": ca.text()}
    return {"backup_s3": bucket, "firewall_open": [{"port": PORT, "proto": "tcp"}]}


def ends() -> None:
    """Have it be no more, with all that it kept."""
    on(HOST, f"systemctl stop bucket; rm -r {FOLDER}")

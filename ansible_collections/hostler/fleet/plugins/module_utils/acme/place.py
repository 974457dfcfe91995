"""Where the parts lie by which a balancer gets its certificates."""

from __future__ import annotations

from pathlib import Path

# What the role balancer writes
SETTINGS = Path("/etc/hostler/acme.json")
ACCOUNT = Path("/etc/hostler/acme")  # as uacme has it: the account's key is private/key.pem
KEY = ACCOUNT / "private/key.pem"
EAB = ACCOUNT / "eab"
THUMBPRINT = Path("/etc/haproxy/tls/account.map")
# A file for each domain, and what uacme works with
STATES = Path("/var/lib/hostler/acme")
UNIT = "hostler-certificates.service"

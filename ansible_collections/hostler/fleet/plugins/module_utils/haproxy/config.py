"""What HAProxy's configuration says, as the role balancer has written it (templates/etc/haproxy/haproxy.cfg.j2)."""

from __future__ import annotations

import re

BACKEND = re.compile(r"^backend (?P<name>\S+)|^\s+server \S+ \S+:(?P<port>\d+) ", re.MULTILINE)
DOMAINS = re.compile(r"set-var\(txn\.app\) str\((?P<app>\S+)\) if (?:!|\{ \S+ -m str (?P<domains>[^}]*)\})")


def ports(config: str) -> dict[str, int]:
    """Return the port of the servers of each backend."""
    found, backend = {}, ""
    for match in BACKEND.finditer(config):
        if match["name"]:
            backend = match["name"]
        else:
            found[backend] = int(match["port"])
    return found


def domains(config: str) -> dict[str, str]:
    """Return the app of each domain, of one with a wildcard too, and of an empty one the default app."""
    found = {domain: match["app"] for match in DOMAINS.finditer(config) for domain in (match["domains"] or "").split() or [""]}
    return {f"*{domain}" if domain.startswith(".") else domain: app for domain, app in found.items()}

"""Where HAProxy's parts lie on a balancer; the role balancer writes them there."""

from __future__ import annotations

from pathlib import Path

CONFIG = Path("/etc/haproxy/haproxy.cfg")
MAP = Path("/etc/haproxy/slots.map")
SOCKET = Path("/run/haproxy/admin.sock")
CHECKED = Path("/etc/haproxy/checked.map")  # its line CHECKED_AT is in the running HAProxy alone, but for a start
CHECKED_AT = "at"
CERTIFICATES = Path("/etc/haproxy/tls")
PEERS = Path("/etc/hostler/peers.json")
HEARD = Path("/run/hostler/heard.json")
GONE = Path("/run/hostler/gone")

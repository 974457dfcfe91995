"""Where HAProxy's parts lie on a balancer; the role balancer writes them there."""

from __future__ import annotations

from pathlib import Path

CONFIG = Path("/etc/haproxy/haproxy.cfg")
MAP = Path("/etc/haproxy/slots.map")
SOCKET = Path("/run/haproxy/admin.sock")

"""By what a host shows the other hosts of its fleet who it is."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path("/etc/ssl/hostler")  # where HAProxy comes to, which /etc/hostler is closed to
OWN = FOLDER / "host.pem"  # its certificate, and the key
CA = FOLDER / "ca.crt"  # for whoever is to trust it
AUTHORITY = FOLDER / "authority.pem"  # on hosts that monitor the fleet or have its database alone
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


def certificate() -> str:
    """Return the host's certificate, as PEM and without its key; empty where it has none."""
    found = CERTIFICATE.search(_read(OWN))
    return found[0] if found else ""


def authority() -> str:
    """Return the fleet's authority with its key, as PEM; empty where this host does not keep it."""
    return _read(AUTHORITY)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""

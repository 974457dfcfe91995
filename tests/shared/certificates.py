"""Certificates of tests: what an authority has signed, and files that an operator has mixed up."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.build import authority
from ansible_collections.hostler.fleet.plugins.module_utils.build.authority import Pair

NOW = datetime.fromisoformat("2026-11-22T17:00:00+00:00")
DAY = timedelta(days=1)


def signed(folder: Path, *names: str, name: str = "shop", now: datetime = NOW, issuer: str = "tests") -> Pair:
    """Return a certificate for these names, issued a moment ago by the authority in the folder."""
    ca = authority.authority(folder, issuer, now, keep=True)
    authority.certificate(folder, ca, name, names, now, keep=True)
    return authority.read_pair(folder, f"{name}.crt", f"{name}.key")

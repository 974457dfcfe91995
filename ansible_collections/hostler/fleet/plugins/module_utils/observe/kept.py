"""The journals of other hosts that the host that watches keeps: a file for each certificate, whatever a line says whose it is.

HAProxy there hands on what comes with a host's certificate from an address of that host's own, after which systemd-journal-remote names
its files.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

FOLDER = Path("/var/log/journal/remote")


def source(host: str) -> str:
    """Return the address of loopback that stands for a host, by its name in the inventory."""
    number = int(sha256(host.encode()).hexdigest()[:6], 16)
    return f"127.{1 + number // 65536 % 254}.{number // 256 % 256}.{1 + number % 254}"


def files(host: str) -> str:
    """Return what fits the names of the files of a host's journal: the one that is written to, older ones, and what a crash has left."""
    return f"{FOLDER}/remote-{source(host)}[.@]*journal*"

"""Whether apt and dpkg of this host can do what a run is about to ask of them."""

from __future__ import annotations

import fcntl
import re
import struct
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import PROC, must

LOCKS = tuple(map(Path, ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock")))
JOURNAL = Path("/var/lib/dpkg/updates")  # has files where dpkg was cut off
FLOCK = "hhqqi4x"  # type, whence, start, length, process. Source: fcntl(2), on machines of 64 bits
HAPROXY = (2, 6)  # the oldest that the configuration is tested with; 2.4, for one, does not know `host_only`
# Where apt has no list of packages yet, it is known all the same what it would bring
COMES = {("ubuntu", "22.04"): "2.4"}


def held() -> str:
    """Return which program has apt's or dpkg's lock, such as ``unattended-upgr (process 812)``; an empty string where none has."""
    for path in filter(Path.exists, LOCKS):
        with path.open("rb") as file:
            asked = struct.pack(FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0)
            kind, _, _, _, process = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
        if kind != fcntl.F_UNLCK:
            name = PROC / f"{process}/comm"
            return f"{name.read_text(encoding='utf-8').strip()} (process {process})" if name.exists() else "some program"
    return ""


def haproxy(system: str, version: str) -> tuple[str, bool]:
    """Return the version of HAProxy that is installed, else what apt would bring, empty where that is unknown; and whether it is there."""
    said = must("env", "LC_ALL=C", "apt-cache", "policy", "haproxy")
    found = dict(re.findall(r"^ +(Installed|Candidate): (?:\d+:)?(\d[\w.+~]*)", said, re.MULTILINE))
    return found.get("Installed") or found.get("Candidate") or COMES.get((system, version), ""), "Installed" in found


def problem(system: str, version: str) -> str:
    """Return what keeps this host from being made a balancer, in one sentence; an empty string for nothing."""
    has, there = haproxy(system, version)
    if not there and JOURNAL.is_dir() and any(JOURNAL.iterdir()):
        return "dpkg was interrupted on this host, and installs nothing until it has ended that: run 'sudo dpkg --configure -a' there."
    if has and tuple(map(int, re.findall(r"\d+", has)[:2])) < HAPROXY:
        how = "is installed on" if there else "is what apt has for"
        return (
            f"HAProxy {has} {how} this host, and a balancer needs {'.'.join(map(str, HAPROXY))} or newer: that of Debian 12, Ubuntu 24.04 "
            "and newer ones, or of a package source that you add. A web host may stay as it is."
        )
    return ""

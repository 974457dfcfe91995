"""How much memory and disk this host has, for what is about to come."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import SRV
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

MEMINFO = Path("/proc/meminfo")


def disk(path: Path) -> Json:
    """Return a folder's ``path``, the ``device`` that it is on or will be, and the bytes that are ``free`` there, as df shows them."""
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    found = os.statvfs(there)
    return {"path": str(path), "device": there.stat().st_dev, "free": found.f_bavail * found.f_frsize}


def sent(remote_tmp: str) -> Path:
    """Return where what is sent lies until it is unpacked, by Ansible's setting: below the home of the user who logs in, or elsewhere."""
    home = pwd.getpwnam(user).pw_dir if (user := os.environ.get("SUDO_USER", "")) else str(Path.home())
    return Path(remote_tmp.replace("~", home, 1))


def memory() -> Json:
    """Return bytes of memory, all with what is swapped to, and what is ``available`` now. Source: proc_meminfo(5)."""
    lines = (line.split() for line in MEMINFO.read_text(encoding="ascii").splitlines())
    found = {line[0].rstrip(":"): int(line[1]) * 1024 for line in lines if line[-1] == "kB"}
    return {"total": found["MemTotal"] + found.get("SwapTotal", 0), "available": found["MemAvailable"] + found.get("SwapFree", 0)}


def room(remote_tmp: str) -> Json:
    """Return ``memory``, and of the disks ``srv``, where releases are, and ``sent``, where archives lie until they are unpacked."""
    return {"memory": memory(), "srv": disk(SRV), "sent": disk(sent(remote_tmp))}

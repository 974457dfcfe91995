"""Who a run is, and whether the one that holds a lock is still there: for the lock that a run takes on balancers."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import time
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json


def machine() -> str:
    """Return what process ids of this machine are good for: its boot and this namespace; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip() + os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def born(pid: int) -> str:
    """Return when a process of this machine began, in the system's own units; empty where there is no such process."""
    try:
        # Field 22; the second, a name in brackets, may have blanks. Source: proc(5)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def mine(what: str) -> dict[str, str]:
    """Return the lock of this run: the same for all tasks and hosts of an ansible-playbook, whose workers ask."""
    pid = os.getppid()
    place = {"machine": machine(), "pid": str(pid), "born": born(pid)}
    return {
        "id": hashlib.sha256(repr((place, platform.node())).encode()).hexdigest()[:16],
        "who": f"{os.environ.get('SUDO_USER') or getpass.getuser()}@{platform.node()}",
        "what": what,
        "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **place,
    }


def gone(holder: dict[str, str]) -> bool:
    """Tell whether the holder was a run on this very machine that has ended, as one that was killed."""
    place, pid, began = (holder.get(key) for key in ("machine", "pid", "born"))
    return bool(place and pid and began) and place == machine() and born(int(str(pid))) != began


def other(result: Json, *known: str) -> dict[str, str]:
    """Return the holder that a balancer told of; nothing where it is one that is known."""
    holder: dict[str, str] = result.get("holder") or {}
    return {} if holder.get("id", "") in ("", *known) else holder

"""How a host's own programs and systemd are asked and told."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

STOP_SECONDS = 3700  # more than any unit's own TimeoutStopSec
PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")


class Failed(Exception):
    """What the operator must know: one sentence, and what the host said."""


def run(*command: str, timeout: float = 900) -> subprocess.CompletedProcess[str]:
    """Run a command of the host's own and return what came of it; output is text, errors and all."""
    try:
        return subprocess.run(
            command, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"'{' '.join(command)}' did not end within {timeout:g} s") from error


def must(*command: str, timeout: float = 900) -> str:
    """Run a command that has to succeed; return its output."""
    done = run(*command, timeout=timeout)
    if done.returncode:
        raise Failed(f"'{' '.join(command)}' failed: {done.stdout.strip()[-2000:]}")
    return done.stdout


def show(names: list[str], *properties: str) -> dict[str, dict[str, str]]:
    """Return the properties of each unit, as systemctl has them; moments are in UTC."""
    said = must("systemctl", "show", "--timestamp=utc", f"--property={','.join(('Id', *properties))}", *names) if names else ""
    blocks = (dict(line.split("=", 1) for line in block.splitlines()) for block in said.strip().split("\n\n") if block)
    return {block["Id"]: block for block in blocks}


def children(pid: int) -> list[int]:
    """Return the processes that one has begun and that run; none where it is no more."""
    try:
        return [int(child) for child in (PROC / f"{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def moment(stamp: str) -> str:
    """Return systemd's 'Sun 2026-11-22 16:57:02 UTC' as 2026-11-22T16:57:02Z; empty for never."""
    words = stamp.split()
    return f"{words[1]}T{words[2]}Z" if len(words) == 4 else ""


def number(text: str) -> int:
    """Return a number of systemd's; 0 where it has none to tell."""
    return int(text) if text.isdigit() else 0


def killed(group: str) -> int:
    """Return how many processes of a control group the kernel has ended for want of memory since the group was made."""
    # In the one hierarchy of today, or in that of memory where there are several
    files = (CGROUPS / group.lstrip("/") / "memory.events", CGROUPS / "memory" / group.lstrip("/") / "memory.oom_control")
    lines = [line.split() for file in files if file.exists() for line in file.read_text(encoding="ascii").splitlines()]
    return sum(int(count) for key, count in lines if key == "oom_kill")


def notify(text: str) -> None:
    """Tell systemd. Source: sd_notify(3)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        path = os.environ["NOTIFY_SOCKET"]
        sock.connect("\0" + path[1:] if path.startswith("@") else path)
        sock.send(text.encode())

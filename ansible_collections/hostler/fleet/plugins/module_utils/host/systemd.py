"""How a host's own programs and systemd are asked and told."""

from __future__ import annotations

import subprocess
from pathlib import Path

STOP_SECONDS = 3700  # more than any unit's own TimeoutStopSec
PROC = Path("/proc")


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

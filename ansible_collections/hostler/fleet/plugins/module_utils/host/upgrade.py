"""Upgrade a host's packages, or tell which upgrades are due."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.apt import JOURNAL

UPGRADE = ["apt-get", "--with-new-pkgs", "--option", "DPkg::Lock::Timeout=600", "upgrade"]
KEEP = ["--option", "Dpkg::Options::=--force-confdef", "--option", "Dpkg::Options::=--force-confold"]
QUIET = {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive", "APT_LISTCHANGES_FRONTEND": "none"}
REBOOT = Path("/run/reboot-required")


BOOT, STAT = Path("/boot"), Path("/proc/stat")


STEP = re.compile(r"^(?:Inst|Conf) (\S+)", re.MULTILINE)


class Failed(Exception):
    """One sentence, and what the program said."""


def must(command: list[str]) -> str:
    """Run a command that has to succeed, however long it takes; return its output."""
    done = subprocess.run(
        command,
        env={**os.environ, **QUIET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Failed(f"'{' '.join(command)}' failed:\n{done.stdout.strip()[-3000:]}")
    return done.stdout


def due() -> list[str]:
    """Return the packages that an upgrade would install or finish."""
    return sorted(set(STEP.findall(must([*UPGRADE, "--simulate"]))))


def new_kernel() -> bool:
    """Tell whether a kernel was installed since the system booted; a Debian without unattended-upgrades does not ask for a reboot then."""
    booted = next(int(line.split()[1]) for line in STAT.read_text(encoding="ascii").splitlines() if line.startswith("btime "))
    # A package's files have the time of their making; when they were put here is the change of the inode
    return any(kernel.stat().st_ctime > booted for kernel in BOOT.glob("vmlinuz-*"))


def upgrade() -> None:
    """Upgrade."""
    if JOURNAL.is_dir() and any(JOURNAL.iterdir()):
        must(["dpkg", "--force-confdef", "--force-confold", "--configure", "--pending"])
    must([*UPGRADE, *KEEP, "--yes"])


def reboot_due() -> bool:
    """Tell whether the host is to be rebooted to run on what it has installed."""
    return REBOOT.exists() or new_kernel()

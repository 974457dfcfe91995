"""What hosts have that nobody could make anew, kept beside the backups of the data: a file for each state that it has had, encrypted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository, sealed
from ansible_collections.hostler.fleet.plugins.module_utils.host.keepsakes import joined
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed

FOLDER = Path("/var/lib/hostler-backup/kept")
DAY = 86400


def known(folder: Path = FOLDER) -> list[Path]:
    """Return what is kept, the newest last."""
    return sorted(folder.glob("[0-9]*.tar")) if folder.is_dir() else []


def keep(hosts: Mapping[str, str], days: int, check: bool, folder: Path = FOLDER, clock: Callable[[], float] = time.time) -> bool:
    """Keep what `hosts` have, by their names as ``keepsakes.packed``; return whether that is anything new, or would be.

    What has been another for more than `days` goes, never the newest. Failed where it cannot be encrypted.
    """
    content = joined(hosts)
    passphrase = repository.passphrase()
    if not passphrase:
        if check:
            return True
        raise Failed("this host knows no passphrase to encrypt it by; run site.yml")
    files = known(folder)
    # What cannot be read is no state that is kept
    if files and _same(files[-1], content, passphrase):
        return False
    if check:
        return True
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = clock()
    sealed.seal_bytes(content, folder / f"{_stamp(now)}.tar", passphrase)
    for path, later in pairwise(known(folder)):
        # Until then it was what hosts had
        if later.stem < _stamp(now - days * DAY):
            path.unlink()
    return True


def _stamp(at: float) -> str:
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime(at))


def _same(path: Path, content: bytes, passphrase: str) -> bool:
    try:
        return sealed.opened(path, passphrase) == content
    except Failed:
        return False

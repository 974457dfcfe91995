"""To which moment data are brought back, as an operator says it. No Ansible, no I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Refused

LATEST = "latest"
UTC = timezone.utc
NAME = re.compile(r"[A-Za-z_][\w.-]{0,62}", re.ASCII)  # of a restore point, as pg_create_restore_point takes it
SUCH = "such as -e target='2026-11-26 14:00' (UTC, or with an offset, +01:00), the name of a restore point, or latest"
STOPS = "--target-action=promote"


@dataclass(frozen=True)
class Target(Data):
    """The `options` of pgBackRest's by which it is reached; the backups to begin from, by their labels, the first that leads there is
    taken, and none for that which pgBackRest itself takes; bytes of the data; how it is `said` to the operator; and from which
    `repository`, by its number.
    """

    options: list[str]
    sets: list[str]
    size: int
    said: str
    repository: int = 1


def parsed(text: str, backups: Sequence[Backup], now: datetime) -> Target:
    """Return what is meant by a text, with `backups` to begin from, the newest last; Refused with one sentence."""
    text = text.strip()
    if not text:
        raise Refused(f"target: to which moment? Say it, {SUCH}.")
    if not backups:
        raise Refused("target: there is no backup yet, so there is nothing to go back to; 'systemctl status hostler-backup@full' has why.")
    size = max(backup.size for backup in backups)
    if text == LATEST:
        return Target([], [], size, "all that is in the archive")
    if moment := _moment(text):
        return _at(moment, backups, now, size)
    if not NAME.fullmatch(text):
        raise Refused(f"target: {text!r} is no moment, name or 'latest'; {SUCH}.")
    # It may be older than the newest backup
    return Target(["--type=name", f"--target={text}", STOPS], [one.label for one in reversed(backups)], size, f"the restore point {text}")


def _moment(text: str) -> datetime | None:
    """Return it in UTC; None for what is none; Refused for what is meant as one, and is none."""
    if not text[:1].isdigit():
        return None
    try:
        found = datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Refused(f"target: {text!r} is no moment; {SUCH}.") from None


def _at(moment: datetime, backups: Sequence[Backup], now: datetime, size: int) -> Target:
    shown = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    first = datetime.fromtimestamp(backups[0].at, UTC)
    if moment < first:
        raise Refused(f"target: {shown} is before the first backup was done; the earliest moment is {first:%Y-%m-%d %H:%M:%S} UTC.")
    if moment > now:
        raise Refused(f"target: {shown} is yet to come; say an earlier moment, or latest.")
    exact = f"{moment:%Y-%m-%d %H:%M:%S.%f}+00"
    return Target(["--type=time", f"--target={exact}", STOPS], [], size, shown)

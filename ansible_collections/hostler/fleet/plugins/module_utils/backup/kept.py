"""What is kept: a backup. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.model import Data


@dataclass(frozen=True)
class Backup(Data):
    """A backup: its `label`; its `kind`, full, diff or incr; when it was done, seconds since 1970; bytes of the data, as restored; whether
    pages of it have a wrong checksum.
    """

    label: str
    kind: str
    at: int
    size: int
    damaged: bool


def newest(backups: Sequence[Backup], kind: str = "") -> Backup | None:
    """Return the newest backup, of a kind where one is given; None where there is none."""
    return next((one for one in reversed(backups) if kind in ("", one.kind)), None)

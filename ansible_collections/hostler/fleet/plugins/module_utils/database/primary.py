"""Which of several hosts has the data that apps write to, by what each says of itself. No Ansible, no I/O.

Nobody else keeps that: who has data and follows nobody is the primary, wherever it stands in the inventory. On hosts that have nothing yet,
the first one will be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Json, Kind


@dataclass(frozen=True)
class Host(Data):
    """What a host says, as ``database_info`` documents it."""

    ours: bool = False
    lost: bool = False
    wrong: str = ""
    follows: bool = False
    unmade: bool = False
    answers: bool = False
    recovers: bool = False
    streams: bool = False
    at: int = 0
    clean: bool = False

    @classmethod
    def of(cls: type[Kind], given: Json) -> Kind:
        """Return it from JSON; what a host has not told is not so."""
        return super().of({**cls().json(), **given})

    @property
    def writes(self) -> bool:
        """Whether apps can write to it."""
        return self.answers and not self.recovers

    @property
    def led(self) -> bool:
        """Whether it has data of its own, those of one that follows nobody."""
        return (self.ours or self.lost) and not self.follows

    @property
    def bare(self) -> bool:
        """Whether it has no data, and is not about to get any."""
        return not (self.ours or self.lost or self.follows)

    @property
    def ready(self) -> bool:
        """Whether it has data by which it follows."""
        return self.ours and self.follows and not self.unmade


def primary(hosts: Mapping[str, Host]) -> tuple[str, str]:
    """Return the host that apps write to, of `hosts` in the inventory's order; and what is wrong with that, in one sentence, empty for
    nothing.
    """
    writing, led = [name for name, one in hosts.items() if one.writes], [name for name, one in hosts.items() if one.led]
    ready = [name for name, one in hosts.items() if one.ready]
    if len(writing) > 1:
        return writing[0], (
            f"{' and '.join(writing)} both take writes. 'failover.yml -e rejoin=NAME' has one of them follow the other one; what it alone "
            "has goes."
        )
    if writing and (former := [name for name in led if name not in writing]):
        return writing[0], (
            f"{former[0]} was written to before {writing[0]} was, and waits. 'failover.yml -e rejoin={former[0]}' has it follow; what it "
            "alone has goes. Or take it out of the inventory."
        )
    if len(led) > 1:
        return led[0], (
            f"{' and '.join(led)} both have data that were written to, and neither answers. 'failover.yml -e to=NAME' says which of them "
            "apps write to."
        )
    if not writing and not led and ready:
        return ready[0], f"{ready[0]} follows, and there is nobody to follow. 'failover.yml -e to={ready[0]}' has apps write to it."
    fresh = [name for name, one in hosts.items() if not one.follows]
    return (writing or led or fresh or list(hosts))[0], ""

"""What a host with the fleet's data, or with backups of them, tells of itself.

PostgreSQL and pgBackRest answer to PostgreSQL's own user alone, which is not who writes a host's facts: ``hostler-data.service`` asks as
that user (`observe.asks`), and leaves what it is told in `place.DATA`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Json
from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue, place
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, sample

OLD_SECONDS = 180  # after which what was left there is not of now; pgBackRest may take a minute to answer


@dataclass(frozen=True)
class Database(Data):
    """What PostgreSQL says: connections `used` and `allowed`; for how many seconds the `oldest` transaction has been open, 0 for none; how
    many files of WAL are `waiting` for the archive, and when the last one came there, `archived`, seconds since 1970, 0 for not known; how
    many settings wait for a `restart`. Whether it takes `writes`, or `follows` another one; whether it `streams`, told what that writes as
    it does, and its `lag`, of how many seconds ago is what it has.
    """

    used: int
    allowed: int
    oldest: int
    waiting: int
    archived: int
    restart: int
    writes: bool
    follows: bool
    streams: bool
    lag: int


@dataclass(frozen=True)
class Backups(Data):
    """What is kept: how many backups, `count`; when the `first` one that is kept was done, the `newest` good one, and the newest good
    `full` one, seconds since 1970, 0 for none; how many have pages that were `damaged` before they came there; and when the newest good one
    in the `bucket` was done, 0 for none.
    """

    count: int
    first: int
    newest: int
    full: int
    damaged: int
    bucket: int


@dataclass(frozen=True)
class Drilled(Data):
    """What came of the last drill: whether it `failed`, how many `seconds` it took, and when one last `succeeded`, seconds since 1970,
    0 for never.
    """

    failed: bool
    seconds: int
    succeeded: int


class Stored:
    """What a host has, ``database``, ``backup`` or both, as it was left there."""

    def __init__(self, holds: Collection[str], clock: Callable[[], float] = time.time) -> None:
        """Take what it has, and what tells seconds since 1970."""
        self.holds, self.clock = holds, clock

    def parts(self) -> dict[str, Callable[[], Iterator[Sample]]]:
        """Return what tells each part."""
        database = {"database": self.of_database, "sizes": self.of_sizes} if "database" in self.holds else {}
        backup = {"backup": self.of_backups, "drill": self.of_drill} if "backup" in self.holds else {}
        return {**database, **backup}

    def of_database(self) -> Iterator[Sample]:
        """Tell whether PostgreSQL answers, and what it says; of one that has yet to get the data by which it follows, that alone."""
        if postgres.FOLLOWING.exists():
            yield sample(catalogue.UNMADE, 1)
            return
        told = self._told("database")
        yield sample(catalogue.DATABASE_UP, bool(told))
        if not told:
            return
        said = Database.of(told)
        yield sample(catalogue.CONNECTIONS, said.used)
        yield sample(catalogue.CONNECTIONS_ALLOWED, said.allowed)
        yield sample(catalogue.TRANSACTION, said.oldest)
        yield sample(catalogue.RESTART_SETTINGS, said.restart)
        if said.writes or said.follows:
            yield sample(catalogue.PRIMARY, said.writes)
        if said.follows:
            yield from self._of_following(said)
            return
        yield sample(catalogue.WAL_WAITING, said.waiting)
        if said.archived:
            yield sample(catalogue.WAL_ARCHIVED, said.archived)

    def _of_following(self, said: Database) -> Iterator[Sample]:
        """Tell how one follows. It archives nothing: what it has of that is of when it was the primary."""
        yield sample(catalogue.STREAMS, said.streams)
        # By the archive alone it does not know how far the other one is
        if said.streams:
            yield sample(catalogue.LAG, said.lag)

    def of_sizes(self) -> Iterator[Sample]:
        """Tell how large each database is; nothing where PostgreSQL does not answer, which is told already."""
        for name, size in self._told("sizes").items():
            yield sample(catalogue.DATABASE_SIZE, size, database=name)

    def of_backups(self) -> Iterator[Sample]:
        """Tell what is kept."""
        said = Backups.of(self._told("backup"))
        yield sample(catalogue.BACKUPS, said.count)
        yield sample(catalogue.BACKUPS_DAMAGED, said.damaged)
        if said.first:
            yield sample(catalogue.BACKUP_FIRST, said.first)
        for kind, at in (("any", said.newest), ("full", said.full), ("s3", said.bucket)):
            if at:
                yield sample(catalogue.BACKUP, at, kind=kind)

    def of_drill(self) -> Iterator[Sample]:
        """Tell what came of the last drill; nothing before there was one."""
        if told := self._told("drill"):
            said = Drilled.of(told)
            yield sample(catalogue.DRILL_FAILED, said.failed)
            yield sample(catalogue.DRILL_SECONDS, said.seconds)
            if said.succeeded:
                yield sample(catalogue.DRILL_SUCCESS, said.succeeded)

    def _told(self, part: str) -> Json:
        """Return what was left of a part; Failed where it could not be asked, or is not of now."""
        try:
            left: Json = json.loads(place.DATA.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise Failed("hostler-data.service has asked nothing yet") from error
        if (age := self.clock() - left["at"]) > OLD_SECONDS:
            raise Failed(f"hostler-data.service has asked nothing for {age - age % 60:.0f} s and more")
        if wrong := left["wrong"].get(part):
            raise Failed(wrong)
        return dict(left["told"][part])

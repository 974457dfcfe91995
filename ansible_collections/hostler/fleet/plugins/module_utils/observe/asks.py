"""What runs on a host with the fleet's data or backups, as PostgreSQL's user: it asks them, for the host's facts.

``python3 -m ...observe.asks database backup``, or one of the two, by ``hostler-data.service``. What asks all databases or the repository
does so every five minutes alone. What cannot be asked is told as that, and the others are told.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.backup import drill, noted, repository
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup, newest
from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, notify
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.named import write
from ansible_collections.hostler.fleet.plugins.module_utils.observe import place
from ansible_collections.hostler.fleet.plugins.module_utils.observe.data import Backups, Database, Drilled

PERIOD = 15  # seconds, as often as a host tells
RARELY = 300
ANSWER = 10.0  # seconds for PostgreSQL to answer
# A drill's cluster is another one, with a socket elsewhere; who asks is no transaction that was left open
STATE = f"""
select json_build_object(
    'used', (select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()),
    'allowed', current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
    'oldest', (select coalesce(extract(epoch from clock_timestamp() - min(xact_start)), 0)::bigint from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()),
    'waiting', (select count(*) from pg_ls_archive_statusdir() where name like '%.ready'),
    'archived', (select coalesce(extract(epoch from last_archived_time), 0)::bigint from pg_stat_archiver),
    'writes', not pg_is_in_recovery(),
    'follows', pg_is_in_recovery() and (pg_stat_file('{postgres.SIGNAL}', true)).size is not null,
    'streams', {postgres.STREAMS},
    'lag', {postgres.LAG},
    'restart', (select count(*) from pg_settings where pending_restart))
"""
SIZES = "select coalesce(json_object_agg(datname, pg_database_size(oid)), '{}') from pg_database where not datistemplate"


def database() -> Json:
    """Return what ``Database`` has; nothing where PostgreSQL does not answer."""
    return Database.of(_asked(STATE)).json() if answers() else {}


def sizes() -> Json:
    """Return the bytes of each database by its name; nothing where PostgreSQL does not answer."""
    return _asked(SIZES) if answers() else {}


def answers() -> bool:
    """Tell whether PostgreSQL does; Failed before there is one of ours."""
    if not any(cluster.ours or cluster.registered for cluster in postgres.known()):
        raise Failed("there is no PostgreSQL of Hostler's on this host yet")
    try:
        postgres.ask("select 1", seconds=ANSWER)
    except Failed:
        return False
    return True


def _asked(sql: str) -> Json:
    return dict(json.loads(postgres.ask(sql, seconds=ANSWER)))


def backup() -> Json:
    """Return what ``Backups`` has."""
    if not repository.here():
        raise Failed("there is no pgBackRest with settings of Hostler's on this host yet")
    _, kept = repository.known()
    good = [one for one in kept if not one.damaged]
    bucket = [one for one in noted.last() if not one.damaged] if repository.has_bucket() else []
    first = _at(kept[0] if kept else None)
    return Backups(len(kept), first, _at(newest(good)), _at(newest(good, "full")), len(kept) - len(good), _at(newest(bucket))).json()


def _at(one: Backup | None) -> int:
    return one.at if one else 0


def drilled() -> Json:
    """Return what ``Drilled`` has; nothing before there was a drill."""
    last = drill.last()
    return Drilled(bool(last.wrong), last.seconds, last.succeeded).json() if last else {}


@dataclass
class Part:
    """What is asked, every so many seconds, and what came of it: `told`, or `wrong`, why it cannot be."""

    ask: Callable[[], Json]
    period: float = 0
    asked: float = -math.inf
    told: Json | None = None
    wrong: str = ""

    def see(self, now: float) -> None:
        """Ask, where it is time to."""
        if now < self.asked + self.period:
            return
        self.asked, self.told, self.wrong = now, None, ""
        try:
            self.told = self.ask()
        except Exception as error:  # as of a spoilt file, or of a program that is not there: no other part is to want for that
            self.wrong = str(error) or type(error).__name__


def parts(holds: list[str]) -> dict[str, Part]:
    """Return what is asked on a host that has these."""
    found = {"database": Part(database), "sizes": Part(sizes, RARELY)} if "database" in holds else {}
    return {**found, **({"backup": Part(backup, RARELY), "drill": Part(drilled)} if "backup" in holds else {})}


def leave(path: Path, asked: Mapping[str, Part], now: float) -> None:
    """Leave what was told, in one step."""
    left = {
        "at": int(now),
        "told": {name: part.told for name, part in asked.items() if part.told is not None},
        "wrong": {name: part.wrong for name, part in asked.items() if part.wrong},
    }
    part_of_it = path.with_name(f".{path.name}.part")
    write(part_of_it, json.dumps(left))
    part_of_it.replace(path)


def main() -> None:
    """Run until systemd ends it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.umask(0o022)
    asked, ready = parts(sys.argv[1:]), "READY=1\n"
    while True:
        began = time.monotonic()
        for part in asked.values():
            part.see(began)
        leave(place.DATA, asked, time.time())
        notify(f"{ready}WATCHDOG=1")
        ready = ""
        time.sleep(max(1.0, PERIOD - (time.monotonic() - began)))


if __name__ == "__main__":
    main()

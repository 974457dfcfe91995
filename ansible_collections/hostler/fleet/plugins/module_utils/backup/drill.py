"""Restore the newest backup, with all WAL after it, into a scratch cluster, and say whether that is what it should be.

``python3 -m ...backup.drill VERSION HOURS REPOSITORY``, by ``hostler-drill.service``, as PostgreSQL's user; the repository is 1, that of
this host, or 2, the bucket. What came of it is in one of ``RESULTS``, as JSON, and in the journal; it ends with 1 where that is no success.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository, scratch
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import newest as newest_of
from ansible_collections.hostler.fleet.plugins.module_utils.backup.scratch import Counted
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Json
from ansible_collections.hostler.fleet.plugins.module_utils.named import write

FOLDER = Path("/var/lib/hostler-backup")
RESULTS = {repository.HERE: "drill.json", repository.S3: "drill-s3.json"}
OF = {repository.HERE: "", repository.S3: " of the bucket"}
HOUR = 3600


@dataclass(frozen=True)
class Drill(Data):
    """What came of a drill: when it was over, seconds since 1970, and how many it took; `wrong`, why it failed, empty for success; when one
    last succeeded, 0 for never; of which `backup`, by its label; what each database had; when the last transaction was committed that was
    restored, seconds since 1970.
    """

    at: int
    seconds: int
    wrong: str
    succeeded: int
    backup: str
    databases: dict[str, Counted]
    newest: int

    @classmethod
    def of(cls, given: Json) -> Drill:
        """Return it from JSON."""
        return super().of({**given, "databases": {name: Counted.of(one) for name, one in given["databases"].items()}})


def last(number: int = repository.HERE) -> Drill | None:
    """Return what came of the last drill of a repository; None where there was none, or a hand has spoilt its file."""
    try:
        return Drill.of(json.loads((FOLDER / RESULTS[number]).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def drill(version: str, hours: int, began: float, former: int, number: int = repository.HERE) -> Drill:
    """Do one of a repository, and return what came of it; of a failure as much as is known."""
    result = Drill(0, 0, "", former, "", {}, 0)
    try:
        if wrong := repository.verify(number):
            raise Failed(f"the repository is damaged: {wrong}")
        _, backups = repository.known(number)
        if not (backup := newest_of(backups)):
            raise Failed("there is no backup yet")
        result = replace(result, backup=backup.label)
        if backup.damaged:
            raise Failed(f"the data themselves are damaged: pages in {backup.label} had a wrong checksum when it was made")
        with scratch.restored(version, backup.size, number=number) as sockets:
            found = scratch.look(sockets)
        # Without a transaction since, it is as new as the backup
        newest = found.newest or backup.at
        result = replace(result, databases=found.databases, newest=newest)
        if (age := began - newest) > hours * HOUR:
            raise Failed(
                f"the newest transaction that was restored is {age / HOUR:.1f} hours old, and {hours} are allowed: WAL does not come in"
            )
    except Exception as error:
        # Whatever it is: else the success before it stood
        result = replace(result, wrong=" ".join(str(error).split()) or type(error).__name__)
    now = time.time()
    return replace(result, at=int(now), seconds=int(now - began), succeeded=former if result.wrong else int(now))


def sentence(result: Drill, number: int = repository.HERE) -> str:
    """Return it for the journal."""
    if result.wrong:
        return f"The restore drill{OF[number]} failed: {result.wrong}"
    parts = [f"{name} {one.rows} rows in {one.tables} tables" for name, one in result.databases.items()]
    when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(result.newest))
    what = f"{', '.join(parts) or 'no database'}, up to {when}, from {result.backup}"
    return f"The restore drill{OF[number]} succeeded in {result.seconds} s: {what}"


def main() -> None:
    """Do one, and say what came of it."""
    version, hours, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    before = last(number)
    result = drill(version, hours, time.time(), before.succeeded if before else 0, number)
    # Before it is written, which a full disk does not let
    print(sentence(result, number), flush=True)
    path = FOLDER / RESULTS[number]
    part = path.with_name(f".{path.name}.part")
    write(part, json.dumps(result.json()))
    part.replace(path)
    sys.exit(bool(result.wrong))


if __name__ == "__main__":
    main()

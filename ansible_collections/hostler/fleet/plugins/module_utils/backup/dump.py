"""Keep one database, out of the newest backup and all WAL after it: ``python3 -m ...backup.dump VERSION SIZE NAME PATH EXPECTED``.

As PostgreSQL's user, before ``remove.yml`` drops the database. EXPECTED is what it has now, a ``Counted`` as JSON; where a backup has
anything else, nothing is kept. What came of it is printed, as JSON: ``wrong``, empty for success.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository, scratch, sealed
from ansible_collections.hostler.fleet.plugins.module_utils.backup.scratch import Counted
from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed


def dump(version: str, size: int, name: str, path: Path, expected: Counted) -> None:
    """Keep a database as the file; Failed where it is not all there."""
    with scratch.restored(version, size) as sockets:
        found = scratch.look(sockets).databases.get(name)
        if not found or (found.tables, found.rows) != (expected.tables, expected.rows):
            has = f"{found.rows} rows in {found.tables} tables" if found else "no such database"
            raise Failed(f"the backup has {has}, and {name} has {expected.rows} rows in {expected.tables} tables")
        programs = f"/usr/lib/postgresql/{version}/bin"
        whole = (f"{programs}/pg_dump", f"--host={sockets}", f"--port={postgres.PORT}", "--format=custom", f"--dbname={name}")
        # All of it, read as it would be brought back
        sealed.seal(whole, path, repository.passphrase(), (f"{programs}/pg_restore", "--file=/dev/null"))


def main() -> None:
    """Do it, and say what came of it."""
    version, size, name, path, expected = sys.argv[1:]
    try:
        dump(version, int(size), name, Path(path), Counted.of(json.loads(expected)))
    except (Failed, OSError) as error:
        print(json.dumps({"wrong": str(error)}))
    else:
        print(json.dumps({"wrong": ""}))


if __name__ == "__main__":
    main()

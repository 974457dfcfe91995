"""Note what a bucket keeps, for who is let into no network: ``python3 -m ...backup.noted``, once a backup has gone there."""

from __future__ import annotations

import json

from ansible_collections.hostler.fleet.plugins.module_utils.backup import drill, repository
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from ansible_collections.hostler.fleet.plugins.module_utils.named import write

NAME = "bucket.json"


def last() -> list[Backup]:
    """Return what was noted, the newest last; nothing where nothing was, or a hand has spoilt it."""
    try:
        return [Backup.of(one) for one in json.loads((drill.FOLDER / NAME).read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def main() -> None:
    """Note it, in one step."""
    _, backups = repository.known(repository.S3)
    path = drill.FOLDER / NAME
    part = path.with_name(f".{NAME}.part")
    write(part, json.dumps([one.json() for one in backups]))
    part.replace(path)


if __name__ == "__main__":
    main()

"""Restore into a scratch cluster as far as a target says, and print what that has, as JSON: ``python3 -m ...backup.look VERSION TARGET``.

TARGET is a ``Target`` as JSON. As PostgreSQL's user, before ``restore.yml`` asks; what cannot be restored is told in ``wrong``.
"""

from __future__ import annotations

import json
import sys

from ansible_collections.hostler.fleet.plugins.module_utils.backup import scratch
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json


def look(version: str, target: Json) -> Json:
    """Return what is found, with ``options``, by which it was: those of the target, and of the backup that leads there."""
    wrong, number = "", int(target["repository"])
    for label in target["sets"] or [""]:
        # In the scratch's settings it is the only one
        own = [*target["options"], *([f"--set={label}"] if label else [])]
        try:
            with scratch.restored(version, target["size"], tuple(own), number) as sockets:
                return {**scratch.look(sockets).json(), "options": [f"--repo={number}", *own], "wrong": ""}
        except Failed as error:
            wrong = wrong or str(error)
    return {"wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], json.loads(sys.argv[2]))))

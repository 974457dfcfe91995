"""Keep one database for good, before it is dropped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.backup.repository import SECONDS, errors
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import USER, as_user
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, run
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "keep_database",
  "short_description": "Keep one database for good, before it is dropped",
  "description": [
    "It is taken out of the newest backup and all WAL after it, so what is kept is what could be restored; encrypted by what the repository is encrypted by. It stays until somebody removes it.",
    "Fails where it has not as many tables and rows as are expected."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true},
    "size": {"description": "Bytes of the data.", "type": "int", "required": true},
    "name": {"description": "The database.", "type": "str", "required": true},
    "path": {"description": "The file.", "type": "path", "required": true},
    "expected": {"description": "What it has now: C(tables), C(rows) and C(bytes).", "type": "dict", "required": true},
    "library": {"description": "Where this host has the collection's parts.", "type": "path", "required": true},
    "program": {"description": "The part that does it, to be imported.", "type": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    path = Path(params["path"])
    if module.check_mode:
        module.exit_json(changed=True, path=str(path))
    environment = (f"PYTHONPATH={params['library']}", "PYTHONDONTWRITEBYTECODE=1")
    words = (params["version"], str(params["size"]), params["name"], str(path), json.dumps(params["expected"]))
    try:
        # Beside what drills leave, of which systemd makes the folder for them
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o755, exist_ok=True)
            shutil.chown(folder, USER, USER)
        done = run(*as_user("env", "--chdir=/", *environment, "python3", "-m", params["program"], *words), timeout=SECONDS)
        if done.returncode:
            raise Failed(errors(done.stdout))
        wrong = json.loads(done.stdout.splitlines()[-1])["wrong"]
    except (Failed, OSError, ValueError, LookupError) as error:
        wrong = str(error)
    if wrong:
        module.fail_json(f"No last backup of {params['name']} could be made, so it was not dropped: {wrong}")
    module.exit_json(changed=True, path=str(path))


if __name__ == "__main__":
    main()

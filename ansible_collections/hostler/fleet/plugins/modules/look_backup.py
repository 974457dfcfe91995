"""Restore a backup into a scratch cluster, and tell what it has."""

from __future__ import annotations

import json

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.backup.repository import SECONDS, errors
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import as_user
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, run
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "look_backup",
  "short_description": "Restore a backup into a scratch cluster, and tell what it has",
  "description": [
    "Returns C(databases), of each its C(tables), C(rows) and C(bytes); C(newest), when the last transaction was committed, seconds since 1970, 0 where none came after the backup; and C(options), by which it was restored. The scratch cluster is deleted again."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true},
    "target": {"description": "As far as C(plan_restore) says.", "type": "dict", "required": true},
    "library": {"description": "Where this host has the collection's parts.", "type": "path", "required": true},
    "program": {"description": "The part that does it, to be imported.", "type": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    environment = (f"PYTHONPATH={params['library']}", "PYTHONDONTWRITEBYTECODE=1")
    command = ("env", "--chdir=/", *environment, "python3", "-m", params["program"], params["version"], json.dumps(params["target"]))
    try:
        done = run(*as_user(*command), timeout=SECONDS)
        if done.returncode:
            raise Failed(errors(done.stdout))
        found = json.loads(done.stdout.splitlines()[-1])
    except (Failed, OSError, ValueError, IndexError) as error:
        module.fail_json(f"The backup cannot be looked at: {error}")
    if found["wrong"]:
        module.fail_json(f"The backup does not lead there: {found['wrong']}")
    module.exit_json(changed=False, **{key: value for key, value in found.items() if key != "wrong"})


if __name__ == "__main__":
    main()

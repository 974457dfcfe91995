"""Drop the database of an app that was removed, with its owner and its logins."""

from __future__ import annotations

import json

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.backup.scratch import COUNT
from ansible_collections.hostler.fleet.plugins.module_utils.database.admitted import dropped
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import ask
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "drop_database",
  "short_description": "Drop the database of an app that was removed, with its owner and its logins",
  "description": [
    "Where it has other tables or rows than are kept of it, it is left as it is.",
    "Returns C(counted), what it has or had: C(tables), C(rows), each of them read, and C(bytes)."
  ],
  "options": {
    "name": {"description": "The database.", "type": "str", "required": true},
    "logins": {"description": "Roles that its app came in by.", "type": "list", "elements": "str", "required": true},
    "look": {"description": "Only tell what it has.", "type": "bool", "default": false},
    "expected": {"description": "What is kept of it, as C(counted).", "type": "dict", "default": {}}
  }
}
"""
SECONDS = 3600.0


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    name, expected = module.params["name"], module.params["expected"]
    looks = module.params["look"] or module.check_mode
    try:
        counted = json.loads(ask(COUNT, name, seconds=SECONDS))
        if not looks:
            if (counted["tables"], counted["rows"]) != (int(expected["tables"]), int(expected["rows"])):
                raise Failed("something was written since its last backup was made; run this again")
            for statement in dropped(name, module.params["logins"]):
                ask(statement)
    except (Failed, OSError, ValueError, LookupError) as error:
        module.fail_json(f"{name} was not dropped: {error}")
    module.exit_json(changed=not module.params["look"], counted=counted)


if __name__ == "__main__":
    main()

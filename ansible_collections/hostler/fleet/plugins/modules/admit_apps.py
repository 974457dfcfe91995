"""Let apps into their databases, and take former logins away."""

from __future__ import annotations

import json

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.database.admitted import STATE, Admitted, former, shut, statements
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import ask
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "admit_apps",
  "short_description": "Let apps into their databases, and take former logins away",
  "description": [
    "Each app gets a database, a role that owns it, and a login that is a member of that. Nothing that has data is taken away.",
    "What PostgreSQL says against it is told in C(wrong), for C(no_log) would hide a failure."
  ],
  "options": {
    "apps": {"description": "A JSON list; each app as C(database.admitted) has it.", "type": "str", "required": true},
    "shut": {"description": "Whether logins before the present ones are taken away; else they are let in.", "type": "bool", "default": false}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION, secret=("apps",)), supports_check_mode=True)
    wanted = [Admitted.of(one) for one in json.loads(module.params["apps"])]
    try:
        due = _due(wanted, module.params["shut"])
        if not module.check_mode:
            for database, statement in due:
                ask(statement, database)
    except (Failed, OSError) as error:
        # In check mode it may not be there yet
        module.exit_json(changed=module.check_mode, wrong="" if module.check_mode else str(error))
    module.exit_json(changed=bool(due), wrong="")


def _due(wanted: list[Admitted], closes: bool) -> list[tuple[str, str]]:
    state = json.loads(ask(STATE))
    if closes:
        return [line for one in wanted for line in shut(one.name, former(one, state))]
    return [line for one in wanted for line in statements(one, state)]


if __name__ == "__main__":
    main()

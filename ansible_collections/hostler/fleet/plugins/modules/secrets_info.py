"""Tell which generation of its secrets a web host knows an app's present ones as; no value of the inventory's leaves the host."""

from __future__ import annotations

import json

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.match import match
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "secrets_info",
  "short_description": "Tell which generation of its secrets a web host knows an app's present ones as",
  "description": [
    "Returns C(secrets), for each app its C(generation), the name, empty where this host does not have these values.",
    "Of an app that has names in C(generate) also C(newest), the newest generation here; C(has), by name the values of C(generation); C(last), by name the newest generation that has one, and the value; and C(fresh), by name a new value, for where no host has one. Such values are seen by who asks, so the task has C(no_log).",
    "What cannot be read is told in C(wrong), for C(no_log) would hide a failure."
  ],
  "options": {
    "secrets": {"description": "A JSON object; for each app's name an object of strings.", "type": "str", "required": true},
    "generate": {"description": "For each app's name the names of the secrets that Hostler makes for it.", "type": "dict", "default": {}}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION, secret=("secrets",)), supports_check_mode=True)
    try:
        found = match(json.loads(module.params["secrets"]), module.params["generate"])
    except OSError as error:
        module.exit_json(changed=False, wrong=f"The secrets that this host has cannot be read: {error}")
    module.exit_json(changed=False, secrets={name: known.json() for name, known in found.items()})


if __name__ == "__main__":
    main()

"""Keep what hosts have that nobody could make anew, beside the backups of the data."""

from __future__ import annotations

import json

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.backup.keeping import keep
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "keep_keepsakes",
  "short_description": "Keep what hosts have that nobody could make anew",
  "description": [
    "Encrypted by what the repository is encrypted by; nothing is written where it is what is kept already.",
    "Returns C(wrong), why it was not kept, empty where it was, for C(no_log) would hide a failure."
  ],
  "options": {
    "hosts": {"description": "A JSON object: by host what C(keepsakes_info) said.", "type": "str", "required": true},
    "days": {"description": "For how many days former ones are kept.", "type": "int", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION, secret=("hosts",)), supports_check_mode=True)
    try:
        new = keep(json.loads(module.params["hosts"]), module.params["days"], module.check_mode)
    except (Failed, OSError) as error:
        module.exit_json(changed=False, wrong=str(error))
    module.exit_json(changed=new, wrong="")


if __name__ == "__main__":
    main()

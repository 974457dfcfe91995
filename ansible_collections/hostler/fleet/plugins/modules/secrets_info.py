"""Tell which generation of its secrets a web host knows an app's present ones as; no value leaves the host."""

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
    "Returns C(generations), for each app the name; empty where this host does not have these values."
  ],
  "options": {
    "secrets": {"description": "A JSON object; for each app's name an object of strings.", "type": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION, secret=("secrets",)), supports_check_mode=True)
    try:
        module.exit_json(changed=False, generations=match(json.loads(module.params["secrets"])))
    except OSError as error:
        module.fail_json(f"The secrets that this host has cannot be read: {error}")


if __name__ == "__main__":
    main()

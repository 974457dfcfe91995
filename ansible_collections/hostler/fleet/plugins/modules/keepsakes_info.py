"""Tell what a host has that nobody could make anew."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.keepsakes import packed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "keepsakes_info",
  "short_description": "Tell what a host has that nobody could make anew",
  "description": [
    "Returns C(packed), a tar in base64, empty for nothing. There are secrets in it, so the task has C(no_log); what cannot be read is told in C(wrong), for that would hide a failure."
  ],
  "options": {
    "kinds": {"description": "What it is in the fleet.", "type": "list", "elements": "str", "choices": ["web", "balancer", "authority"], "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    try:
        module.exit_json(changed=False, packed=packed(module.params["kinds"]), wrong="")
    except OSError as error:
        module.exit_json(changed=False, packed="", wrong=str(error))


if __name__ == "__main__":
    main()

"""Tell what signs for a fleet, where this host keeps it."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.identity import authority
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "authority_info",
  "short_description": "Tell what signs for a fleet",
  "description": [
    "Returns C(authority), its certificate and key as PEM, empty where this host keeps none; so the task has C(no_log).",
    "What cannot be read is told in C(wrong), for C(no_log) would hide a failure."
  ],
  "options": {}
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    try:
        found = authority()
    except OSError as error:
        module.exit_json(changed=False, authority="", wrong=f"The fleet's authority cannot be read: {error}")
    module.exit_json(changed=False, authority=found)


if __name__ == "__main__":
    main()

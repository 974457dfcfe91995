"""Note that what a role has changed on a host was brought in, and is pending no more."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import Pending
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "brought_in",
  "short_description": "Note that what a role has changed was brought in",
  "description": [
    "The last handler of a role whose files C(put_files) puts in place with C(pending). Until it has run, they count as differing.",
    "A note is no part of what the host is, so this is no change."
  ],
  "options": {
    "role": {"description": "Name of the role.", "type": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    try:
        if not module.check_mode:
            Pending(module.params["role"]).clear()
    except OSError as error:
        module.fail_json(str(error))
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()

"""End a run: add what is left to say to the history, and give the fleet's lock back."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, record
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "unlock_fleet",
  "short_description": "Add what is left to say to the history, and give the fleet's lock back",
  "options": {
    "run": {"description": "Id of the lock. A lock that another run has by now stays.", "type": "str", "required": true},
    "events": {"description": "What is added to the history.", "type": "list", "elements": "dict", "default": []}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    if module.check_mode:
        module.exit_json(changed=False)
    try:
        try:
            record.append(module.params["events"])
        finally:
            lock.release(module.params["run"])
    except OSError as error:
        module.fail_json(f"The end of this run cannot be noted: {error}")
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()

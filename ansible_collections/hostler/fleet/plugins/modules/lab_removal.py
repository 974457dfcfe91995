"""Remove lab hosts, and with the last of them everything that the lab has made."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.lab.removal import remove
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "lab_removal",
  "short_description": "Remove lab hosts, and with the last of them the lab",
  "description": [
    "Only what carries the lab's label is touched.",
    "Safe when there is nothing, or no podman, or where another checkout, which is still there, made the lab of that name.",
    "Unused images go with the last lab of the machine; one that is only being made has its network already."
  ],
  "options": {
    "network": {"description": "Name of the lab's podman network.", "type": "str", "required": true},
    "hosts": {"description": "Hosts to remove; without it, all that the lab has.", "type": "list", "elements": "str"},
    "dir": {"description": "Folder of the SSH key and known_hosts.", "type": "path", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    try:
        removed = remove(params["network"], params["hosts"], Path(params["dir"]), module.check_mode)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=bool(removed), removed=removed)


if __name__ == "__main__":
    main()

"""Make the podman network of a lab, after a look at whether its addresses can be had."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.lab.network import checked, make
from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "lab_network",
  "short_description": "Make the podman network of a lab",
  "description": [
    "Fails, before anything is made, if an address does not fit or the subnet is taken on this machine."
  ],
  "options": {
    "name": {"description": "Name of the podman network.", "type": "str", "required": true},
    "subnet": {"description": "Its IPv4 subnet.", "type": "str", "required": true},
    "dir": {"description": "The lab's own folder; a network that was made for another one is refused.", "type": "path", "required": true},
    "addresses": {"description": "Host name to address, for every host of the inventory.", "type": "dict", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    try:
        subnet = checked(params["subnet"], params["addresses"])
        changed = make(params["name"], subnet, os.path.realpath(params["dir"]), module.check_mode)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()

"""Have a host that follows be the primary."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.standby import admit, behind, take_over
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "take_over_cluster",
  "short_description": "Have a host that follows be the primary",
  "description": [
    "Returns C(ended), when apps could write to it, seconds since 1970; or C(wrong), why nothing was begun, for it does not have all of the WAL."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true},
    "at": {"description": "The last byte of WAL that the former one wrote; this one has to have it. 0 where that cannot be known.", "type": "int", "required": true},
    "standbys": {"description": "Names of the hosts that follow this one then.", "type": "list", "elements": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    cluster = Cluster(module.params["version"])
    try:
        if not module.check_mode and (wrong := behind(cluster, module.params["at"])):
            module.exit_json(changed=False, wrong=wrong)
        if module.check_mode:
            module.exit_json(changed=True, ended=time.time(), wrong="")
        take_over(cluster)
        ended = time.time()
        admit(module.params["standbys"], look=False)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=True, ended=ended, wrong="")


if __name__ == "__main__":
    main()

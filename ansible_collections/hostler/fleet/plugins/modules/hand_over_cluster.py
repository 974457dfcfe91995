"""Stop a primary so that another host can take its place."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.standby import hand_over, leave, take_back
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "hand_over_cluster",
  "short_description": "Stop a primary so that another host can take its place",
  "description": [
    "All that it wrote is sent to those that follow before it ends, and when it starts again, it follows.",
    "Returns C(at), the last byte of WAL that it wrote, and C(began), when it was about to stop, seconds since 1970."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true},
    "how": {
      "description": [
        "C(in order), for one that answers; C(at once), for one that does not: it is only kept from starting, and gets data anew before it follows; C(back), for one that was to hand over and is the primary all the same."
      ],
      "type": "str",
      "choices": ["in order", "at once", "back"],
      "default": "in order"
    }
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    cluster, how, at, began = Cluster(module.params["version"]), module.params["how"], 0, time.time()
    if module.check_mode:
        module.exit_json(changed=True, at=at, began=began)
    try:
        if how == "back":
            take_back(cluster)
        elif how == "at once":
            leave(cluster)
        else:
            try:
                at, began = hand_over(cluster)
            except (Failed, OSError):
                take_back(cluster)
                raise
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=True, at=at, began=began)


if __name__ == "__main__":
    main()

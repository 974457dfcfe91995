"""See that what is live on this host bears what the release command did, and that the new release does."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.bears import problem
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "check_live",
  "short_description": "See that what is live on this host bears what the release command did, and that the new release does",
  "description": [
    "Each slot is asked for its health path until its release is healthy several times in a row. A slot that is to run another release is not asked.",
    "Where what is live is not healthy, the failure has C(borne), false. Nothing is changed."
  ],
  "options": {
    "name": {"description": "Name of the app.", "type": "str", "required": true},
    "live": {
      "description": "What is live: its C(slot), C(release) and C(port), and C(check), path and host name of its health check.",
      "type": "dict", "required": true
    },
    "standby": {"description": "The same of what is to be live.", "type": "dict", "required": true},
    "seconds": {"description": "How long each slot may take until it is healthy.", "type": "int", "default": 10}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    if module.check_mode:
        module.exit_json(changed=False, said="")
    try:
        wrong, borne = problem(params["name"], params["live"], params["standby"], params["seconds"], time.time())
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    if wrong:
        module.fail_json(wrong, borne=borne)
    module.exit_json(changed=False, said="still healthy")


if __name__ == "__main__":
    main()

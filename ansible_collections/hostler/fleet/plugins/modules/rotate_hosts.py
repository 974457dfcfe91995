"""Take web hosts out of rotation, and put them back."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, place
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.rotation import leave, rejoin
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "rotate_hosts",
  "short_description": "Take web hosts out of rotation, or put them back",
  "description": [
    "With C(out), no further request is sent to them, and those that are open are waited for.",
    "A host that would leave a backend without any server is refused.",
    "Else the health checks decide on them again, and it waits until they are up in C(backends).",
    "What is not within C(seconds) is a failure.",
    "Returns C(up), the backends in which a host was up before; without C(out) it is C(backends).",
    "And C(down), what is wrong with each server that did not come back, and C(open), how many requests were still open in the end."
  ],
  "options": {
    "hosts": {"description": "Names of the web hosts.", "type": "list", "elements": "str", "required": true},
    "out": {"description": "Whether they are taken out.", "type": "bool", "required": true},
    "backends": {
      "description": [
        "Names of the backends in which they have to be up again; with C(out) those in which another host has to stay."
      ],
      "type": "list", "elements": "str", "required": true
    },
    "anyway": {"description": "Whether no other host has to stay.", "type": "bool", "default": false},
    "optional": {"description": "Whether a host that does not come up again is no failure.", "type": "bool", "default": false},
    "seconds": {"description": "How long to wait.", "type": "int", "default": 10},
    "run": {"description": "Id of the lock that must be held.", "type": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    if module.check_mode:
        module.exit_json(changed=True, up=[], down={}, open=0)
    try:
        result = (leave if params["out"] else rejoin)(Runtime(str(place.SOCKET)), params)
    except (Refused, lock.Lost, ValueError, OSError) as error:
        module.fail_json(str(error))
    if result["down"] and not params["optional"]:
        said = "; ".join(f"{server}: {wrong}" for server, wrong in result["down"].items())
        module.fail_json(f"This balancer does not see up again what was up before, after {params['seconds']} s: {said}.", **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

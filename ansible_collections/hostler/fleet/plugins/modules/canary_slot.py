"""Send a share of the requests to the standby slot for a while, and fail if it does worse than the live one."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, place, record
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.canary import try_out
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.counters import words, worse
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "canary_slot",
  "short_description": "Send a share of the requests to the standby slot for a while, and fail if it does worse than the live one",
  "description": [
    "The share is told to the running HAProxy alone, not to the map's file, and taken back at the end whatever comes.",
    "A reload forgets it; then it is told again.",
    "Returns C(count), the C(requests) and C(failed) of the standby slot."
  ],
  "options": {
    "run": {"description": "Id of the lock that must be held.", "type": "str", "required": true},
    "balancer": {"description": "Name of this balancer.", "type": "str", "required": true},
    "at": {"description": "The time that the event gets.", "type": "str", "default": ""},
    "app": {"description": "Name of the app.", "type": "str", "required": true},
    "slot": {"description": "The standby slot.", "type": "str", "required": true},
    "live": {"description": "The live slot.", "type": "str", "required": true},
    "percent": {"description": "How many of a hundred requests it gets.", "type": "int", "required": true},
    "seconds": {"description": "For how long.", "type": "int", "required": true},
    "event": {"description": "What is added to the history with the counts.", "type": "dict", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    if module.check_mode:
        module.exit_json(changed=False)
    path, runtime = place.MAP, Runtime(str(place.SOCKET))
    try:
        try:
            canary, live = try_out(path, runtime, params)
        finally:
            runtime.change(path, slots.canary(params["app"], params["slot"], 0))
        record.note([{**params["event"], "balancer": params["balancer"], "at": params["at"], **canary}], module.warn)
    except (Refused, lock.Lost, OSError) as error:
        module.fail_json(str(error))
    if worse(canary, live):
        module.fail_json(f"The canary is worse than what is live: {words(canary)}, and {words(live)} on the live slot.")
    if not canary["requests"]:
        module.warn(f"This balancer had no request for the canary within {params['seconds']} s, so it cannot tell how the release does.")
    module.exit_json(changed=True, count=canary)


if __name__ == "__main__":
    main()

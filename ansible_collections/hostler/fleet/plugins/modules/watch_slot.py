"""Watch a slot that has just become live, and fail if it does worse than the one before."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import change, lock, place, record
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime, servers, up
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.watch import PAUSE, count, wrong
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "watch_slot",
  "short_description": "Watch a slot that has just become live, and fail if it does worse than the one before",
  "description": [
    "Worse is no server up, or clearly more answers of 500 and above than before the switch, as this balancer counts them.",
    "Then this balancer goes back at once, by the lines C(back); the run that asked has the others follow.",
    "It fails with C(worse) then, and C(counted), as C(count) below.",
    "Returns C(count), the C(requests) and C(failed) of both slots since the switch, and adds it to the history; C(down), the web hosts that are not up in the slot in the end, which is no fault of what they run while others are; and C(unlocked)."
  ],
  "options": {
    "backend": {"description": "Name of the live slot's backend.", "type": "str", "required": true},
    "former": {"description": "Name of the backend that was live; it ends what it had begun.", "type": "str", "required": true},
    "balancer": {"description": "Name of this balancer.", "type": "str", "required": true},
    "at": {"description": "The time that events get.", "type": "str", "default": ""},
    "before": {"description": "For each balancer the counters of the former backend some time before the switch.", "type": "dict", "required": true},
    "switched": {"description": "Counters of both backends at the switch.", "type": "dict", "required": true},
    "seconds": {"description": "How long to watch.", "type": "int", "required": true},
    "run": {"description": "Id of the lock that must be held to go back.", "type": "str", "required": true},
    "back": {"description": "Lines of the map that go back to what was live.", "type": "dict", "required": true},
    "after": {"description": "For how many seconds it was watched before.", "type": "int", "default": 0},
    "last": {
      "description": [
        "Whether the watch ends with this.",
        "Counts are recorded then or with going back."
      ],
      "type": "bool", "default": true
    },
    "event": {"description": "What is added to the history with the counts.", "type": "dict", "default": {}},
    "back_event": {"description": "What is added to the history for going back.", "type": "dict", "required": true},
    "unlock": {
      "description": [
        "Whether to give the lock back if all is well; a task less than to do so later."
      ],
      "type": "bool", "default": false
    }
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    if module.check_mode:
        module.exit_json(changed=False, down=[], unlocked=False)
    runtime = Runtime(str(place.SOCKET))
    began = time.monotonic()
    said = ""
    both = {"requests": 0, "failed": 0}
    try:
        while not said:
            rows = runtime.statistics()
            live, both = count(rows, params)
            said = wrong(rows, live, params)
            if time.monotonic() - began >= params["seconds"]:
                break
            time.sleep(PAUSE)
        if said:
            with lock.held(params["run"]):
                change.everywhere(place.MAP, runtime, params["back"])
        seconds = round(params["after"] + time.monotonic() - began, 1)
        counted = (
            [{**params["event"], "balancer": params["balancer"], "at": params["at"], **both, "seconds": seconds}]
            if params["event"] and (said or params["last"])
            else []
        )
        record.note(counted + ([{**params["back_event"], "at": params["at"]}] if said else []), module.warn)
    except (Refused, lock.Lost, OSError) as error:
        module.fail_json(str(error))
    if said:
        module.fail_json(f"{params['backend']} is worse than what was live: {said}.", worse=True, counted=both)
    unlocked = params["unlock"] and params["last"]
    if unlocked:
        lock.release(params["run"])
    down = sorted(servers(rows, params["backend"]).keys() - set(up(rows, params["backend"])))
    module.exit_json(changed=False, count=both, down=down, unlocked=unlocked)


if __name__ == "__main__":
    main()

"""Have the health checks ask a slot for a release, and wait until this balancer sees it up."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import change, lock, place
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.gate import wait
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "gate_slot",
  "short_description": "Have the health checks ask a slot for a release, and wait until this balancer sees it up",
  "description": [
    "Up is HAProxy's own word, twice in a row.",
    "Its check asks for the release that the map names, so an older one is not up."
  ],
  "options": {
    "entries": {"description": "Lines of the map that name the release.", "type": "dict", "required": true},
    "run": {"description": "Id of the lock that must be held.", "type": "str", "required": true},
    "backend": {"description": "Name of the slot's backend.", "type": "str", "required": true},
    "servers": {"description": "Names of the servers that have to be up.", "type": "list", "elements": "str", "required": true},
    "seconds": {"description": "How long to wait.", "type": "int", "default": 10}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    path, runtime = place.MAP, Runtime(str(place.SOCKET))
    if module.check_mode:
        before = slots_map.read(path)
        module.exit_json(changed=slots.merge(before, params["entries"]) != before)
    try:
        with lock.held(params["run"]):
            changed = change.everywhere(path, runtime, params["entries"])
        down = wait(runtime, params["backend"], params["servers"], params["seconds"])
    except (Refused, lock.Lost, OSError) as error:
        module.fail_json(str(error))
    if down:
        said = "; ".join(f"{name}: {wrong}" for name, wrong in down.items())
        module.fail_json(
            f"This balancer does not see {params['backend']} up after {params['seconds']} s: {said}. "
            "The hosts themselves do, so look at what lies between: addresses, routes, firewalls."
        )
    module.exit_json(changed=changed, said=f"{len(params['servers'])} of {len(params['servers'])} up")


if __name__ == "__main__":
    main()

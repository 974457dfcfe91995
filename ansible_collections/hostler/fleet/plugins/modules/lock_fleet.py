"""Take the fleet's lock on a balancer, end what a run that is no more has left there, and tell what the balancer knows."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, place
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.look import end_canaries, end_rotations, look
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "lock_fleet",
  "short_description": "Take the fleet's lock on a balancer, and tell what it knows",
  "description": [
    "Returns what C(slots_info) does.",
    "Where somebody else has the lock, C(holder) says who, and nothing else is returned.",
    "What a run that is no more has left is ended first, a canary and web hosts out of rotation."
  ],
  "options": {
    "lock": {"description": "The lock to take; the action of the same name makes it.", "type": "dict", "required": true},
    "over": {"description": "Id of a holder from whom the lock may be taken.", "type": "str", "default": ""}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    try:
        holder = {} if module.check_mode else lock.take(params["lock"], params["over"])
    except OSError as error:
        module.fail_json(f"The fleet's lock cannot be taken: {error}")
    if holder:
        module.exit_json(changed=False, holder=holder)
    path, runtime = place.MAP, Runtime(str(place.SOCKET))
    returned = False
    try:
        if not module.check_mode:
            end_canaries(path, runtime)
            returned = end_rotations(runtime)
        found = look(path, runtime, place.CONFIG)
    except (Refused, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=returned, **found.json())


if __name__ == "__main__":
    main()

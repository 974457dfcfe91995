# Managed by Hostler, role:balancer
"""Have the health checks ask a slot for a release, and wait until this balancer sees it up."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_balancer import lock, slots
from ansible.module_utils.hostler_balancer.runtime import Refused, Runtime, servers

DOCUMENTATION = """
module: gate_slot
short_description: Have the health checks ask a slot for a release, and wait until this balancer sees it up
description:
  - Up is HAProxy's own word, twice in a row. Its check asks for the release that the map names, so an older one is not up.
options:
  map: {description: The file of the map of slots., type: path, required: true}
  socket: {description: HAProxy's runtime socket., type: path, required: true}
  entries: {description: Lines of the map that name the release., type: dict, required: true}
  run: {description: Id of the lock that must be held., type: str, required: true}
  backend: {description: Name of the slot's backend., type: str, required: true}
  servers: {description: Names of the servers that have to be up., type: list, elements: str, required: true}
  seconds: {description: How long to wait., type: int, default: 10}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "map": {"type": "path", "required": True},
    "socket": {"type": "path", "required": True},
    "entries": {"type": "dict", "required": True},
    "run": {"type": "str", "required": True},
    "backend": {"type": "str", "required": True},
    "servers": {"type": "list", "elements": "str", "required": True},
    "seconds": {"type": "int", "default": 10},
}
PAUSE = 0.1  # seconds; as often as HAProxy asks a server whose state is about to change
IN_A_ROW = 2


def missing(runtime: Runtime, backend: str, names: list[str]) -> dict[str, str]:
    """Return what is wrong with each server that is not up."""
    seen = servers(runtime.statistics(), backend)
    return {name: wrong for name in names if (wrong := seen.get(name, "not in HAProxy's configuration"))}


def wait(runtime: Runtime, backend: str, names: list[str], seconds: float) -> dict[str, str]:
    """Wait until all servers are up; return what was last wrong with those that are not within `seconds`."""
    deadline = time.monotonic() + seconds
    good = 0
    while good < IN_A_ROW:
        down = missing(runtime, backend, names)
        good = 0 if down else good + 1
        if down and time.monotonic() > deadline:
            return down
        time.sleep(PAUSE)
    return {}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    path, runtime = Path(params["map"]), Runtime(params["socket"])
    if module.check_mode:
        before = slots.read(path)
        module.exit_json(changed=slots.merge(before, params["entries"]) != before)
    try:
        with lock.held(params["run"]):
            before = slots.read(path)
            after = slots.merge(before, params["entries"])
            if after != before:
                slots.write(path, after)
            changed = runtime.change(path, params["entries"])
        down = wait(runtime, params["backend"], params["servers"], params["seconds"])
    except (Refused, lock.Lost, OSError) as error:
        module.fail_json(str(error))
    if down:
        said = "; ".join(f"{name}: {wrong}" for name, wrong in down.items())
        module.fail_json(
            f"This balancer does not see {params['backend']} up after {params['seconds']} s: {said}. "
            "The hosts themselves do, so look at what lies between: addresses, routes, firewalls."
        )
    module.exit_json(changed=changed or after != before)


if __name__ == "__main__":
    main()

# Managed by Hostler, role:balancer
"""Wait until this balancer sees every server of a backend up."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_balancer.runtime import Refused, Runtime

DOCUMENTATION = """
module: await_backend
short_description: Wait until this balancer sees every server of a backend up
description:
  - Up is HAProxy's own word, twice in a row. Its check asks for the release that the map names, so an older one is not up.
options:
  socket: {description: HAProxy's runtime socket., type: path, required: true}
  backend: {description: Name of the backend., type: str, required: true}
  servers: {description: Names of the servers that have to be up., type: list, elements: str, required: true}
  seconds: {description: How long to wait., type: int, default: 10}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "socket": {"type": "path", "required": True},
    "backend": {"type": "str", "required": True},
    "servers": {"type": "list", "elements": "str", "required": True},
    "seconds": {"type": "int", "default": 10},
}
PAUSE = 0.25  # seconds; as long as HAProxy waits between its checks
IN_A_ROW = 2


def missing(runtime: Runtime, backend: str, servers: list[str]) -> dict[str, str]:
    """Return what is wrong with each server that is not up."""
    seen = runtime.servers(backend)
    return {name: wrong for name in servers if (wrong := seen.get(name, "not in HAProxy's configuration"))}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    if module.check_mode:
        module.exit_json(changed=False)
    runtime = Runtime(params["socket"])
    deadline = time.monotonic() + params["seconds"]
    good = 0
    try:
        while good < IN_A_ROW:
            down = missing(runtime, params["backend"], params["servers"])
            good = 0 if down else good + 1
            if down and time.monotonic() > deadline:
                said = "; ".join(f"{name}: {wrong}" for name, wrong in down.items())
                module.fail_json(
                    f"This balancer does not see {params['backend']} up after {params['seconds']} s: {said}. "
                    "The hosts themselves do, so look at what lies between: addresses, routes, firewalls."
                )
            time.sleep(PAUSE)
    except Refused as error:
        module.fail_json(str(error))
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()

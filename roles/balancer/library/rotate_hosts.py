# Managed by Hostler, role:balancer
"""Take web hosts out of rotation, and put them back."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_balancer import lock, rotation
from ansible.module_utils.hostler_balancer.runtime import Refused, Runtime, up

DOCUMENTATION = """
module: rotate_hosts
short_description: Take web hosts out of rotation, or put them back
description:
  - With C(out), no further request is sent to them, and those that are open are waited for. A host that would leave a backend without
    any server is refused.
  - Else the health checks decide on them again, and it waits until they are up in C(backends). What is not within C(seconds) is a failure.
  - Returns C(up), the backends in which a host was up before; without C(out) it is C(backends). And C(down), what is wrong with each
    server that did not come back, and C(open), how many requests were still open in the end.
options:
  socket: {description: HAProxy's runtime socket., type: path, required: true}
  hosts: {description: Names of the web hosts., type: list, elements: str, required: true}
  out: {description: Whether they are taken out., type: bool, required: true}
  backends:
    description: Names of the backends in which they have to be up again; with C(out) those in which another host has to stay.
    type: list
    elements: str
    required: true
  anyway: {description: Whether no other host has to stay., type: bool, default: false}
  optional: {description: Whether a host that does not come up again is no failure., type: bool, default: false}
  seconds: {description: How long to wait., type: int, default: 10}
  run: {description: Id of the lock that must be held., type: str, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "socket": {"type": "path", "required": True},
    "hosts": {"type": "list", "elements": "str", "required": True},
    "out": {"type": "bool", "required": True},
    "backends": {"type": "list", "elements": "str", "required": True},
    "anyway": {"type": "bool", "default": False},
    "optional": {"type": "bool", "default": False},
    "seconds": {"type": "int", "default": 10},
    "run": {"type": "str", "required": True},
}


def serving(rows: rotation.Rows, hosts: list[str]) -> list[str]:
    """Return the backends in which one of the hosts is up."""
    return sorted({backend for backend, _ in rotation.servers_of(rows, hosts) if set(up(rows, backend)) & set(hosts)})


def alone(rows: rotation.Rows, hosts: list[str], backends: list[str]) -> list[str]:
    """Return the backends that would have no server that is up without these hosts."""
    return [backend for backend in serving(rows, hosts) if backend in backends and not set(up(rows, backend)) - set(hosts)]


def take_out(runtime: Runtime, params: dict[str, Any]) -> dict[str, Any]:
    """Take the hosts out and wait for what is open on them; return the result. ValueError where nobody would serve."""
    hosts: list[str] = params["hosts"]
    with lock.held(params["run"]):
        rows = runtime.statistics()
        if not params["anyway"] and (lonely := alone(rows, hosts, params["backends"])):
            raise ValueError(f"No other web host is up in {', '.join(lonely)}; {', '.join(hosts)} stays in rotation.")
        mine = rotation.servers_of(rows, hosts)
        rotation.take_out(runtime, mine)
    deadline = time.monotonic() + params["seconds"]
    while (left := rotation.under_way(runtime.statistics(), mine)) and time.monotonic() < deadline:
        time.sleep(rotation.PAUSE)
    return {"changed": bool(set(mine) - set(rotation.out(rows))), "up": serving(rows, hosts), "down": {}, "open": left}


def put_back(runtime: Runtime, params: dict[str, Any]) -> dict[str, Any]:
    """Put the hosts back and wait until they are up; return the result."""
    hosts: list[str] = params["hosts"]
    with lock.held(params["run"]):
        mine = [server for server in rotation.out(runtime.statistics()) if server[1] in hosts]
        rotation.put_back(runtime, mine)
    places = [(backend, host) for backend in params["backends"] for host in hosts]
    down = {f"{host} in {backend}": wrong for (backend, host), wrong in rotation.wait(runtime, places, params["seconds"]).items()}
    return {"changed": bool(mine), "up": params["backends"], "down": down, "open": 0}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    if module.check_mode:
        module.exit_json(changed=True, up=[], down={}, open=0)
    try:
        result = (take_out if params["out"] else put_back)(Runtime(params["socket"]), params)
    except (Refused, lock.Lost, ValueError, OSError) as error:
        module.fail_json(str(error))
    if result["down"] and not params["optional"]:
        said = "; ".join(f"{server}: {wrong}" for server, wrong in result["down"].items())
        module.fail_json(f"This balancer does not see up again what was up before, after {params['seconds']} s: {said}.", **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

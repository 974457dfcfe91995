# Managed by Hostler, role:balancer
"""Send a share of the requests to the standby slot for a while, and fail if it does worse than the live one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_balancer import history, lock
from ansible.module_utils.hostler_balancer.runtime import Refused, Runtime, counters
from ansible.module_utils.hostler_balancer.traffic import Count, plus, since, words, worse

DOCUMENTATION = """
module: canary_slot
short_description: Send a share of the requests to the standby slot for a while, and fail if it does worse than the live one
description:
  - The share is told to the running HAProxy alone, not to the map's file, and taken back at the end whatever comes. A reload
    forgets it; then it is told again.
  - Returns C(count), the C(requests) and C(failed) of the standby slot.
options:
  map: {description: The file of the map of slots., type: path, required: true}
  socket: {description: HAProxy's runtime socket., type: path, required: true}
  run: {description: Id of the lock that must be held., type: str, required: true}
  app: {description: Name of the app., type: str, required: true}
  slot: {description: The standby slot., type: str, required: true}
  live: {description: The live slot., type: str, required: true}
  percent: {description: 'How many of a hundred requests it gets.', type: int, required: true}
  seconds: {description: For how long., type: int, required: true}
  event: {description: What is added to the history with the counts., type: dict, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "map": {"type": "path", "required": True},
    "socket": {"type": "path", "required": True},
    "run": {"type": "str", "required": True},
    "app": {"type": "str", "required": True},
    "slot": {"type": "str", "required": True},
    "live": {"type": "str", "required": True},
    "percent": {"type": "int", "required": True},
    "seconds": {"type": "int", "required": True},
    "event": {"type": "dict", "required": True},
}
PAUSE = 0.25


def entries(app: str, slot: str, percent: int) -> dict[str, str]:
    """Return the map's lines of a canary; with 0 percent, those that take it back."""
    return {f"{app}/canary": slot if percent else "", f"{app}/canary/percent": str(percent) if percent else ""}


def try_out(path: Path, runtime: Runtime, params: dict[str, Any]) -> tuple[Count, Count]:
    """Return what standby and live slot counted, until the time is over or the standby is clearly worse."""
    names = [f"{params['app']}_{params[which]}" for which in ("slot", "live")]
    rows = runtime.statistics()
    last = [counters(rows, name) for name in names]
    canary = live = {"requests": 0, "failed": 0}
    share = entries(params["app"], params["slot"], params["percent"])
    deadline = time.monotonic() + params["seconds"]
    while True:
        # The run that asked may be no more; then this ends as soon as another run has the lock
        with lock.held(params["run"]):
            runtime.change(path, share)
        time.sleep(PAUSE)
        rows = runtime.statistics()
        # Bit by bit, for a reload has HAProxy count anew
        now = [counters(rows, name) for name in names]
        canary, live = (plus(count, since(new, old)) for count, new, old in zip((canary, live), now, last, strict=True))
        last = now
        if worse(canary, live) or time.monotonic() >= deadline:
            return canary, live


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    if module.check_mode:
        module.exit_json(changed=False, count={})
    path, runtime = Path(params["map"]), Runtime(params["socket"])
    try:
        try:
            canary, live = try_out(path, runtime, params)
        finally:
            runtime.change(path, entries(params["app"], params["slot"], 0))
        history.note([{**params["event"], **canary}], module.warn)
    except (Refused, lock.Lost, OSError) as error:
        module.fail_json(str(error))
    if worse(canary, live):
        module.fail_json(f"The canary is worse than what is live: {words(canary)}, and {words(live)} on the live slot.")
    if not canary["requests"]:
        module.warn(f"This balancer had no request for the canary within {params['seconds']} s, so it cannot tell how the release does.")
    module.exit_json(changed=True, count=canary)


if __name__ == "__main__":
    main()

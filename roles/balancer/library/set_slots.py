# Managed by Hostler, role:balancer
"""Change the map of slots, in its file and in the running HAProxy: this is the switch."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_balancer import change, history, lock, slots
from ansible.module_utils.hostler_balancer.runtime import Down, Refused, Runtime, counters

DOCUMENTATION = """
module: set_slots
short_description: Change the map of slots, in its file and in the running HAProxy
description:
  - The file first, so that a full disk is known before a request moves; if HAProxy then refuses, the file is put back.
  - No reload and no drain. The next request of each client goes by the new map; what is in flight ends where it is.
  - A history that cannot be written is a warning: the switch is done by then.
  - Returns C(entries) as given, and C(counters) of the backends that are named, from just before the change.
options:
  map: {description: The file of the map., type: path, required: true}
  socket: {description: HAProxy's runtime socket., type: path, required: true}
  entries: {description: Lines to set; an empty value takes a line out., type: dict, required: true}
  instead_of:
    description: >-
      Beginnings of keys, such as C(hello/maintenance). Other lines at or below these are taken out, also where only the running HAProxy
      has them.
    type: list
    elements: str
    default: []
  run: {description: Id of the lock that must be held; empty where none is needed., type: str, default: ''}
  backends: {description: Backends whose counters are returned., type: list, elements: str, default: []}
  events: {description: What to add to the history once it is done., type: list, elements: dict, default: []}
  initial:
    description: Add only lines that are missing, and to the file alone; HAProxy finds them at its next start or reload.
    type: bool
    default: false
  offline:
    description: Whether HAProxy may be down; it then finds the lines at its next start.
    type: bool
    default: false
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "map": {"type": "path", "required": True},
    "socket": {"type": "path", "required": True},
    "entries": {"type": "dict", "required": True},
    "instead_of": {"type": "list", "elements": "str", "default": []},
    "run": {"type": "str", "default": ""},
    "backends": {"type": "list", "elements": "str", "default": []},
    "events": {"type": "list", "elements": "dict", "default": []},
    "initial": {"type": "bool", "default": False},
    "offline": {"type": "bool", "default": False},
}


def below(keys: Iterable[str], beginnings: list[str]) -> list[str]:
    """Return the keys that are one of the beginnings, or lie below one."""
    return [key for key in keys if any(f"{key}/".startswith(f"{beginning}/") for beginning in beginnings)]


def running(path: Path, runtime: Runtime) -> dict[str, str]:
    """Return the lines that the running HAProxy has; none where it is down."""
    try:
        return runtime.entries(path)
    except Down:
        return {}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    path, runtime = Path(params["map"]), Runtime(params["socket"])
    try:
        with nullcontext() if module.check_mode else lock.held(params["run"]):
            before = slots.read(path)
            changes = {key: str(value or "") for key, value in params["entries"].items()}
            if params["instead_of"]:
                known = {**before, **running(path, runtime)}
                changes = dict.fromkeys(below(known, params["instead_of"]), "") | changes
            if params["initial"]:
                changes = {key: value for key, value in changes.items() if key not in before}
            after = slots.merge(before, changes)
            changed = after != before or not path.exists()
            rows = runtime.statistics() if params["backends"] and not module.check_mode else []
            if module.check_mode:
                pass
            elif params["initial"]:
                if changed:
                    slots.write(path, after)
            else:
                changed = change.everywhere(path, runtime, changes, params["offline"]) or changed
                history.note(params["events"], module.warn)
    except (Refused, lock.Lost, OSError) as error:
        module.fail_json(str(error))
    old, new = (slots.render(entries).splitlines(keepends=True) for entries in (before, after))
    module.exit_json(
        changed=changed,
        entries=params["entries"],
        counters={backend: counters(rows, backend) for backend in params["backends"]},
        diff={"prepared": "".join(difflib.unified_diff(old, new, str(path), str(path)))},
    )


if __name__ == "__main__":
    main()

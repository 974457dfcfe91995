# Managed by Hostler, role:balancer
"""Change the map of slots, in its file and in the running HAProxy: this is the switch."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_balancer import slots
from ansible.module_utils.hostler_balancer.runtime import Down, Refused, Runtime

DOCUMENTATION = """
module: set_slots
short_description: Change the map of slots, in its file and in the running HAProxy
description:
  - The file first, so that a full disk is known before a request moves; if HAProxy then refuses, the file is put back.
  - No reload and no drain. The next request of each client goes by the new map; what is in flight ends where it is.
  - Returns C(entries) as given.
options:
  map: {description: The file of the map., type: path, required: true}
  socket: {description: HAProxy's runtime socket., type: path, required: true}
  entries: {description: Lines to set; an empty value takes a line out., type: dict, required: true}
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
    "initial": {"type": "bool", "default": False},
    "offline": {"type": "bool", "default": False},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    path, runtime = Path(params["map"]), Runtime(params["socket"])
    before = slots.read(path)
    changes = {key: str(value or "") for key, value in params["entries"].items()}
    if params["initial"]:
        changes = {key: value for key, value in changes.items() if key not in before}
    after = slots.merge(before, changes)
    diff = "".join(
        difflib.unified_diff(
            slots.render(before).splitlines(keepends=True), slots.render(after).splitlines(keepends=True), str(path), str(path)
        )
    )
    changed = after != before or not path.exists()
    if changed and not module.check_mode:
        slots.write(path, after)
    if not (params["initial"] or module.check_mode):
        try:
            changed = runtime.change(path, changes) or changed
        except Refused as error:
            if not (params["offline"] and isinstance(error, Down)):
                slots.write(path, before)
                module.fail_json(str(error))
    module.exit_json(changed=changed, entries=params["entries"], diff={"prepared": diff})


if __name__ == "__main__":
    main()

# Managed by Hostler, role:balancer
"""Tell what a balancer knows: the live slot of each app, and the release and port of each slot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_balancer import slots
from ansible.module_utils.hostler_balancer.runtime import Down, Refused, Runtime

DOCUMENTATION = """
module: read_slots
short_description: Tell what a balancer knows of each app's slots
description:
  - Returns C(entries), the lines of the map of slots, C(live), a short text for each app that must be the same on all balancers,
    and C(ports), the port of each backend in HAProxy's configuration. All are empty on a host that is no balancer yet.
options:
  map: {description: The file of the map of slots., type: path, required: true}
  socket: {description: HAProxy's runtime socket., type: path, required: true}
  config: {description: HAProxy's configuration., type: path, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "map": {"type": "path", "required": True},
    "socket": {"type": "path", "required": True},
    "config": {"type": "path", "required": True},
}
BACKEND = re.compile(r"^backend (?P<name>\S+)|^\s+server \S+ \S+:(?P<port>\d+) ", re.MULTILINE)


def live(entries: dict[str, str]) -> dict[str, str]:
    """Return, for each app that has been deployed, its live slot and the release in it, such as 'blue 1f0c3a5e7b9d'."""
    apps = {key: value for key, value in entries.items() if "/" not in key}
    return {app: f"{slot} {entries[f'{app}/{slot}']}" for app, slot in apps.items() if f"{app}/{slot}" in entries}


def ports(config: str) -> dict[str, int]:
    """Return the port of the servers of each backend of HAProxy's configuration."""
    found, backend = {}, ""
    for match in BACKEND.finditer(config):
        if match["name"]:
            backend = match["name"]
        else:
            found[backend] = int(match["port"])
    return found


def memory(runtime: Runtime, path: Path) -> dict[str, str]:
    """Return the map's entries in the running HAProxy; none where it does not run, or runs without the map."""
    try:
        return runtime.entries(path)
    except Down:
        return {}


def unlike(file: dict[str, str], running: dict[str, str]) -> tuple[str, str] | None:
    """Return the first line that file and memory both have but with different values, as each has it."""
    for key in sorted(file.keys() & running.keys()):
        if file[key] != running[key]:
            return f"'{key} {file[key]}'", f"'{key} {running[key]}'"
    return None


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    path = Path(module.params["map"])
    entries = slots.read(path)
    try:
        said = unlike(entries, memory(Runtime(module.params["socket"]), path))
    except Refused as error:
        module.fail_json(str(error))
    if said:
        module.fail_json(
            f"{path} says {said[0]}, but the running HAProxy has {said[1]}. See which one is right, write it into the file, "
            "and run 'systemctl reload haproxy' there; then run this again."
        )
    config = Path(module.params["config"])
    text = config.read_text(encoding="utf-8") if config.exists() and entries else ""
    module.exit_json(changed=False, entries=entries, live=live(entries), ports=ports(text))


if __name__ == "__main__":
    main()

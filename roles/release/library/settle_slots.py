# Managed by Hostler, role:release
"""Have the live slot, and no other, start at boot, and remove releases that no slot needs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_release.host import SLOTS, App, Failed, must

DOCUMENTATION = """
module: settle_slots
short_description: Have the live slot, and no other, start at boot, and remove releases that no slot needs
options:
  name: {description: Name of the app., type: str, required: true}
  live: {description: The live slot., type: str, choices: [blue, green], required: true}
  keep: {description: How many releases stay; those in the slots always do., type: int, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "live": {"type": "str", "choices": ["blue", "green"], "required": True},
    "keep": {"type": "int", "required": True},
}
WANTS = Path("/etc/systemd/system/multi-user.target.wants")


def surplus(app: App, keep: int) -> list[Path]:
    """Return the folders of releases beyond `keep`, oldest first, and of virtual environments that no release would use then."""
    used = {app.in_slot(slot) for slot in SLOTS}
    releases = [path for path in (app.home / "releases").glob("*") if not path.name.startswith(".")]
    spare = sorted((path for path in releases if path.name not in used), key=lambda path: path.stat().st_mtime)
    room = max(0, keep - (len(releases) - len(spare)))
    old = spare[: max(0, len(spare) - room)]
    wanted = {(path / "venv").resolve() for path in releases if path not in old}
    venvs = [path for path in (app.home / "venvs").glob("*") if not path.name.startswith(".") and path.resolve() not in wanted]
    return old + venvs


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    app, live = App(module.params["name"]), module.params["live"]
    enabled = {slot: (WANTS / app.unit(slot)).is_symlink() for slot in SLOTS}
    turn = [slot for slot in SLOTS if enabled[slot] != (slot == live)]
    old = surplus(app, module.params["keep"])
    if module.check_mode or not (turn or old):
        module.exit_json(changed=bool(turn or old))
    try:
        for slot in turn:
            must("systemctl", "--quiet", "enable" if slot == live else "disable", app.unit(slot))
        for folder in old:
            shutil.rmtree(folder)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=True, removed=[str(folder) for folder in old])


if __name__ == "__main__":
    main()

# Managed by Hostler, role:web
"""Install the template unit of each app, once systemd itself has accepted it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: app_units
short_description: Install the template unit of each app
description:
  - A unit is installed only if C(systemd-analyze verify) has nothing to say of it. What runs is not restarted.
  - Both slots are enabled, so that a host comes back from a reboot with what it ran; a slot without a release is passed over.
  - Returns C(differ), the units that were not as they should be, by their paths, or by their names where they were not enabled.
options:
  units: {description: Text of each app's unit by the app's name., type: dict, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {"units": {"type": "dict", "required": True}}
FOLDER = Path("/etc/systemd/system")
WANTS = FOLDER / "multi-user.target.wants"
# The release that a unit starts comes later, so another program stands in for it
STAND_IN = (re.compile(r"^ExecStart=.*$", re.MULTILINE), "ExecStart=/bin/true")


def complaints(name: str, text: str) -> str:
    """Return what systemd says against a unit; nothing where it is good."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}@.service")
        path.write_text(STAND_IN[0].sub(STAND_IN[1], text), encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if f"{name}@" in line]
    return "\n".join(lines) or (done.stderr if done.returncode else "")


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    due = []
    diff = []
    for name, text in sorted(module.params["units"].items()):
        path = FOLDER / f"{name}@.service"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if before == text:
            continue
        if said := complaints(name, text):
            module.fail_json(f"systemd does not accept {path}:\n{said}")
        due.append((path, text))
        diff.append({"before": before, "after": text, "before_header": str(path), "after_header": str(path)})
    slots = [f"{name}@{slot}.service" for name in module.params["units"] for slot in ("blue", "green")]
    disabled = [unit for unit in slots if not (WANTS / unit).is_symlink()]
    if not module.check_mode:
        for path, text in due:
            module.atomic_move(_written(path, text), str(path))
        if due:
            module.run_command(["systemctl", "daemon-reload"], check_rc=True)
        if disabled:
            module.run_command(["systemctl", "--quiet", "enable", *disabled], check_rc=True)
    module.exit_json(changed=bool(due or disabled), diff=diff, differ=[str(path) for path, _ in due] + disabled)


def _written(path: Path, text: str) -> str:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.chmod(0o644)
    return str(part)


if __name__ == "__main__":
    main()

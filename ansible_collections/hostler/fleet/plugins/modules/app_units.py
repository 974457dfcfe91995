"""Install the template unit of each app, once systemd itself has accepted it."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import SYSTEM
from ansible_collections.hostler.fleet.plugins.module_utils.host.verify import WANTS, complaints, written
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "app_units",
  "short_description": "Install the template unit of each app",
  "description": [
    "A unit is installed only if C(systemd-analyze verify) has nothing to say of it.",
    "What runs is not restarted.",
    "Both slots are enabled, so that a host comes back from a reboot with what it ran; a slot without a release is passed over.",
    "Returns C(differ), the units that were not as they should be, by their paths, or by their names where they were not enabled."
  ],
  "options": {
    "units": {"description": "Text of each app's unit by the app's name.", "type": "dict", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    due = []
    diff = []
    for name, text in sorted(module.params["units"].items()):
        path = SYSTEM / f"{name}@.service"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if before == text:
            continue
        if said := complaints(name, text):
            module.fail_json(f"systemd does not accept {path}:\n{said}")
        due.append((path, text))
        diff.append({"before": before, "after": text, "before_header": str(path), "after_header": str(path)})
    slots = [f"{name}@{slot}.service" for name in module.params["units"] for slot in SLOTS]
    disabled = [unit for unit in slots if not (WANTS / unit).is_symlink()]
    if not module.check_mode:
        for path, text in due:
            module.atomic_move(written(path, text), str(path))
        if due:
            module.run_command(["systemctl", "daemon-reload"], check_rc=True)
        if disabled:
            module.run_command(["systemctl", "--quiet", "enable", *disabled], check_rc=True)
    module.exit_json(changed=bool(due or disabled), diff=diff, differ=[str(path) for path, _ in due] + disabled)


if __name__ == "__main__":
    main()

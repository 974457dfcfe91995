"""Upgrade a host's packages, or tell which upgrades are due."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.upgrade import Failed, due, reboot_due, upgrade
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "upgrade_packages",
  "short_description": "Upgrade a host's packages, or tell which upgrades are due",
  "description": [
    "Returns C(packages), those that were upgraded, or would be in check mode; and C(reboot), whether the system asks for one or has got a kernel since it booted.",
    "New packages may come, as a new kernel does; none is removed, so what would need that stays as it is.",
    "Configuration files stay as they are.",
    "What an upgrade that was cut off has left is finished first."
  ],
  "options": {}
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    try:
        packages = due()
        if packages and not module.check_mode:
            upgrade()
        reboot = reboot_due()
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=bool(packages), packages=packages, reboot=reboot)


if __name__ == "__main__":
    main()

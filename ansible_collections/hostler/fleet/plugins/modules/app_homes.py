"""Prepare a web host for its apps: for each a user, folders, and a template unit that systemd itself has accepted."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host import homes
from ansible_collections.hostler.fleet.plugins.module_utils.host.files import File, note, put_all, unapplied
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import SYSTEM
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

RELOAD = ("systemctl", "daemon-reload")
DOCUMENTATION = r"""
{
  "module": "app_homes",
  "short_description": "Make a user, folders and a template unit for each app",
  "description": [
    "The user is a system user without a shell; the folders are C(/srv/<app>) with C(releases), C(venvs) and C(slots).",
    "A unit is installed only if C(systemd-analyze verify) has nothing to say of any. What runs is not restarted.",
    "Both slots are enabled, so that a host comes back from a reboot with what it ran; a slot without a release is passed over.",
    "Returns C(differ), what was not as it should be: folders and units by their paths, or units by their names where they were not enabled; and C(pending), those of the paths that were as they should be, and not brought in."
  ],
  "options": {
    "units": {"description": "Text of each app's unit by the app's name.", "type": "dict", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    units = module.params["units"]
    folders = {name: wrong for name in sorted(units) if (wrong := homes.wrong_folders(name))}
    files = [File(SYSTEM / f"{name}@.service", text, unit=True, apply=RELOAD) for name, text in sorted(units.items())]
    disabled = homes.disabled(units)
    try:
        due = [file for file in files if file.differs()]
        texts = [file.diff() for file in due]
        again = unapplied(files)
        if module.check_mode:
            for file in due:
                file.check()
        else:
            put_all([*due, *again])
            note(files)
            for name in folders:
                homes.make(name)
            if disabled:
                must("systemctl", "--quiet", "enable", *disabled)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    pending = [str(file.path) for file in again]
    differ = [str(folder) for wrong in folders.values() for folder in wrong] + [str(file.path) for file in due] + pending + disabled
    made = {"before": "", "after": "".join(f"user {name}, folder /srv/{name}\n" for name in folders)}
    # A run that has come here need not refuse the host for what it lacked when it was asked
    module.exit_json(changed=bool(differ), diff=[made, *texts], differ=differ, pending=pending, ansible_facts={"hostler_prepared": True})


if __name__ == "__main__":
    main()

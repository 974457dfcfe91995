"""Make a user and a folder for each app: root owns the folder, the app's group may read it, nobody else."""

from __future__ import annotations

import subprocess

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.homes import lacks_user, make, wrong_folders
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "app_homes",
  "short_description": "Make a user and a folder for each app",
  "description": [
    "The user is a system user without a shell.",
    "The folders are C(/srv/<app>) with C(releases), C(venvs) and C(slots)."
  ],
  "options": {
    "apps": {"description": "Names of the apps.", "type": "list", "elements": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    due = [name for name in module.params["apps"] if lacks_user(name) or wrong_folders(name)]
    diff = {"before": "", "after": "".join(f"user {name}, folder /srv/{name}\n" for name in due)}
    try:
        for name in due if not module.check_mode else []:
            make(name)
    except subprocess.CalledProcessError as error:
        module.fail_json(f"'{' '.join(error.cmd)}' failed: {error.stderr.strip()}")
    # A run that has come here need not refuse the host for what it lacked when it was asked
    module.exit_json(changed=bool(due), diff=diff, ansible_facts={"hostler_prepared": True})


if __name__ == "__main__":
    main()

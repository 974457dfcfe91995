# Managed by Hostler, role:web
"""Make a user and a folder for each app: root owns the folder, the app's group may read it, nobody else."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: app_homes
short_description: Make a user and a folder for each app
description:
  - The user is a system user without a shell. The folders are C(/srv/<app>) with C(releases), C(venvs) and C(slots).
options:
  names: {description: Names of the apps., type: list, elements: str, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {"names": {"type": "list", "elements": "str", "required": True}}
FOLDERS = ("", "releases", "venvs", "slots")
MODE = 0o750


def lacks_user(name: str) -> bool:
    """Tell whether the host has no such user."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return True
    return False


def wrong_folders(name: str) -> list[Path]:
    """Return the app's folders that are missing, or not root's with the app's group and the right mode."""
    gid = None if lacks_user(name) else pwd.getpwnam(name).pw_gid
    wrong = []
    for folder in FOLDERS:
        path = Path("/srv", name, folder)
        if not path.is_dir():
            wrong.append(path)
            continue
        state = path.stat()
        if (state.st_uid, state.st_gid, state.st_mode & 0o7777) != (0, gid, MODE):
            wrong.append(path)
    return wrong


def make(name: str) -> None:
    """Make what is missing and put right what is wrong."""
    if lacks_user(name):
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", f"/srv/{name}"]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", name], check=True, capture_output=True, text=True)
    gid = pwd.getpwnam(name).pw_gid
    for path in wrong_folders(name):
        path.mkdir(exist_ok=True)
        os.chown(path, 0, gid)
        path.chmod(MODE)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    due = [name for name in module.params["names"] if lacks_user(name) or wrong_folders(name)]
    diff = {"before": "", "after": "".join(f"user {name}, folder /srv/{name}\n" for name in due)}
    try:
        for name in due if not module.check_mode else []:
            make(name)
    except subprocess.CalledProcessError as error:
        module.fail_json(f"'{' '.join(error.cmd)}' failed: {error.stderr.strip()}")
    module.exit_json(changed=bool(due), diff=diff)


if __name__ == "__main__":
    main()

"""Make a user and a folder for each app: root owns the folder, the app's group may read it, nobody else."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

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

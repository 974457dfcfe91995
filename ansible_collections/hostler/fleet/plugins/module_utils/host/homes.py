"""An app's place on a web host: its user, and folders that root owns, the app's group may read, and nobody else."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import SYSTEM
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import must
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS

FOLDERS = ("", "releases", "venvs", "slots")
MODE = 0o750
WANTS = SYSTEM / "multi-user.target.wants"


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
        home, shell = f"/srv/{name}", "/usr/sbin/nologin"
        must("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", home, "--shell", shell, name)
    gid = pwd.getpwnam(name).pw_gid
    for path in wrong_folders(name):
        path.mkdir(exist_ok=True)
        os.chown(path, 0, gid)
        path.chmod(MODE)


def disabled(names: Iterable[str]) -> list[str]:
    """Return the units of the apps' slots that do not start with the host."""
    units = [f"{name}@{slot}.service" for name in names for slot in SLOTS]
    return [unit for unit in units if not (WANTS / unit).is_symlink()]

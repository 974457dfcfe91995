"""How the hosts of a lab are reached: its folder on the control machine has an SSH key, and known_hosts with the hosts' own keys."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import must
from ansible_collections.hostler.fleet.plugins.module_utils.only import only

KEY, PUBLIC, KNOWN = "id_ed25519", "id_ed25519.pub", "known_hosts"

# $1: user, $2: public key. Prints "changed" if it was needed, then the host's own public keys.
LOGIN = r"""
set -eu
id "$1" >/dev/null 2>&1 || { useradd --create-home --shell /bin/bash "$1"; echo changed; }
rights=/etc/sudoers.d/90-lab-$1
[ -e "$rights" ] || {
    umask 337; echo "$1 ALL=(ALL:ALL) NOPASSWD: ALL" >"$rights.part"; umask 022  # sudo passes over a name with a dot
    visudo -qcf "$rights.part"; mv "$rights.part" "$rights"; echo changed
}
home=$(getent passwd "$1" | cut -d: -f6)
keys=$home/.ssh/authorized_keys
[ "$(stat -c %U "$home" 2>/dev/null)" = "$1" ] || { install -d -m 700 -o "$1" -g "$1" "$home"; echo changed; }
grep -qxF "$2" "$keys" 2>/dev/null || {
    install -d -m 700 -o "$1" -g "$1" "$home/.ssh"
    echo "$2" >>"$keys"; chown "$1:$1" "$keys"; chmod 600 "$keys"; echo changed
}
cat /etc/ssh/ssh_host_*_key.pub
"""


def let_in(container: str, user: str, address: str, folder: Path) -> bool:
    """Let a user of the host log in with the lab's key and use sudo, and know the host's own keys; tell whether that was a change."""
    key = (folder / PUBLIC).read_text(encoding="utf-8").strip()
    lines = must("podman", "exec", container, "sh", "-c", LOGIN, "sh", user, key).splitlines()
    keys = sorted(" ".join(line.split()[:2]) for line in lines if line != "changed")
    return know(address, keys, folder) or "changed" in lines


def know(address: str, keys: list[str], folder: Path) -> bool:
    """Make `keys` the only ones that known_hosts has for this address; tell whether that was a change."""
    file, partial = folder / KNOWN, folder / f".{KNOWN}"
    # The other hosts write the same file
    with only(folder):
        old = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        new = [line for line in old if line.split()[:1] != [address]] + [f"{address} {key}" for key in keys]
        if sorted(new) == sorted(old):
            return False
        partial.write_text("\n".join(new) + "\n", encoding="utf-8")
        owner = folder.stat()
        os.chown(partial, owner.st_uid, owner.st_gid)
        partial.rename(file)
    return True

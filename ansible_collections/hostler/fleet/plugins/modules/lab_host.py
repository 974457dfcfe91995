"""Make a container that is as good as a bare VM, start it, and let its user and its SSH host keys be known."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import lab
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "lab_host",
  "short_description": "Make a container that is as good as a bare VM",
  "description": [
    "Creates or starts the container, waits until systemd has booted, adds the user with the lab's key.",
    "Keeps the host's lines in known_hosts true.",
    "A container that differs from what is asked for is never replaced."
  ],
  "options": {
    "name": {"description": "Name of the host.", "type": "str", "required": true},
    "address": {"description": "Its address in the network.", "type": "str", "required": true},
    "network": {"description": "Podman network; also the prefix of the container's name.", "type": "str", "required": true},
    "image": {"description": "Image as lab_image returns it.", "type": "str", "required": true},
    "user": {"description": "User who may log in with the lab's key, and use sudo.", "type": "str", "required": true},
    "dir": {"description": "Folder of id_ed25519.pub and known_hosts.", "type": "path", "required": true}
  }
}
"""

ADDRESS = "hostler.address"
BOOT_SECONDS = 90

# What systemd needs to enforce its sandboxes and limits. Never --privileged: it shares the machine's clock and sysctls.
CAPABILITIES = "SYS_ADMIN,NET_ADMIN,NET_RAW,SYS_NICE,SYS_PTRACE,MKNOD,AUDIT_WRITE"

CONTAINER = [
    "--cgroupns=private", "--systemd=false", f"--cap-add={CAPABILITIES}", "--env=container=podman",
    # The machine's AppArmor and SELinux profiles are made for applications: they forbid the mounts of a systemd
    "--security-opt=apparmor=unconfined", "--security-opt=label=disable",
    "--tmpfs=/run:rw,mode=755", "--tmpfs=/run/lock", "--tmpfs=/tmp",
    "--stop-signal=SIGRTMIN+3", "--ulimit=nofile=16384:16384", "--ulimit=nproc=30000:30000", "--pids-limit=-1",
]  # fmt: skip

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


class Host:
    """One host: `podman` is how it is looked at and changed."""

    def __init__(self, module: AnsibleModule) -> None:
        """Take what is asked for from the module's parameters."""
        self.module = module
        self.ask: dict[str, str] = module.params
        self.container = f"{self.ask['network']}-{self.ask['name']}"
        self.folder = Path(self.ask["dir"])

    def podman(self, *arguments: str, check: bool = True) -> str:
        """Run podman; return what it prints."""
        return str(self.module.run_command(["podman", *arguments], check_rc=check)[1])

    def inspect(self) -> Json | None:
        """Return what podman knows of the container, or None if there is none."""
        found = json.loads(self.podman("container", "inspect", self.container, check=False) or "[]")
        return found[0] if found else None

    def difference(self, container: Json) -> str | None:
        """Return in what an existing container differs from what is asked for."""
        labels = container["Config"].get("Labels") or {}
        if labels.get(lab.LABEL) != self.ask["network"]:
            return "was not made as a part of this lab"
        if container["ImageName"] != self.ask["image"]:
            return f"was made from the image {container['ImageName']}, not {self.ask['image']}"
        if labels.get(ADDRESS) != self.ask["address"]:
            return f"has the address {labels.get(ADDRESS)}, not {self.ask['address']}"
        return None

    def create(self) -> None:
        """Create the container and wait until systemd has started everything."""
        # As a VM keeps its network card over a reboot: other hosts would go on for a while to ask the old one
        card = "02:00:" + ":".join(f"{int(part):02x}" for part in self.ask["address"].split("."))
        # crun, which podman prefers, refuses a machine with cgroup v1
        legacy = self.podman("info", "--format", "{{.Host.CgroupsVersion}}").strip() != "v2"
        self.podman(
            *(["--runtime", "runc"] if legacy else []), "run", "--detach", *CONTAINER,
            f"--name={self.container}", f"--hostname={self.ask['name']}", f"--network={self.ask['network']}", f"--ip={self.ask['address']}",
            f"--mac-address={card}", f"--label={lab.LABEL}={self.ask['network']}",
            f"--label={ADDRESS}={self.ask['address']}", self.ask["image"], "/vm-init",
        )  # fmt: skip
        state = self.boot()
        if state != "running":
            failed = self.podman("exec", self.container, "systemctl", "--failed", "--plain", "--no-legend", check=False)
            journal = self.podman("exec", self.container, "journalctl", "--priority=warning", "--lines=30", "--no-pager", check=False)
            logs = self.podman("logs", "--tail=10", self.container, check=False)
            self.module.fail_json(msg=f"{self.ask['name']} has booted to {state or 'nothing'!r}, not 'running'.\n{failed}{journal}{logs}")

    def boot(self) -> str:
        """Wait until systemd has started everything, and return what it calls its state then."""
        end, state = time.monotonic() + BOOT_SECONDS, ""
        while time.monotonic() < end:
            state = self.podman("exec", self.container, "systemctl", "is-system-running", check=False).strip()
            if state in ("running", "degraded"):
                break
            time.sleep(0.2)
        return state

    def login(self) -> tuple[bool, list[str]]:
        """Let the lab's key in. Return whether that was a change, and the host's public keys."""
        key = (self.folder / "id_ed25519.pub").read_text().strip()
        lines = self.podman("exec", self.container, "sh", "-c", LOGIN, "sh", self.ask["user"], key).splitlines()
        return "changed" in lines, sorted(" ".join(line.split()[:2]) for line in lines if line != "changed")

    def know(self, keys: list[str]) -> bool:
        """Make `keys` the only ones that known_hosts has for this address. Return whether that was a change."""
        file = self.folder / "known_hosts"
        lock = os.open(self.folder, os.O_RDONLY)  # the other hosts write the same file
        fcntl.flock(lock, fcntl.LOCK_EX)
        old = file.read_text().splitlines() if file.exists() else []
        address = self.ask["address"]
        new = [line for line in old if line.split()[:1] != [address]] + [f"{address} {key}" for key in keys]
        changed = sorted(new) != sorted(old)
        if changed:
            partial = self.folder / ".known_hosts"
            partial.write_text("\n".join(new) + "\n")
            owner = self.folder.stat()
            os.chown(partial, owner.st_uid, owner.st_gid)
            partial.rename(file)
        os.close(lock)
        return changed


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    host = Host(module)
    changed = False
    container = host.inspect()
    if container and (difference := host.difference(container)):
        module.fail_json(msg=f"The container {host.container} {difference}: it is kept as it is, remove it first (make down).")
    if not (container and container["State"]["Running"]):
        changed = True
        if module.check_mode:
            module.exit_json(changed=True, container=host.container)
        if container:
            host.podman("start", host.container)
            host.boot()
        else:
            host.create()
    elif module.check_mode:
        module.exit_json(changed=False, container=host.container)
    let_in, keys = host.login()
    known = host.know(keys)
    module.exit_json(changed=changed or let_in or known, container=host.container)


if __name__ == "__main__":
    main()

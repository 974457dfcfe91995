# Managed by Hostler, role:lab
"""Remove lab hosts, and with the last of them everything that the lab has made."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: lab_removal
short_description: Remove lab hosts, and with the last of them the lab
description:
  - Only what carries the lab's label is touched. Safe when there is nothing, or no podman.
  - Unused images go with the last lab of the machine; one that is only being made has its network already.
options:
  network: {description: Name of the lab's podman network., type: str, required: true}
  hosts: {description: "Hosts to remove; without it, all that the lab has.", type: list, elements: str}
  dir: {description: Folder of the SSH key and known_hosts., type: path, required: true}
author: [Hostler]
"""
RETURN = r"""
removed: {description: What was removed., type: list, elements: str, returned: always}
"""
EXAMPLES = r"""
- name: Absent | Remove the lab
  lab_removal: {network: hostler-lab, dir: .cache/lab}
"""

LABEL, REPOSITORY = "hostler.lab", "localhost/hostler-lab"
LOCK = "/run"  # all labs of this machine wait for it, whatever checkout they are of
FILES = ("id_ed25519", "id_ed25519.pub", "known_hosts")


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "network": {"type": "str", "required": True},
            "hosts": {"type": "list", "elements": "str"},
            "dir": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    network, hosts, folder = module.params["network"], module.params["hosts"], Path(module.params["dir"])
    removed: list[str] = []

    def podman(*arguments: str) -> str:
        return str(module.run_command(["podman", *arguments], check_rc=True)[1])

    def listed(*arguments: str) -> list[dict[str, Any]]:
        return json.loads(podman(*arguments, "--format", "json") or "[]") or []

    def remove(what: str, name: str, *command: str) -> None:
        removed.append(f"{what} {name}")
        if not module.check_mode:
            podman(*command, name)

    if shutil.which("podman"):
        mine = [each["Names"][0] for each in listed("ps", "--all", f"--filter=label={LABEL}={network}")]
        going = [name for name in mine if hosts is None or name in {f"{network}-{host}" for host in hosts}]
        if going:
            removed += [f"container {name}" for name in going]
            if not module.check_mode:
                # One that stops by itself while podman waits for it makes rm fail; one that has stopped makes kill fail, and rm works
                module.run_command(["podman", "kill", *going])
                podman("rm", "--force", "--time=0", "--volumes", *going)
        if set(mine) - set(going):
            module.exit_json(changed=bool(removed), removed=removed)
        # Until this module ends: another lab may be looking for an image, or at the networks
        fcntl.flock(os.open(LOCK, os.O_RDONLY), fcntl.LOCK_EX)
        labs = {each["name"]: each["labels"][LABEL] for each in listed("network", "ls", f"--filter=label={LABEL}")}
        for name, lab in labs.items():
            if lab == network:
                remove("network", name, "network", "rm")
        for each in listed("images", f"--filter=reference={REPOSITORY}") if set(labs.values()) <= {network} else []:
            if not each.get("Containers"):
                remove("image", each["Names"][0], "rmi")

    for file in FILES:
        if (folder / file).exists():
            removed.append(str(folder / file))
            if not module.check_mode:
                (folder / file).unlink()
    if not module.check_mode and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    module.exit_json(changed=bool(removed), removed=removed)


if __name__ == "__main__":
    main()

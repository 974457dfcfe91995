"""Remove lab hosts, and with the last of them everything that the lab has made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import lab
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "lab_removal",
  "short_description": "Remove lab hosts, and with the last of them the lab",
  "description": [
    "Only what carries the lab's label is touched.",
    "Safe when there is nothing, or no podman, or where another checkout made the lab of that name.",
    "Unused images go with the last lab of the machine; one that is only being made has its network already."
  ],
  "options": {
    "network": {"description": "Name of the lab's podman network.", "type": "str", "required": true},
    "hosts": {"description": "Hosts to remove; without it, all that the lab has.", "type": "list", "elements": "str"},
    "dir": {"description": "Folder of the SSH key and known_hosts.", "type": "path", "required": true}
  }
}
"""

FILES = ("id_ed25519", "id_ed25519.pub", "known_hosts")


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    network, hosts, folder = module.params["network"], module.params["hosts"], Path(module.params["dir"])
    removed: list[str] = []

    def podman(*arguments: str) -> str:
        return str(module.run_command(["podman", *arguments], check_rc=True)[1])

    def listed(*arguments: str) -> list[Json]:
        return json.loads(podman(*arguments, "--format", "json") or "[]") or []

    def remove(what: str, name: str, *command: str) -> None:
        removed.append(f"{what} {name}")
        if not module.check_mode:
            podman(*command, name)

    if shutil.which("podman"):
        of = [each for each in listed("network", "ls", f"--filter=label={lab.LABEL}={network}") if each["name"] == network]
        if any(each["labels"].get(lab.FOLDER, str(folder.resolve())) != str(folder.resolve()) for each in of):
            module.exit_json(changed=False, removed=[])  # another checkout's
        mine = [each["Names"][0] for each in listed("ps", "--all", f"--filter=label={lab.LABEL}={network}")]
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
        lab.alone()
        labs = {each["name"]: each["labels"][lab.LABEL] for each in listed("network", "ls", f"--filter=label={lab.LABEL}")}
        for name, of in labs.items():
            if of == network:
                remove("network", name, "network", "rm")
        for each in listed("images", f"--filter=reference={lab.REPOSITORY}") if set(labs.values()) <= {network} else []:
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

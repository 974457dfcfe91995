# Managed by Hostler, role:lab
"""Make the base image of lab hosts: Debian by mmdebstrap, kept as a tarball, imported into podman."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: lab_image
short_description: Make the base image of lab hosts
description:
  - Builds Debian with mmdebstrap, unless a tarball of the same recipe is in the cache, and imports it into podman.
  - Hosts and labs may ask for the same image side by side; one of them builds it.
options:
  suite: {description: Debian's code name., type: str, required: true}
  packages: {description: What is installed beyond the minimum., type: list, elements: str, required: true}
  masked: {description: Units that cannot work in a container., type: list, elements: str, required: true}
  init: {description: Path of the program that becomes PID 1., type: path, required: true}
  cache: {description: Folder of the tarballs; it exists., type: path, required: true}
author: [Hostler]
"""
RETURN = r"""
image: {description: The image's full name; its tag is the suite and a digest of the recipe., type: str, returned: always}
"""
EXAMPLES = r"""
- name: Image | Build and import
  lab_image: {suite: trixie, packages: [openssh-server], masked: [], init: files/vm-init, cache: /var/cache/lab}
"""

REPOSITORY = "localhost/hostler-lab"
LOCK = "/run"  # all labs of this machine wait for it, whatever checkout they are of


def recipe(suite: str, packages: list[str], masked: list[str], init: Path) -> list[str]:
    """Return mmdebstrap's options; a change of any of them makes another image."""
    hooks = [
        f"copy-in {init} /",
        # mmdebstrap leaves the build machine's identity behind: every host makes its own
        'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname "$1"/etc/resolv.conf "$1"/etc/hosts',
        ': >"$1"/etc/machine-id',
        'echo LANG=C.UTF-8 >"$1"/etc/default/locale',
    ]
    if masked:
        hooks.append('systemctl --root="$1" mask ' + " ".join(masked))
    return ["--variant=minbase", f"--include={','.join(packages)}", *(f"--customize-hook={hook}" for hook in hooks), suite]


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "suite": {"type": "str", "required": True},
            "packages": {"type": "list", "elements": "str", "required": True},
            "masked": {"type": "list", "elements": "str", "required": True},
            "init": {"type": "path", "required": True},
            "cache": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    init, cache, suite = Path(module.params["init"]), Path(module.params["cache"]), module.params["suite"]
    options = recipe(suite, module.params["packages"], module.params["masked"], init)
    # The same recipe has the same digest in every checkout: the program counts by what it is, not by where it lies
    told = "\n".join(options).replace(str(init), init.name).encode() + init.read_bytes()
    tag = f"{suite}-{hashlib.sha256(told).hexdigest()[:12]}"
    image = f"{REPOSITORY}:{tag}"

    def imported() -> bool:
        return bool(module.run_command(["podman", "image", "exists", image])[0] == 0)

    # Until this module ends: another host may be building it, or another lab removing it
    fcntl.flock(os.open(LOCK, os.O_RDONLY), fcntl.LOCK_EX)
    if imported():
        module.exit_json(changed=False, image=image)
    if module.check_mode:
        module.exit_json(changed=True, image=image)

    tarball = cache / f"{tag}.tar"
    if not tarball.exists():
        partial = cache / f".{tag}.tar"
        module.run_command(["mmdebstrap", "--quiet", *options, str(partial)], check_rc=True)
        for old in cache.glob(f"{suite}-*.tar"):
            old.unlink()
        partial.rename(tarball)
    module.run_command(["podman", "import", "--quiet", str(tarball), image], check_rc=True)
    module.exit_json(changed=True, image=image)


if __name__ == "__main__":
    main()

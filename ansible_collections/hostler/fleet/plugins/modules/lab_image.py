"""Make the base image of lab hosts: Debian by mmdebstrap, kept as a tarball, imported into podman."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import lab
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "lab_image",
  "short_description": "Make the base image of lab hosts",
  "description": [
    "Builds Debian with mmdebstrap, unless a tarball of the same recipe is in the cache, and imports it into podman.",
    "Hosts and labs may ask for the same image side by side; one of them builds it."
  ],
  "options": {
    "suite": {"description": "Debian's code name.", "type": "str", "required": true},
    "packages": {"description": "What is installed beyond the minimum.", "type": "list", "elements": "str", "required": true},
    "masked": {"description": "Units that cannot work in a container.", "type": "list", "elements": "str", "required": true},
    "init": {"description": "Path of the program that becomes PID 1.", "type": "path", "required": true},
    "cache": {"description": "Folder of the tarballs; it exists.", "type": "path", "required": true}
  }
}
"""


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
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    init, cache, suite = Path(module.params["init"]), Path(module.params["cache"]), module.params["suite"]
    chosen = recipe(suite, module.params["packages"], module.params["masked"], init)
    # The same recipe has the same digest in every checkout: the program counts by what it is, not by where it lies
    told = "\n".join(chosen).replace(str(init), init.name).encode() + init.read_bytes()
    tag = f"{suite}-{hashlib.sha256(told).hexdigest()[:12]}"
    image = f"{lab.REPOSITORY}:{tag}"

    def imported() -> bool:
        return bool(module.run_command(["podman", "image", "exists", image])[0] == 0)

    # Until this module ends: another host may be building it, or another lab removing it
    lab.alone()
    if imported():
        module.exit_json(changed=False, image=image)
    if module.check_mode:
        module.exit_json(changed=True, image=image)

    tarball = cache / f"{tag}.tar"
    if not tarball.exists():
        partial = cache / f".{tag}.tar"
        module.run_command(["mmdebstrap", "--quiet", *chosen, str(partial)], check_rc=True)
        for old in cache.glob(f"{suite}-*.tar"):
            old.unlink()
        partial.rename(tarball)
    module.run_command(["podman", "import", "--quiet", str(tarball), image], check_rc=True)
    module.exit_json(changed=True, image=image)


if __name__ == "__main__":
    main()

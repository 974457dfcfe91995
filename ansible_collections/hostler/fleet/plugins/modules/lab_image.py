"""Make the base image of lab hosts: Debian by mmdebstrap, kept as a tarball, imported into podman."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.lab.image import make
from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import Failed
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
    "masked": {
      "description": "Units and generators of systemd that cannot work in a container, or have nothing to do there.",
      "type": "list", "elements": "str", "required": true
    },
    "files": {"description": "What is copied into it: by the path here, the folder there.", "type": "dict", "required": true},
    "cache": {"description": "Folder of the tarballs; it exists.", "type": "path", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    try:
        changed, image = make(
            params["suite"], params["packages"], params["masked"], params["files"], Path(params["cache"]), module.check_mode
        )
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=changed, image=image)


if __name__ == "__main__":
    main()

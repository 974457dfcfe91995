"""Make a container that is as good as a bare VM, start it, and let its user and its SSH host keys be known."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.lab.access import let_in
from ansible_collections.hostler.fleet.plugins.module_utils.lab.host import Host, start
from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import Failed
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


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    host = Host(params["name"], params["address"], params["network"], params["image"])
    try:
        changed = start(host, module.check_mode)
        if not module.check_mode:
            changed = let_in(host.container, params["user"], host.address, Path(params["dir"])) or changed
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=changed, container=host.container)


if __name__ == "__main__":
    main()

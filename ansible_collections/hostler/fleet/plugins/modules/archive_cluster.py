"""Have all that a cluster has written until now go to the archive."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster, archive
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "archive_cluster",
  "short_description": "Have all that a cluster has written until now go to the archive",
  "description": [
    "Where that cannot be, as on a host that is new, there is a warning: what is restored ends with what the archive has."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    if module.check_mode:
        module.exit_json(changed=False)
    try:
        wrong = archive(Cluster(module.params["version"]))
    except (Failed, OSError) as error:
        wrong = str(error)
    if wrong:
        module.warn(f"What was written last may not be in the archive: {wrong}.")
    module.exit_json(changed=False, whole=not wrong)


if __name__ == "__main__":
    main()

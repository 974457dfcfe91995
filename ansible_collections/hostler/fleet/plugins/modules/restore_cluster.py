"""Put restored data in the place of a cluster's, and keep those that were there."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.restore import restore
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "restore_cluster",
  "short_description": "Put restored data in the place of a cluster's, and keep those that were there",
  "description": [
    "Returns C(former), the folder of those that were there, empty for none. Where it fails, these are put back, and PostgreSQL runs on them as before, or it says where they are."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true},
    "to": {"description": "Options of pgBackRest's that say how far.", "type": "list", "elements": "str", "required": true},
    "size": {"description": "Bytes of the data.", "type": "int", "required": true},
    "stamp": {"description": "What is added to the name of the former data's folder.", "type": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    if module.check_mode:
        module.exit_json(changed=True, former="")
    try:
        former = restore(Cluster(params["version"]), params["to"], params["size"], params["stamp"])
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=True, former=former)


if __name__ == "__main__":
    main()

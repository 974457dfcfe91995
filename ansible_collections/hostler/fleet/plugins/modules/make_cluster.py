"""Make the cluster of a database host, never over data."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster, foreign, lost, made, make
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "make_cluster",
  "short_description": "Make the cluster of a database host, never over data",
  "description": [
    "It has checksums of its data, and is called main. It is not started. One of ours whose settings were lost gets them anew, with its data.",
    "What a run has left that was killed at this is no data, and is made anew. Where it is to follow another host's, it does not start as it was made."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true},
    "follows": {"description": "Whether it is to follow another host's.", "type": "bool", "default": false}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    cluster = Cluster(module.params["version"])
    if made(cluster):
        module.exit_json(changed=False)
    try:
        if module.check_mode and (wrong := foreign(cluster) or lost(cluster)):
            raise Failed(wrong)
        if not module.check_mode:
            make(cluster, module.params["follows"])
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()

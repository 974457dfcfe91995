"""Have a database host's cluster follow the primary."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.standby import follow, leave, streams
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "follow_cluster",
  "short_description": "Have a database host's cluster follow the primary",
  "description": [
    "It gets data for that from the newest backup where it has none. What was killed at that is begun again by the next one.",
    "Returns C(streams), whether it is told what the primary writes, as that does. Where it is not there is a warning: it has what the archive has."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true},
    "anew": {"description": "Whether it gets data anew in any case. What it has is gone then.", "type": "bool", "default": false},
    "stop": {"description": "Whether it is only stopped, to get data anew by the next one.", "type": "bool", "default": false},
    "seconds": {"description": "How long it may take until it is told.", "type": "int", "default": 60}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params, cluster = module.params, Cluster(module.params["version"])
    try:
        if params["stop"]:
            if not module.check_mode:
                leave(cluster)
            module.exit_json(changed=True, streams=False)
        changed = follow(cluster, params["anew"], module.check_mode)
        streaming = module.check_mode or streams(cluster, params["seconds"])
    except (Failed, OSError) as error:
        module.fail_json(
            f"It does not follow: {error} Where the newest backup is of before a restore or a failover, have another one made, by "
            "'systemctl start hostler-backup@full' on the host with the backups, and run this again."
        )
    if not streaming:
        module.warn(
            f"It follows by the archive alone, for the primary does not tell it what it writes; see 'journalctl -u {cluster.unit}' there."
        )
    module.exit_json(changed=changed, streams=streaming)


if __name__ == "__main__":
    main()

"""Tell what PostgreSQL a host has, or would get."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.facts import os_release
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import found
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "database_info",
  "short_description": "Tell what PostgreSQL a host has, or would get",
  "description": [
    "Returns C(version), of its cluster or of the one that it would get; C(ours), whether that is there; C(lost), whether its data are not, or not whole, which C(restore.yml) mends; C(follows), whether it is one that follows another host's, and C(unmade), whether it has yet to get the data for that; C(wrong), what is in its way, empty for nothing; C(answers), whether it does, and then C(runs), its exact version, C(connections), how many it allows, C(used), C(restart), the settings that wait for a restart, and C(databases), those that a role of the same name owns, each with the roles that are members of it; C(recovers), whether it only reads, C(streams), whether it is told what another one writes, as that does, C(lag), of how many seconds ago is what it has, and C(at), the last byte of WAL that it has. Of one that does not answer, C(at) too, and C(clean), whether it was stopped in order."
  ],
  "options": {}
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    release = os_release()
    try:
        told = found(release.get("ID", ""), release.get("VERSION_ID", ""))
    except (Failed, OSError) as error:
        module.fail_json(f"What PostgreSQL this host has cannot be told: {error}")
    module.exit_json(changed=False, **told)


if __name__ == "__main__":
    main()

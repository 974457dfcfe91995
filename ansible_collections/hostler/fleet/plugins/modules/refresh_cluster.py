"""Have a database host's cluster not use what an upgrade has replaced, and wait until it answers."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import FOLLOWING, newest, running, unanswered
from ansible_collections.hostler.fleet.plugins.module_utils.host.refresh import stale
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must, run
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "refresh_cluster",
  "short_description": "Have a database host's cluster not use what an upgrade has replaced, and wait until it answers",
  "description": [
    "It is restarted where it still uses a program or library of the system that is no longer on disk, which ends every connection, and started where it does not run.",
    "A host that has none yet is passed over, and so is one that has yet to get the data by which it follows.",
    "Returns C(stale), its unit where it uses what is no longer on disk; and C(follows), whether it follows another host's."
  ],
  "options": {
    "seconds": {"description": "For how long it may give no answer.", "type": "int", "default": 120}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    began = int(time.time())
    cluster = newest()
    if not cluster or (FOLLOWING.exists() and not running(cluster)):
        module.exit_json(changed=False, stale=[], follows=bool(cluster))
    try:
        old = stale([cluster.unit])
        due = "restart" if old else "" if running(cluster) else "start"
        if not module.check_mode:
            if due:
                must("systemctl", due, cluster.unit)
            if wrong := unanswered(cluster, module.params["seconds"]):
                raise Failed(wrong)
    except (Failed, OSError) as error:
        said = run("journalctl", f"--unit={cluster.unit}", f"--since=@{began}", "--lines=20", "--output=cat", "--no-pager").stdout.strip()
        module.fail_json(
            f"PostgreSQL does not answer, and apps are without their data: {error}. Look at this host, then run patch.yml again. The "
            f"journal's last lines:\n{said}"
        )
    module.exit_json(changed=bool(due), stale=old, follows=cluster.follows)


if __name__ == "__main__":
    main()

"""Have a database host's cluster run, with its files as they are now."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.database.restart import waits
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import (
    Cluster,
    reload,
    running,
    stale,
    started,
    state,
    wrong_files,
)
from ansible_collections.hostler.fleet.plugins.module_utils.host.standby import admit, stay
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "settle_cluster",
  "short_description": "Have a database host's cluster run, with its files as they are now",
  "description": [
    "It is started where it does not run, and reloaded where one of its files is newer than what it has read. It is restarted only where that is asked for.",
    "A primary keeps for each host that follows what that has not had, and one that was to hand over and did not is none that follows. One that is to follow and does not run is left to M(hostler.fleet.follow_cluster).",
    "Returns C(restart), the settings that wait for a restart, of which there is a warning."
  ],
  "options": {
    "version": {"description": "PostgreSQL's major version.", "type": "str", "required": true},
    "files": {"description": "The files that it reads.", "type": "list", "elements": "path", "required": true},
    "unit": {"description": "The file of ours by which it is started; one that is newer than that waits for a restart too.", "type": "path", "required": true},
    "standbys": {"description": "Names of the hosts that follow this one.", "type": "list", "elements": "str", "default": []},
    "restart": {"description": "Whether it is restarted where settings wait for that; each connection is lost then.", "type": "bool", "default": false}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    cluster = Cluster(module.params["version"])
    try:
        files, unit = [Path(path) for path in module.params["files"]], Path(module.params["unit"])
        waiting, changed = settled(cluster, files, unit, module.params["restart"], module.check_mode)
        if running(cluster):
            changed |= stay(cluster, module.check_mode)
            if not cluster.follows:
                changed |= admit(module.params["standbys"], module.check_mode)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    if waiting:
        module.warn(waits(waiting))
    module.exit_json(changed=changed, restart=waiting)


def settled(cluster: Cluster, files: list[Path], unit: Path, restart: bool, look: bool) -> tuple[list[str], bool]:
    """Have it run as the module's documentation says, or only `look`; return what waits for a restart, and whether anything was done."""
    if look and not cluster.registered:
        return [], True
    if not running(cluster):
        if cluster.follows:
            return [], False
        if not look:
            must("systemctl", "daemon-reload")
            must("systemctl", "start", cluster.unit)
        return [], True
    changed = stale(files)
    if changed and not look:
        if wrong := wrong_files(cluster):
            raise Failed("PostgreSQL does not take its files, and goes on with those that it has read:\n" + "\n".join(wrong))
        must("systemctl", "daemon-reload")
        reload(cluster)
    # Who only looks may have no file yet
    waiting = [*state(cluster)["restart"], *(["sandbox"] if not unit.exists() or unit.stat().st_mtime > started(cluster) else [])]
    if waiting and restart:
        if not look:
            must("systemctl", "daemon-reload")
            must("systemctl", "restart", cluster.unit)
        return [], True
    return waiting, changed


if __name__ == "__main__":
    main()

"""Have the jobs and workers of an app be those of a release on this host."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host import units
from ansible_collections.hostler.fleet.plugins.module_utils.host.follow import Crashed, Host
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App, alone
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "follow_release",
  "short_description": "Have the jobs and workers of an app be those of a release on this host",
  "description": [
    "Units that are no longer the same are stopped, gracefully, before others start; so no worker runs beside the one that follows it.",
    "What has not changed is left alone.",
    "A job that is running ends in its own time.",
    "A unit is enabled last.",
    "So what a killed run has left is seen by the next, and done again.",
    "Fails where a worker does not stay up for a few seconds, with C(worse) and the journal's last lines."
  ],
  "options": {
    "name": {"description": "Name of the app.", "type": "str", "required": true},
    "release": {
      "description": [
        "Id of the release; a host that does not have it has no jobs and workers."
      ],
      "type": "str", "required": true
    },
    "once": {"description": "Whether this host has those that run once per fleet.", "type": "bool", "required": true},
    "restart": {"description": "Whether to start workers anew that have not changed.", "type": "bool", "default": false}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    app, release = App(params["name"]), params["release"]
    if module.check_mode and release and not app.release(release).is_dir():
        module.exit_json(changed=True)  # a release that is not laid out yet
    kinds = ("every/", "once/") if params["once"] else ("every/",)
    wanted = {Path(place).name: text for place, text in units.laid_out(app, release).items() if place.startswith(kinds)}
    try:
        with alone(app):
            host = Host(app, release, wanted, params["restart"])
            due = host.due()
            if due and not module.check_mode:
                host.follow()
    except Crashed as error:
        module.fail_json(str(error), worse=True)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=due, diff=host.diff())


if __name__ == "__main__":
    main()

"""Lay a release out on a web host where it is not there, have a slot run it, and wait until it is healthy on this host."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.stage import apart, stage
from ansible_collections.hostler.fleet.plugins.module_utils.host.start import run
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "start_slot",
  "short_description": "Have a slot run a release, and wait until that release is healthy on this host",
  "description": [
    "Does nothing where the slot runs the release already and is healthy.",
    "What the slot still serves is finished first, in the time that its unit allows.",
    "With C(stage), a release that is not there is laid out first, and seen to import; nothing that serves is touched by that.",
    "Without the archives it then only tells what it C(needs); the action of the same name brings that over and calls it again.",
    "A release appears under C(/srv/<app>/releases) whole or not at all. What killed runs left, half laid out or sent, is removed first, and releases beyond C(keep), and again once the new one is there."
  ],
  "options": {
    "name": {"description": "Name of the app.", "type": "str", "required": true},
    "slot": {"description": "The slot.", "type": "str", "choices": ["blue", "green"], "required": true},
    "release": {"description": "Id of the release; empty leaves the slot stopped and without a release.", "type": "str", "required": true},
    "port": {"description": "Port of the slot.", "type": "int", "required": true},
    "check": {"description": "Path and host name of the health check.", "type": "dict", "required": true},
    "live": {
      "description": [
        "Whether the slot is the live one.",
        "Then it is never stopped, and restarted only where it does not run the release."
      ],
      "type": "bool", "default": false
    },
    "optional": {
      "description": [
        "Whether the slot is left empty where this host does not have the release."
      ],
      "type": "bool", "default": false
    },
    "seconds": {"description": "How long the release may take until it is healthy.", "type": "int", "default": 60},
    "generation": {
      "description": [
        "The generation of secrets that the release gets; C(own) for the one that it has, empty for no secrets at all."
      ],
      "type": "str", "default": "own"
    },
    "static": {
      "description": [
        "Folders of the app in which the release is lent what the releases in the slots have and it lacks, before it is started."
      ],
      "type": "list", "elements": "str", "default": []
    },
    "stage": {
      "description": [
        "How the release is laid out; nothing where hosts have it.",
        "Its C(lock), the digest of the locked requirements, by which releases share a virtual environment; C(generation) of its secrets, refused where this host has one that is later than C(newest), if that is not null; C(settings), the text of the server's configuration; C(units), texts by their places; C(adds), what its environment has beside C(env); C(keep), how many releases stay; C(writable), folders that the app has to be able to write to; C(age), the seconds since the run planned it: archives that others sent before, and did not remove, go."
      ],
      "type": "dict", "default": {}
    },
    "env": {"description": "The app's environment; a JSON object of strings; empty for none.", "type": "str", "default": ""},
    "secrets": {"description": "The app's secrets; a JSON object of strings; empty for none.", "type": "str", "default": ""},
    "bundle": {"description": "Archive of the app's files on this host.", "type": "path"},
    "packages": {"description": "Archive of the packages on this host; needed where the virtual environment is missing.", "type": "path"}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION, secret=("env", "secrets")), supports_check_mode=True)
    params, check = module.params, module.check_mode
    app, slot, release = App(params["name"]), params["slot"], params["release"]
    try:
        staged, needs = stage(app, params, check)
        if needs or (staged and check):
            module.exit_json(changed=True, needs=needs)
        if staged and (why := apart(app, release)):
            module.warn(why)
        changed = run(app, slot, release, params, check)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=staged or changed, said="up" if release else "empty")


if __name__ == "__main__":
    main()

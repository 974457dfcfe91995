"""Erase what an app's secrets were before: stop the slot that still holds them, and remove their files."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.erase import former, holds
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import STOP_SECONDS, Failed, must
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "erase_secrets",
  "short_description": "Erase what an app's secrets were before",
  "description": [
    "The standby is stopped and left without a release where the release that it has is of another generation.",
    "What it still serves is finished first, in the time that its unit allows.",
    "Files of other generations go last, so that a run that was killed is seen to have more to do."
  ],
  "options": {
    "name": {"description": "Name of the app.", "type": "str", "required": true},
    "slot": {"description": "The standby.", "type": "str", "choices": ["blue", "green"], "required": true},
    "generation": {
      "description": [
        "The generation that stays; empty where the app has no secrets any more."
      ],
      "type": "str", "required": true
    }
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    app, slot, generation = App(params["name"]), params["slot"], params["generation"]
    stop, files = holds(app, slot, generation), former(app, generation)
    if not module.check_mode:
        try:
            if stop:
                must("systemctl", "stop", app.unit(slot), timeout=STOP_SECONDS)
                app.slot(slot).unlink()
            for path in files:
                path.unlink()
        except (Failed, OSError) as error:
            module.fail_json(f"{app.name}: former secrets are still on this host; run deploy.yml again. {error}")
    module.exit_json(changed=stop or bool(files))


if __name__ == "__main__":
    main()

"""Remove an app from a web host: its slots, jobs and workers, unit, user, releases and data; only what bears our marks."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.remove import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "remove_app",
  "short_description": "Remove an app from a web host, with its releases and its data",
  "description": [
    "An app of ours has a unit with our header, and no user of its name but one with the home C(/srv/<app>).",
    "Nothing else is removed.",
    "The unit goes last.",
    "A run that was killed leaves it, and so the next one goes on where that ended.",
    "Requests that are open in its slots are finished first, in the time that the unit allows.",
    "Journals stay.",
    "Returns C(parts), what there is or was of it."
  ],
  "options": {
    "name": {"description": "Name of the app.", "type": "str", "required": true},
    "look": {"description": "Only tell what there is.", "type": "bool", "default": false}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    app = App(module.params["name"])
    try:
        parts = app.parts()
        if module.params["look"]:
            module.exit_json(changed=False, parts=parts)
        if parts and not module.check_mode:
            app.remove()
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=bool(parts), parts=parts, diff={"before": "".join(f"{part}\n" for part in parts), "after": ""})


if __name__ == "__main__":
    main()

"""Tell what each slot, job and worker of a web host runs, and how it does; nothing is changed."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import model, slots
from ansible_collections.hostler.fleet.plugins.module_utils.host import jobs
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.look import see_all
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options
from ansible_collections.hostler.fleet.plugins.module_utils.said import Web

DOCUMENTATION = r"""
{
  "module": "releases_info",
  "short_description": "Tell what each slot, job and worker of a web host runs, and how it does",
  "description": [
    "Returns C(apps), for each app and slot its C(release), by the slot's link; C(runs), the release that answers; C(wrong), what the health check says, empty where all is well; C(active), the unit's state; C(since), when it got active, in UTC; C(processes); C(memory) in bytes; C(killed), how many of its processes have ended since for want of memory; C(secrets), the generation that its process holds; C(changed), the parts of the release that are not as they were laid out, none where that is not known.",
    "Returns C(units), for each app a list of its jobs and workers that are here or that the live release has; each with C(name) and C(kind), C(job) or C(worker); C(once), whether it is for one host of the fleet; C(wanted), whether the live release has it; C(release), whose it is here, empty where it is not; C(changed), whether it is not as that release has it; C(active), the state of the worker or of the job's timer; C(result) of its last end; C(since), when it last started; C(next), when the job is due."
  ],
  "options": {
    "apps": {"description": "The apps, completed.", "type": "list", "elements": "dict", "required": true},
    "entries": {
      "description": [
        "Lines of the map of slots; what they say of a slot's health check comes first."
      ],
      "type": "dict", "required": true
    }
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    try:
        apps, entries = [model.App.of(app) for app in module.params["apps"]], module.params["entries"]
        live = {app.name: slots.release_in(entries, app.name, entries.get(app.name, "")) for app in apps}
        units = {name: jobs.see(App(name), release) for name, release in live.items()}
        module.exit_json(changed=False, **Web(see_all(apps, entries), units).json())
    except (Failed, OSError) as error:
        module.fail_json(str(error))


if __name__ == "__main__":
    main()

"""Have no slot or worker of a web host use what an upgrade has replaced, and wait until those that are to serve are healthy."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import model
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.refresh import stale, wait, workers
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import STOP_SECONDS, Failed, run
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS, backend
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "refresh_slots",
  "short_description": "Have no slot or worker of a web host use what an upgrade has replaced",
  "description": [
    "Slots and workers that run are restarted, all together, where C(restart) is set or where one of them still uses a program or library of the system that is no longer on disk.",
    "So this is for a host that gets no requests.",
    "What does not run is not started.",
    "Then those in C(backends) are waited for.",
    "Returns C(stale), the units that use what is no longer on disk."
  ],
  "options": {
    "apps": {"description": "The apps, completed.", "type": "list", "elements": "dict", "required": true},
    "entries": {
      "description": [
        "Lines of the map of slots; what they say of a slot's health check comes first."
      ],
      "type": "dict", "required": true
    },
    "backends": {"description": "Slots that have to be healthy, such as C(hello_blue).", "type": "list", "elements": "str", "default": []},
    "restart": {"description": "Whether the slots are restarted in any case.", "type": "bool", "default": false}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    began = time.time()
    apps = [model.App.of(app) for app in params["apps"]]
    places = [(given, App(given.name), slot) for given in apps for slot in SLOTS]
    names = [app.unit(slot) for _, app, slot in places if app.in_slot(slot)]
    names += [name for given in apps for name in workers(App(given.name))]
    try:
        old = stale(names)
        restart = bool(names) and (params["restart"] or bool(old))
        if module.check_mode:
            module.exit_json(changed=restart, stale=old)
        if restart:
            # Whether all of them started is asked below, of those that matter
            run("systemctl", "try-restart", *names, timeout=STOP_SECONDS)
        for given, app, slot in places:
            if backend(app.name, slot) in params["backends"]:
                wait(given, app, slot, params["entries"], began)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=restart, stale=old)


if __name__ == "__main__":
    main()

"""Change the map of slots, in its file and in the running HAProxy: this is the switch."""

from __future__ import annotations

import difflib
from contextlib import nullcontext

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import change, lock, place, record
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.change import running
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime, counters
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "set_slots",
  "short_description": "Change the map of slots, in its file and in the running HAProxy",
  "description": [
    "The file first, so that a full disk is known before a request moves; if HAProxy then refuses, the file is put back.",
    "No reload and no drain.",
    "The next request of each client goes by the new map; what is in flight ends where it is.",
    "A history that cannot be written is a warning: the switch is done by then.",
    "Where that fails, C(stands) has the lines that are in both now; not where the lock was lost, for then another run changes them.",
    "Returns C(entries) as given, and C(counters) of the backends that are named, from just before the change."
  ],
  "options": {
    "entries": {"description": "Lines to set; an empty value takes a line out.", "type": "dict", "required": true},
    "instead_of": {
      "description": [
        "Beginnings of keys, such as C(hello/maintenance).",
        "Other lines at or below these are taken out, also where only the running HAProxy has them."
      ],
      "type": "list", "elements": "str", "default": []
    },
    "run": {"description": "Id of the lock that must be held; only with C(initial) it may be left out.", "type": "str"},
    "backends": {"description": "Backends whose counters are returned.", "type": "list", "elements": "str", "default": []},
    "at": {"description": "The time that events get which have none.", "type": "str", "default": ""},
    "events": {"description": "What to add to the history once it is done.", "type": "list", "elements": "dict", "default": []},
    "initial": {
      "description": [
        "Add only lines that are missing, and to the file alone; HAProxy finds them at its next start or reload."
      ],
      "type": "bool", "default": false
    },
    "offline": {
      "description": [
        "Whether HAProxy may be down; it then finds the lines at its next start.",
        "And it gets them where the file cannot be written, as of who goes back, though that fails the task."
      ],
      "type": "bool", "default": false
    }
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    params = module.params
    if params["run"] is None and not params["initial"]:
        module.fail_json("run: the fleet's lock is needed to change what is live; only with 'initial' it may be left out.")
    path, runtime = place.MAP, Runtime(str(place.SOCKET))
    try:
        with nullcontext() if module.check_mode else lock.held(params["run"]):
            before = slots_map.read(path)
            changes = {key: str(value or "") for key, value in params["entries"].items()}
            if params["instead_of"]:
                known = {**before, **running(path, runtime)}
                changes = dict.fromkeys(slots.below(known, params["instead_of"]), "") | changes
            if params["initial"]:
                changes = {key: value for key, value in changes.items() if key not in before}
            after = slots.merge(before, changes)
            changed = after != before or not path.exists()
            rows = runtime.statistics() if params["backends"] and not module.check_mode else []
            if module.check_mode:
                pass
            elif params["initial"]:
                if changed:
                    slots_map.write(path, after)
            else:
                # Where a peer had the change first, this balancer may have taken it over by now; the history gets it all the same
                changed = change.everywhere(path, runtime, changes, params["offline"]) or changed or bool(params["events"])
                record.note([{**event, "at": event.get("at") or params["at"]} for event in params["events"]], module.warn)
    except lock.Lost as error:
        module.fail_json(str(error))
    except (Refused, OSError) as error:
        module.fail_json(str(error), stands=change.stands(path, runtime))
    old, new = (slots_map.render(entries).splitlines(keepends=True) for entries in (before, after))
    module.exit_json(
        changed=changed,
        entries=params["entries"],
        counters={backend: counters(rows, backend) for backend in params["backends"]},
        diff={"prepared": "".join(difflib.unified_diff(old, new, str(path), str(path)))},
    )


if __name__ == "__main__":
    main()

"""Ask a host's journal."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.observe.journal import after, ask, last
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "logs_info",
  "short_description": "Ask a host's journal",
  "description": [
    "Asks its own, or on the host that watches one that it keeps of another.",
    "Returns C(entries), oldest first, each with C(at), in microseconds since 1970, C(unit), C(message), and C(priority), C(identifier), C(request), C(app), C(slot), C(to), C(release), C(status), C(method), C(milliseconds) and C(refused) where it has them; C(more), whether there are more; and C(cursor), of the last one, or of the end of the journal where it is to be read along."
  ],
  "options": {
    "host": {"description": "Of which other host, by its name in the inventory; its own where it is empty.", "type": "str", "default": ""},
    "matches": {"description": "Fields with their values; of one field any, of several each.", "type": "list", "elements": "str", "default": []},
    "units": {"description": "Units, of which any will do.", "type": "list", "elements": "str", "default": []},
    "since": {"description": "The earliest time, in seconds since 1970.", "type": "float"},
    "until": {"description": "The latest time, in seconds since 1970.", "type": "float"},
    "lines": {"description": "How many entries at the most.", "type": "int", "required": true},
    "along": {"description": "Whether it is to be read along.", "type": "bool", "default": false},
    "after": {"description": "A cursor; the first entries after it are told, and one is waited for.", "type": "str", "default": ""},
    "wait": {"description": "For how many seconds.", "type": "int", "default": 0}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    asked = module.params
    try:
        if asked["after"]:
            module.exit_json(changed=False, **after(asked, asked["after"], asked["wait"]))
        # The end first: what comes meanwhile is told twice rather than never
        end = last() if asked["along"] else ""
        found = ask(asked)
        module.exit_json(changed=False, **{**found, "cursor": found["cursor"] or end})
    except (Failed, OSError, ValueError) as error:
        module.fail_json(str(error))


if __name__ == "__main__":
    main()

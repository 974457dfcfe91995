"""Have a host let in whom our rules say and no others, and lock nobody out by them."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host import firewall
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "firewall_rules",
  "short_description": "Have a host let in whom our rules say and no others, and lock nobody out by them",
  "description": [
    "They are loaded in one step, once nft accepts them, and other tables are left alone.",
    "Its action comes in anew once they hold, and takes them back where it cannot; and so does the host by itself, within half a minute.",
    "Returns C(asks), whether the host waits to be told that somebody has come in, and C(differ), the paths of what was another text, or the name of the table where the kernel had another one."
  ],
  "options": {
    "rules": {"description": "The rules, in nft's words; empty for none of ours.", "type": "str", "required": true},
    "unit": {"description": "The unit that loads them at boot.", "type": "str", "required": true},
    "then": {"description": "What becomes of rules that hold for half a minute.", "type": "str", "default": "ask", "choices": ["ask", "keep", "take_back"]}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    rules, unit = module.params["rules"], module.params["unit"]
    try:
        if module.params["then"] != "ask":
            firewall.keep(rules, unit) if module.params["then"] == "keep" else firewall.take_back()
            module.exit_json(changed=True)
        due = firewall.differ(rules, unit)
        names = [str(file.path) if file.differs() else firewall.TABLE for file in due]
        diff = [file.diff() for file in due]
        if due and not module.check_mode:
            firewall.begin(rules, unit) if rules else firewall.remove()
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    asks = bool(due and rules) and not module.check_mode
    module.exit_json(changed=bool(due), asks=asks, differ=names, diff=diff)


if __name__ == "__main__":
    main()

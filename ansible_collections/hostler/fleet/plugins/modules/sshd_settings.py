"""Have sshd take settings of ours, and lock nobody out by them."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host import sshd
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "sshd_settings",
  "short_description": "Have sshd take settings of ours, and lock nobody out by them",
  "description": [
    "Refused, also in check mode, where who came in has no key on the host.",
    "Its action comes in anew once they hold, and takes them back where it cannot; and so does the host by itself, after a minute.",
    "Returns C(asks), whether the host waits to be told that somebody has come in."
  ],
  "options": {
    "text": {"description": "The settings; empty for none of ours.", "type": "str", "required": true},
    "by_ssh": {"description": "Whether who runs this has come in by sshd.", "type": "bool", "default": true},
    "then": {"description": "What becomes of settings that hold for a minute.", "type": "str", "default": "ask", "choices": ["ask", "keep", "take_back"]}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    file = sshd.file(module.params["text"])
    try:
        if module.params["then"] != "ask":
            sshd.keep() if module.params["then"] == "keep" else sshd.take_back()
            module.exit_json(changed=True)
        if module.params["by_ssh"] and not file.absent and (refusal := sshd.refusal(sshd.login())):
            module.fail_json(refusal)
        due = file.differs()
        if due and not module.check_mode:
            sshd.begin(file)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=due, asks=due and not module.check_mode, diff=[file.diff()] if due else [])


if __name__ == "__main__":
    main()

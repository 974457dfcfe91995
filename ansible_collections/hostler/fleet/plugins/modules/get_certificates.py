"""Have a balancer get the certificates that are due."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.acme import known, place
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, run
from ansible_collections.hostler.fleet.plugins.module_utils.options import options
from ansible_collections.hostler.fleet.plugins.module_utils.renewal import Renewal

DOCUMENTATION = r"""
{
  "module": "get_certificates",
  "short_description": "Have a balancer get the certificates that are due",
  "description": [
    "What has failed is tried again at once. A domain without its certificate is a warning: visitors are shown another one, and it is tried again by a timer.",
    "Returns C(waiting), for each such domain why."
  ],
  "options": {
    "domains": {"description": "The host names.", "type": "list", "elements": "str", "required": true}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    domains = module.params["domains"]
    before = {domain: known.read(domain) for domain in domains}
    if module.check_mode:
        module.exit_json(changed=any(not found.digest for found in before.values()), waiting={})
    try:
        known.again(domains)
        # It fails where a certificate was not to be had
        run("systemctl", "start", place.UNIT, timeout=3700)
    except (Failed, OSError) as error:
        module.fail_json(f"The certificates cannot be asked for: {error}")
    after = {domain: known.read(domain) for domain in domains}
    waiting = {domain: found.why or "it was not asked for" for domain, found in after.items() if found.failed or not found.digest}
    for domain, why in waiting.items():
        what = "its certificate is not renewed" if after[domain].digest else "it has no certificate yet"
        module.warn(f"{domain}: {what}: {why}; it is tried again by itself.")
    module.exit_json(changed=_digests(before) != _digests(after), waiting=waiting)


def _digests(found: dict[str, Renewal]) -> dict[str, str]:
    return {domain: one.digest for domain, one in found.items()}


if __name__ == "__main__":
    main()

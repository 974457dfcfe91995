"""Tell what the roles must know of a host, in one round trip and without the cost of gathering every fact."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.host import apt, firewall, identity, sshd
from ansible_collections.hostler.fleet.plugins.module_utils.host.facts import OLDEST, facts, left, owner_of, parts, sources
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import SRV
from ansible_collections.hostler.fleet.plugins.module_utils.host.ledger import Ledger
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import pending
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "host_facts",
  "short_description": "Tell what the roles must know of a host",
  "description": [
    "Returns the fact C(hostler) with C(name), C(address), C(ipv6), whether it can listen to that, C(os), C(os_version), C(cores), C(package_lists), C(packages), the names of those that are installed, C(services), those that run now and start with the host, and such timers, C(sshd), the settings of ours that sshd has, C(ssh) with C(came_from), the address from which this run has come in, empty where not by sshd, and C(ports) of sshd, C(firewall) with C(rules), C(unit) and C(holds), whether these are what the kernel has, C(certificate), by which it shows other hosts who it is, as PEM and empty for none, C(sources), its own addresses from which it comes to C(others), C(room), bytes of memory and of the disks that a release comes to, C(platform) with C(python), C(machine) and C(glibc), and C(apps), for each app that the host is prepared for its C(slots) with their releases, C(whole), the releases that can be started, C(venvs), C(secrets), the names of their generations, C(generations), for each release with secrets the one that it is to have, and C(units), the release of each of its workers and of its jobs' timers; C(left), other apps that the host has a unit of ours for; C(drift), the files of ours that another hand has changed; and C(pending), those that were changed and not brought in yet, by who was to do so.",
    "Fails on a host that Hostler does not support, and where an app's name belongs to something else on the host."
  ],
  "options": {
    "name": {"description": "Name of the host in the inventory.", "type": "str", "required": true},
    "address": {
      "description": [
        "Address by which other hosts reach this one; where it is a name, the host's own is found."
      ],
      "type": "str", "required": true
    },
    "others": {"description": "Addresses of other hosts that this one comes to.", "type": "list", "elements": "str", "default": []},
    "apps": {"description": "Names of the apps of the inventory.", "type": "list", "elements": "str", "required": true},
    "remote_tmp": {"description": "Ansible's setting of that name.", "type": "str", "default": "~/.ansible/tmp"},
    "becomes": {
      "description": [
        "What this run is about to make of the host, with packages that it installs; empty for nothing.",
        "Fails where that cannot be, and warns where apt is at work for somebody else."
      ],
      "type": "str", "choices": ["", "web", "balancer", "monitor", "database", "backup"], "default": ""
    },
    "writable": {"description": "For each app, the folders that it may write to; this host has to have them.", "type": "dict", "default": {}}
  }
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    try:
        found = facts(module.params["name"], module.params["address"], module.params["remote_tmp"])
    except Failed as error:
        module.fail_json(str(error))
    oldest = OLDEST.get(found["os"])
    if oldest is None or float(found["os_version"] or 0) < oldest:
        module.fail_json(
            f"This host runs {found['os'] or 'an unknown system'} {found['os_version']}; Hostler supports Debian 12 and newer, "
            "and Ubuntu 22.04 and newer."
        )
    becomes, busy = module.params["becomes"], ""
    try:
        if becomes == "balancer" and (wrong := apt.problem(found["os"], found["os_version"])):
            module.fail_json(wrong)
        if becomes and (not found["package_lists"] or (becomes == "balancer" and "haproxy" not in found["packages"])):
            busy = apt.held()
    except (Failed, OSError) as error:
        module.fail_json(f"What apt can do on this host cannot be told: {error}")
    if busy:
        module.warn(f"{found['name']}: apt is at work there for {busy}; what is to be installed waits for it, 10 minutes at most.")
    for name in module.params["apps"]:
        if owner := owner_of(name):
            module.fail_json(f"apps.{name}.name: {owner} exists on this host; give the app a name of its own.")
    for name, paths in module.params["writable"].items():
        if missing := ", ".join(path for path in paths if not Path(path).is_dir()):
            module.fail_json(
                f"apps.{name}.writable: this host has no folder {missing}; make or mount it here, and give it to the user {name} once there "
                "is one. Nothing was changed."
            )
    python = found["platform"]["python"]
    try:
        found["apps"] = {name: parts(name, python).json() for name in module.params["apps"] if (SRV / name / "slots").is_dir()}
        found["left"] = left(module.params["apps"])
        found |= {"sshd": sshd.ours(), "ssh": sshd.reached(), "firewall": firewall.found(), "sources": sources(module.params["others"])}
        found["certificate"] = identity.certificate()
        found["pending"] = pending()
        found["drift"] = []
        with contextlib.suppress(ValueError):  # of one that a hand has spoilt, site.yml begins another
            found["drift"] = Ledger().drift()
    except (Failed, OSError) as error:
        module.fail_json(f"What this host has of its apps cannot be read: {error}")
    module.exit_json(changed=False, ansible_facts={"hostler": found})


if __name__ == "__main__":
    main()

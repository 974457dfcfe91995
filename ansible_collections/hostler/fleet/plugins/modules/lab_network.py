"""Make the podman network of a lab, after a look at whether its addresses can be had."""

from __future__ import annotations

import json
import os
from ipaddress import IPv4Address, IPv4Network

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils import lab
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "lab_network",
  "short_description": "Make the podman network of a lab",
  "description": [
    "Fails, before anything is made, if an address does not fit or the subnet is taken on this machine."
  ],
  "options": {
    "name": {"description": "Name of the podman network.", "type": "str", "required": true},
    "subnet": {"description": "Its IPv4 subnet.", "type": "str", "required": true},
    "dir": {"description": "The lab's own folder; a network that was made for another one is refused.", "type": "path", "required": true},
    "addresses": {"description": "Host name to address, for every host of the inventory.", "type": "dict", "required": true}
  }
}
"""


def fault(subnet: IPv4Network, addresses: dict[str, str]) -> str | None:
    """Return what is wrong with the hosts' addresses, in a sentence."""
    taken = {subnet[1]: "the network's gateway"}
    for host, text in addresses.items():
        try:
            address = IPv4Address(text)
        except ValueError:
            return f"{host}: ansible_host is {text!r}, but a lab host needs an address of lab_subnet there: 'ansible_host: {subnet[21]}'."
        if address not in subnet or address in (subnet.network_address, subnet.broadcast_address):
            return f"{host}: ansible_host {address} is no host's address in lab_subnet {subnet}: 'ansible_host: {subnet[21]}' would be one."
        if address in taken:
            return f"{host}: ansible_host {address} already belongs to {taken[address]}; give it one of its own in lab_subnet {subnet}."
        taken[address] = host
    return None


def neighbours(module: AnsibleModule) -> dict[str, list[IPv4Network]]:
    """Return every other IPv4 network of this machine: its name, in words, to its subnets."""
    known: dict[str, list[IPv4Network]] = {}
    bridges = set()
    names = module.run_command(["podman", "network", "ls", "--quiet"], check_rc=True)[1].split()
    for network in json.loads(module.run_command(["podman", "network", "inspect", *names], check_rc=True)[1]) if names else []:
        subnets = [IPv4Network(each["subnet"]) for each in network.get("subnets") or [] if ":" not in each["subnet"]]
        known[f"the podman network {network['name']}"] = subnets
        bridges.add(network.get("network_interface"))
    routes: list[Json] = json.loads(module.run_command(["ip", "-json", "-4", "route", "show"], check_rc=True)[1] or "[]")
    for route in routes:
        if route["dst"] != "default" and route.get("dev") not in bridges:
            known.setdefault(f"the interface {route.get('dev')}", []).append(IPv4Network(route["dst"], strict=False))
    return known


def owner_of(module: AnsibleModule, name: str) -> str:
    """Return the folder of the lab that a network was made for; empty where it does not say."""
    network = json.loads(module.run_command(["podman", "network", "inspect", name], check_rc=True)[1])[0]
    return str((network.get("labels") or {}).get(lab.FOLDER, ""))


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    name, folder = module.params["name"], os.path.realpath(module.params["dir"])
    try:
        subnet = IPv4Network(module.params["subnet"])
    except ValueError as error:
        module.fail_json(msg=f"lab_subnet {module.params['subnet']!r} is not an IPv4 network ({error}): 'lab_subnet: 10.76.13.0/24' is.")
    if subnet.prefixlen > 27:
        module.fail_json(msg=f"lab_subnet {subnet} is too small, /27 is the smallest allowed: 'lab_subnet: 10.76.13.0/24' is a good one.")
    if wrong := fault(subnet, module.params["addresses"]):
        module.fail_json(msg=wrong)

    # Until this module ends: another lab may be making or removing its network meanwhile
    lab.alone()
    known = neighbours(module)
    present = known.pop(f"the podman network {name}", None)
    if present is not None and (owner := owner_of(module, name)) not in ("", folder):
        module.fail_json(
            msg=f"The lab {name} belongs to the checkout whose folder is {owner}, not to {folder}: remove it there (make down), or give "
            "this one a lab_network, a lab_subnet and addresses of its own."
        )
    if present == [subnet]:
        module.exit_json(changed=False)
    if present is not None:
        has = ", ".join(map(str, present)) or "none"
        module.fail_json(msg=f"The podman network {name} has the subnet {has}, not lab_subnet {subnet}: remove the lab first (make down).")
    for other, subnets in known.items():
        if any(subnet.overlaps(each) for each in subnets):
            module.fail_json(msg=f"lab_subnet {subnet} is used on this machine by {other}: choose one that is free, for the hosts too.")
    if not module.check_mode:
        command = [
            "podman",
            "network",
            "create",
            "--subnet",
            str(subnet),
            "--label",
            f"{lab.LABEL}={name}",
            "--label",
            f"{lab.FOLDER}={folder}",
            name,
        ]
        module.run_command(command, check_rc=True)
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()

"""The podman network of a lab: whether its addresses can be had, and whose it is."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import FOLDER, LABEL, MACHINE, Failed, listed, must
from ansible_collections.hostler.fleet.plugins.module_utils.only import only


def checked(text: str, addresses: dict[str, str]) -> IPv4Network:
    """Return the subnet; Failed says what is wrong with it, or with the address of a host, which `addresses` has by the host's name."""
    try:
        subnet = IPv4Network(text)
    except ValueError as error:
        raise Failed(f"lab_subnet {text!r} is not an IPv4 network ({error}): 'lab_subnet: 10.76.13.0/24' is.") from error
    if subnet.prefixlen > 27:
        raise Failed(f"lab_subnet {subnet} is too small, /27 is the smallest allowed: 'lab_subnet: 10.76.13.0/24' is a good one.")
    taken, good = {subnet[1]: "the network's gateway"}, f"'ansible_host: {subnet[21]}'"
    for host, said in addresses.items():
        try:
            address = IPv4Address(said)
        except ValueError as error:
            raise Failed(f"{host}: ansible_host is {said!r}, but a lab host needs an address of lab_subnet there: {good}.") from error
        if address not in subnet or address in (subnet.network_address, subnet.broadcast_address):
            raise Failed(f"{host}: ansible_host {address} is no host's address in lab_subnet {subnet}: {good} would be one.")
        if address in taken:
            raise Failed(
                f"{host}: ansible_host {address} already belongs to {taken[address]}; give it one of its own in lab_subnet {subnet}."
            )
        taken[address] = host
    return subnet


def made_elsewhere(network: Any, folder: str) -> Path | None:
    """Return the folder of the checkout that made a network, as podman lists it, if that is not `folder`; it may be gone since."""
    owner = (network.get("labels") or {}).get(FOLDER) or folder
    return None if owner == folder else Path(owner)


def due(name: str, subnet: IPv4Network, folder: str, networks: list[Any], routes: list[Any]) -> bool:
    """Tell whether the lab of `folder` has yet to make its network; Failed says why it cannot have it.

    `networks` and `routes` are those of this machine, as podman and ``ip -json`` list them.
    """
    known = {
        each["name"]: [IPv4Network(one["subnet"]) for one in each.get("subnets") or [] if ":" not in one["subnet"]] for each in networks
    }
    for each in (each for each in networks if each["name"] == name):
        elsewhere = made_elsewhere(each, folder)
        if elsewhere and not elsewhere.exists():
            raise Failed(f"The lab {name} was left by a checkout that is no more, whose folder was {elsewhere}: remove it (make down).")
        if elsewhere:
            raise Failed(
                f"The lab {name} belongs to the checkout whose folder is {elsewhere}, not to {folder}: remove it there (make down), or "
                "give this one a lab_network, a lab_subnet and addresses of its own."
            )
        if known[name] != [subnet]:
            has = ", ".join(map(str, known[name])) or "none"
            raise Failed(f"The podman network {name} has the subnet {has}, not lab_subnet {subnet}: remove the lab first (make down).")
        return False
    others = [(f"podman network {other}", one) for other, subnets in known.items() for one in subnets]
    others += [(f"interface {one.get('dev')}", IPv4Network(one["dst"], strict=False)) for one in routes if one["dst"] != "default"]
    if other := next((other for other, taken in others if subnet.overlaps(taken)), None):
        raise Failed(f"lab_subnet {subnet} is used on this machine by the {other}: choose one that is free, for the hosts too.")
    return True


def make(name: str, subnet: IPv4Network, folder: str, check: bool) -> bool:
    """Make the network where it is not there; tell whether it was not."""
    with only(MACHINE):
        routes = json.loads(must("ip", "-json", "-4", "route", "show") or "[]")
        missing = due(name, subnet, folder, listed("network", "ls"), routes)
        if missing and not check:
            labels = (f"--label={LABEL}={name}", f"--label={FOLDER}={folder}")
            must("podman", "network", "create", f"--subnet={subnet}", *labels, name)
    return missing

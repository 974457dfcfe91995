"""Where the hosts of a fleet are, as the inventory has it: no two in one place. Opens no connection."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A host: the `address` and `port` by which Ansible reaches it, by `way` of which options of ssh; `fleet`, for the other hosts.

    Each is as the inventory has it; empty where it says nothing.
    """

    name: str
    address: str
    port: str
    way: str
    fleet: str

    @property
    def reached(self) -> tuple[str, str, str]:
        """What leads Ansible to the host: behind another jump host, the same address is another host."""
        return (self.address or self.name, self.port or "22", self.way)

    @property
    def among(self) -> str:
        """The address that other hosts use, unless it is a name: then the host is asked for it."""
        said = self.fleet or self.address or self.name
        try:
            return str(ipaddress.ip_address(said))
        except ValueError:
            return "127.0.0.1" if said == "localhost" else ""


def mixed(addresses: Mapping[str, str]) -> str:
    """Return what is wrong where hosts, by their names, reach each other by addresses of both kinds; an empty string for nothing."""
    kinds: dict[int, str] = {}
    for host, address in sorted(addresses.items()):
        kinds.setdefault(ipaddress.ip_address(address).version, host)
    if len(kinds) < 2:
        return ""
    return (
        f"{kinds[4]} has an IPv4 address among the hosts, {addresses[kinds[4]]}, and {kinds[6]} an IPv6 one, {addresses[kinds[6]]}: they "
        f"reach each other by one kind alone, so give each host such a fleet_address, as 'fleet_address: {addresses[kinds[6]]}'."
    )


def problems(places: list[Place]) -> Iterator[str]:
    """Yield one sentence for each pair of hosts in one place, and for each host that no other host could reach."""
    same = dict(_pairs(places, lambda place: place.reached))
    for second, first in same.items():
        yield (
            f"{first.name} and {second.name} are one host, {second.reached[0]} port {second.reached[1]}; give each an ansible_host of its "
            f"own, or take {second.name} out."
        )
    apart = [place for place in places if place not in same]
    lost = [place for place in apart if place.among and ipaddress.ip_address(place.among).is_loopback]
    for place in lost:
        yield (
            f"{place.name}: {place.among} leads other hosts to themselves; say by which address they reach it, such as "
            "'fleet_address: 192.0.2.21'."
        )
    for second, first in _pairs([place for place in apart if place not in lost], lambda place: place.among):
        yield (
            f"{first.name} and {second.name} have one address among the hosts, {second.among}; give each a fleet_address of its own, by "
            "which the others reach it."
        )


def _pairs(places: list[Place], key: Callable[[Place], object]) -> Iterator[tuple[Place, Place]]:
    """Yield each place that has the key of one before it, with the first that has it; an empty key is nobody's."""
    first: dict[object, Place] = {}
    for place in places:
        known = first.setdefault(key(place), place) if key(place) else place
        if known is not place:
            yield place, known

"""No two hosts of a fleet are in one place, and each can be reached by the others."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.filter.places import places
from ansible_collections.hostler.fleet.plugins.module_utils.places import Place, mixed, problems

JUMP = "-o ProxyJump=gate.example.org"


def said(*rows: tuple[str, str, str, str, str]) -> list[str]:
    """Return what is wrong with hosts in these places."""
    return list(problems([Place(*row) for row in rows]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("web1", "192.0.2.1", "", "", ""), ("web2", "192.0.2.2", "", "", "")),
        (("web1", "2001:db8::1", "", "", ""), ("web2", "2001:db8::2", "", "", "")),
        (("web1", "", "", "", ""), ("web2", "", "", "", "")),
        (("web1", "web1.example.org", "", "", ""), ("web2", "web2.example.org", "", "", "")),
        # Behind another jump host, the same private address is another host; among themselves they need one each
        (("web1", "10.0.0.5", "", JUMP, "192.0.2.1"), ("web2", "10.0.0.5", "", "", "192.0.2.2")),
        # Virtual machines whose ports are forwarded
        (("web1", "127.0.0.1", "2201", "", "192.0.2.1"), ("web2", "127.0.0.1", "2202", "", "192.0.2.2")),
        # The address by which Ansible comes is the other's among the hosts: odd, but each is reached
        (("web1", "198.51.100.1", "", "", "192.0.2.1"), ("web2", "192.0.2.1", "", "", "192.0.2.2")),
    ],
    ids=["addresses", "IPv6", "names alone", "host names", "jump", "ports", "crossed"],
)
def test_hosts_that_are_apart_have_no_problem(one: tuple[str, str, str, str, str], other: tuple[str, str, str, str, str]) -> None:
    assert said(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        (("web1", "192.0.2.1", "", "", ""), ("web2", "192.0.2.1", "", "", ""), "192.0.2.1 port 22"),
        (("web1", "192.0.2.1", "", "", "192.0.2.8"), ("web2", "192.0.2.1", "22", "", "192.0.2.9"), "192.0.2.1 port 22"),
        (("web1", "127.0.0.1", "2201", "", ""), ("web2", "127.0.0.1", "2201", "", ""), "127.0.0.1 port 2201"),
        (("web1", "vm.example.org", "", JUMP, ""), ("web2", "vm.example.org", "", JUMP, ""), "vm.example.org port 22"),
        (("web1", "", "", "", ""), ("web2", "web1", "", "", ""), "web1 port 22"),
    ],
    ids=["address", "default port", "port", "jump", "name"],
)
def test_one_host_that_is_counted_twice_is_refused(
    one: tuple[str, str, str, str, str], other: tuple[str, str, str, str, str], where: str
) -> None:
    sentence = f"web1 and web2 are one host, {where}; give each an ansible_host of its own, or take web2 out."
    assert said(one, other)[0] == sentence


def test_two_hosts_with_one_address_among_the_hosts_are_refused() -> None:
    assert said(("web1", "198.51.100.1", "", "", "192.0.2.1"), ("balancer1", "192.0.2.1", "", "", "")) == [
        "web1 and balancer1 have one address among the hosts, 192.0.2.1; give each a fleet_address of its own, "
        "by which the others reach it."
    ]
    assert len(said(("web1", "2001:db8::1", "", "", "2001:db8::9"), ("web2", "2001:db8::2", "", "", "2001:DB8:0::9"))) == 1


@pytest.mark.parametrize("loopback", ["127.0.0.1", "127.0.1.1", "::1", "localhost"])
def test_an_address_that_leads_others_to_themselves_is_refused(loopback: str) -> None:
    [sentence] = said(("web1", loopback, "2201", "", ""), ("web2", "192.0.2.2", "", "", ""))
    assert sentence.startswith("web1: ")
    assert sentence.endswith("leads other hosts to themselves; say by which address they reach it, such as 'fleet_address: 192.0.2.21'.")


def test_what_the_inventory_does_not_say_is_empty() -> None:
    hostvars: dict[str, dict[str, Any]] = {
        "web1": {"ansible_host": "192.0.2.1", "ansible_port": 2201, "other": 1},
        "web2": {"ansible_port": None},
    }
    assert places(["web1", "web2"], hostvars) == [["web1", "192.0.2.1", "2201", "", ""], ["web2", "", "", "", ""]]


@pytest.mark.parametrize("addresses", [{}, {"web1": "192.0.2.21", "web2": "192.0.2.22"}, {"web1": "2001:db8::1", "web2": "2001:db8::2"}])
def test_hosts_of_one_kind_of_address_reach_each_other(addresses: dict[str, str]) -> None:
    assert mixed(addresses) == ""


def test_hosts_of_two_kinds_do_not() -> None:
    assert mixed({"web1": "2001:db8::21", "balancer1": "192.0.2.11", "web2": "2001:db8::22"}) == (
        "balancer1 has an IPv4 address among the hosts, 192.0.2.11, and web1 an IPv6 one, 2001:db8::21: they reach each other by one kind "
        "alone, so give each host such a fleet_address, as 'fleet_address: 2001:db8::21'."
    )

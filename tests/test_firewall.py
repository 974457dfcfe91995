"""What an operator says of a host's firewall, and what it lets in."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.firewall import ANYWHERE, Host, lines, rules
from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused

BALANCERS = ("192.0.2.11", "192.0.2.12")
WEB = Host(sshd=(22,), visitors=(), peers=(), slots=(5002, 5001), balancers=BALANCERS, came_from="198.51.100.7")
BALANCER = Host(sshd=(22, 2222), visitors=(80, 443), quic=(443,), peers=(840,), slots=(), balancers=BALANCERS)
FLEET = "ip saddr { 192.0.2.11, 192.0.2.12 } "


EVERYWHERE, NO_MORE = list(ANYWHERE), list[object]()


def all_lines(host: Host, ssh_from: object = EVERYWHERE, more: object = NO_MORE) -> list[str]:
    """Return the lines of all rules."""
    return [line for rule in rules(host, ssh_from, more) for line in rule["lines"]]


def refused(ssh_from: object = EVERYWHERE, more: object = NO_MORE) -> list[str]:
    """Return what is said against it, a sentence each."""
    with pytest.raises(Refused) as error:
        all_lines(WEB, ssh_from, more)
    return str(error.value).splitlines()


def test_only_balancers_come_to_the_apps() -> None:
    assert all_lines(WEB) == ["tcp dport { 22 } accept", f"{FLEET}tcp dport {{ 5001, 5002 }} accept"]


def test_everybody_comes_to_balancers_and_only_they_to_each_other() -> None:
    assert all_lines(BALANCER) == [
        "tcp dport { 22, 2222 } accept",
        "tcp dport { 80, 443 } accept",
        "udp dport { 443 } accept",
        f"{FLEET}tcp dport {{ 840 }} accept",
    ]


def test_a_fleet_may_have_ipv6_alone() -> None:
    host = Host((22,), (), (), (5001,), ("2001:db8::11",))
    assert all_lines(host)[1] == "ip6 saddr { 2001:db8::11 } tcp dport { 5001 } accept"


@pytest.mark.parametrize(
    ("networks", "matches"),
    [
        ([*ANYWHERE], [""]),
        (["0.0.0.0/0"], ["meta nfproto ipv4 "]),
        (["0.0.0.0/0", "2001:db8::/64"], ["meta nfproto ipv4 ", "ip6 saddr { 2001:db8::/64 } "]),
        (["192.0.2.7/32", "198.51.100.0/24", "2001:db8::1"], ["ip saddr { 192.0.2.7, 198.51.100.0/24 } ", "ip6 saddr { 2001:db8::1 } "]),
        # nft refuses what has addresses in common
        (["192.0.2.0/25", "192.0.2.128/25", "192.0.2.7"], ["ip saddr { 192.0.2.0/24 } "]),
        ([], []),
    ],
)
def test_networks_are_a_line_for_each_kind_of_address(networks: list[str], matches: list[str]) -> None:
    assert lines("udp", [53], networks) == [f"{match}udp dport {{ 53 }} accept" for match in matches]


def test_more_is_let_in_by_its_own_protocol_and_from_its_own_networks() -> None:
    more = [{"port": 9100, "from": ["192.0.2.7"]}, {"port": 9100, "proto": "udp"}]
    assert all_lines(WEB, more=more)[2:] == ["ip saddr { 192.0.2.7 } tcp dport { 9100 } accept", "udp dport { 9100 } accept"]


def test_who_runs_it_has_to_be_let_in_again() -> None:
    """As the host knows him: by the address of a jump host, where there is one."""
    [said] = refused(["192.0.2.0/24", "2001:db8::/64"])
    assert said == (
        "firewall_ssh_from: to this host you come from 198.51.100.7, which is in none of them, and could not come in again; add it."
    )
    assert all_lines(WEB, ["198.51.100.0/24"])[0] == "ip saddr { 198.51.100.0/24 } tcp dport { 22 } accept"
    # Who came otherwise, or only looks, is not known
    assert all_lines(BALANCER, ["192.0.2.0/24"])
    assert refused([]) == [said]


@pytest.mark.parametrize(
    ("ssh_from", "said"),
    [
        ("192.0.2.0/24", "firewall_ssh_from: it is no list; such as '[192.0.2.0/24]', or '[0.0.0.0/0, ::/0]' for anywhere."),
        (["192.0.2.1/24"], "firewall_ssh_from: '192.0.2.1/24' has more than its mask covers; write '192.0.2.0/24', or the address alone."),
        (["office"], "firewall_ssh_from: 'office' is no address and no network; such as '192.0.2.0/24', '192.0.2.7' or '2001:db8::/64'."),
    ],
)
def test_a_bad_network_is_refused(ssh_from: object, said: str) -> None:
    assert refused(ssh_from) == [said]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (9100, ": it has to say 'port', may say 'proto' and 'from', and no more; such as '- {port: 9100, from: [192.0.2.7]}'."),
        ({"proto": "tcp"}, ": it has to say 'port',"),
        ({"port": 9100, "to": "x"}, ": it has to say 'port',"),
        ({"port": 9100, "proto": "icmp"}, ".proto: icmp is neither tcp nor udp."),
        ({"port": 9100, "proto": ["tcp", "udp"]}, ".proto: ['tcp', 'udp'] is neither tcp nor udp."),
        ({"port": 0}, ".port: 0 is no port from 1 to 65535; such as 9100."),
        ({"port": "ssh"}, ".port: 'ssh' is no port"),
        ({"port": True}, ".port: True is no port"),
        ({"port": 22}, ": 22 is sshd's; firewall_ssh_from says who comes in there."),
        ({"port": 9100, "from": "192.0.2.7"}, ".from: '192.0.2.7' is no list of networks;"),
        ({"port": 9100, "from": []}, ".from: [] is no list of networks;"),
        ({"port": 9100, "from": ["192.0.2.256"]}, ".from: '192.0.2.256' is no address"),
    ],
)
def test_a_port_that_cannot_be_meant_is_refused(one: object, said: str) -> None:
    [sentence] = refused(more=[{"port": 9}, one])
    assert sentence.startswith(f"firewall_open.#2{said}")


def test_a_port_stands_there_once_for_each_protocol() -> None:
    twice: list[dict[str, Any]] = [{"port": 53}, {"port": 53, "proto": "udp"}, {"port": 53, "proto": "tcp", "from": ["192.0.2.7"]}]
    assert refused(more=twice) == ["firewall_open.#3: tcp 53 stands there twice; name all who may come in one 'from'."]


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert [said.partition(":")[0] for said in refused(["x"], [{"port": 0, "proto": "x"}, 1])] == [
        "firewall_ssh_from",
        "firewall_open.#1.proto",
        "firewall_open.#1.port",
        "firewall_open.#2",
    ]
    assert refused(more="all") == ["firewall_open: it is no list; begin each port with '- {port: 9100, from: [192.0.2.7]}'."]

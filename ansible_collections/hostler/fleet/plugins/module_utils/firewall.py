"""What an operator says of a host's firewall: is it meant, and whom does it let in. Opens no connection."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.edge import Network, instead
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused

SSH, OPEN = "firewall_ssh_from", "firewall_open"
ANYWHERE = ("0.0.0.0/0", "::/0")
PROTOCOLS = ("tcp", "udp")
BALANCERS = "# Balancers: "  # begins the line by which a host's rules say whom they let in as such
SUCH = "'- {port: 9100, from: [192.0.2.7]}'"


@dataclass(frozen=True)
class Host:
    """What a host lets in by itself: `sshd`, `visitors`, `peers` and `slots` are ports, and `balancers` the addresses that alone come to
    the last two; `quic`, of UDP, are visitors' by HTTP/3. To the ports `watched` come the addresses in `watching`, and to `told` those of
    all hosts, in `telling`; to `page` come the balancers, for who reads the fleet's page, to `data` the web hosts, by the
    addresses in `clients`, and to `backups` the hosts `saving`, that with the data and that with its backups. `came_from` is the address by
    which the host knows who is here; empty where that says nothing.
    """

    sshd: Sequence[int]
    visitors: Sequence[int]
    peers: Sequence[int]
    slots: Sequence[int]
    balancers: Sequence[str]
    came_from: str = ""
    quic: Sequence[int] = ()
    watched: Sequence[int] = ()
    watching: Sequence[str] = ()
    told: Sequence[int] = ()
    telling: Sequence[str] = ()
    page: Sequence[int] = ()
    data: Sequence[int] = ()
    clients: Sequence[str] = ()
    backups: Sequence[int] = ()
    saving: Sequence[str] = ()


def rules(host: Host, ssh_from: object, also: object) -> list[Json]:
    """Return the rules of the chain, each `why` and its `lines`, in nft's words; Refused, with all that is wrong of what is said."""
    if wrong := [*_of_ssh(ssh_from, host.came_from), *_of_more(also, host.sshd)]:
        raise Refused("\n".join(wrong))
    found = [
        ("sshd, from where firewall_ssh_from says", lines("tcp", host.sshd, _list(ssh_from))),
        ("visitors", lines("tcp", host.visitors, ANYWHERE)),
        ("visitors by HTTP/3", lines("udp", host.quic, ANYWHERE)),
        ("what balancers tell each other", lines("tcp", host.peers, host.balancers)),
        ("the apps' slots, for balancers alone", lines("tcp", host.slots, host.balancers)),
        ("figures, for the host that watches", lines("tcp", host.watched, host.watching)),
        ("journals, of the fleet's hosts", lines("tcp", host.told, host.telling)),
        ("the apps' data, for web hosts alone", lines("tcp", host.data, host.clients)),
        ("backups, between the two hosts of them", lines("tcp", host.backups, host.saving)),
        ("the fleet's page by its domain, for balancers alone", lines("tcp", host.page, host.balancers)),
    ]
    more = [line for one in _list(also) for line in lines(one.get("proto", "tcp"), [one["port"]], one.get("from", ANYWHERE))]
    return [{"why": why, "lines": found} for why, found in [*found, ("what firewall_open says", more)] if found]


def former(text: str) -> list[str]:
    """Return the balancers that the rules of a host let in, of whom some may be about to leave."""
    return next((line.removeprefix(BALANCERS).split() for line in text.splitlines() if line.startswith(BALANCERS)), [])


def lines(protocol: str, ports: Iterable[int], networks: Iterable[object]) -> list[str]:
    """Return what lets these networks in, in nft's words: a line for each kind of address. Where there are no ports, or nobody, none."""
    listed = ", ".join(map(str, sorted(set(ports))))
    return [f"{match}{protocol} dport {{ {listed} }} accept" for match in _matches(networks)] if listed else []


def _matches(networks: Iterable[object]) -> list[str]:
    """Return what matches the networks, in nft's words, each with a blank at its end; an empty one for everybody."""
    known = [ipaddress.ip_network(str(one)) for one in networks]
    # nft takes no two that have addresses in common
    v4 = list(ipaddress.collapse_addresses(one for one in known if isinstance(one, ipaddress.IPv4Network)))
    v6 = list(ipaddress.collapse_addresses(one for one in known if isinstance(one, ipaddress.IPv6Network)))
    if [*map(str, v4), *map(str, v6)] == list(ANYWHERE):
        return [""]
    return [*_match("ip", "ipv4", v4), *_match("ip6", "ipv6", v6)]


def _match(name: str, kind: str, networks: Sequence[Network]) -> Iterator[str]:
    if networks and networks[0].prefixlen == 0:
        yield f"meta nfproto {kind} "
    elif networks:
        listed = (str(one.network_address if one.prefixlen == one.max_prefixlen else one) for one in networks)
        yield f"{name} saddr {{ {', '.join(listed)} }} "


def _of_ssh(given: object, came_from: str) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong with those who may come in by SSH; above all, that we are none of them."""
    if not isinstance(given, list):
        yield f"{SSH}: it is no list; such as '[192.0.2.0/24]', or '[{', '.join(ANYWHERE)}]' for anywhere."
        return
    wrong = list(_of_networks(SSH, given))
    yield from wrong
    if came_from and not wrong and not any(ipaddress.ip_address(came_from) in ipaddress.ip_network(str(one)) for one in given):
        yield f"{SSH}: to this host you come from {came_from}, which is in none of them, and could not come in again; add it."


def _of_more(given: object, sshd: Sequence[int]) -> Iterator[str]:
    """Yield one sentence for each further port that cannot be meant, naming the value and what would have worked."""
    if not isinstance(given, list):
        yield f"{OPEN}: it is no list; begin each port with {SUCH}."
        return
    seen = set()
    for number, one in enumerate(given, 1):
        place = f"{OPEN}.#{number}"
        if not isinstance(one, dict) or "port" not in one or not set(one) <= {"port", "proto", "from"}:
            yield f"{place}: it has to say 'port', may say 'proto' and 'from', and no more; such as {SUCH}."
            continue
        port, protocol, networks = one["port"], str(one.get("proto", "tcp")), one.get("from", ANYWHERE)
        if protocol not in PROTOCOLS:
            yield f"{place}.proto: {protocol} is neither tcp nor udp."
        if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
            yield f"{place}.port: {port!r} is no port from 1 to 65535; such as 9100."
        elif (protocol, port) in seen:
            yield f"{place}: {protocol} {port} stands there twice; name all who may come in one 'from'."
        elif protocol == "tcp" and port in sshd:
            yield f"{place}: {port} is sshd's; {SSH} says who comes in there."
        seen.add((protocol, port if isinstance(port, int) else 0))
        if not isinstance(networks, list | tuple) or not networks:
            yield f"{place}.from: {networks!r} is no list of networks; such as '[192.0.2.0/24]', or leave it out for anywhere."
        else:
            yield from _of_networks(f"{place}.from", networks)


def _of_networks(place: str, given: Iterable[object]) -> Iterator[str]:
    for one in given:
        try:
            ipaddress.ip_network(str(one))
        except ValueError:
            yield f"{place}: {instead(str(one))}"


def _list(given: object) -> list[Json]:
    return given if isinstance(given, list) else []

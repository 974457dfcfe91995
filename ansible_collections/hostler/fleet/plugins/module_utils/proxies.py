"""What stands before the balancers, and is believed in what it says of visitors: ``balancer_trusted_proxies``."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

NAME = "balancer_trusted_proxies"
KINDS = ("forwarded", "proxy")
SUCH = "'- {from: 192.0.2.0/24, kind: forwarded}'"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def problems(given: object) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong, naming the value and what would have worked."""
    if not isinstance(given, list):
        yield f"{NAME}: it is no list; begin each proxy with {SUCH}."
        return
    known: list[tuple[Network, str]] = []
    for number, proxy in enumerate(given, 1):
        place = f"{NAME}.#{number}"
        if not isinstance(proxy, dict) or set(proxy) != {"from", "kind"}:
            yield f"{place}: it has to say 'from' and 'kind' and no more, such as {SUCH}."
            continue
        if proxy["kind"] not in KINDS:
            yield (
                f"{place}.kind: {proxy['kind']!r} is neither forwarded, which says who the visitor is in X-Forwarded-For, nor proxy, which "
                "does by the PROXY protocol."
            )
        try:
            network = ipaddress.ip_network(str(proxy["from"]))
        except ValueError:
            yield f"{place}.from: {_instead(str(proxy['from']))}"
            continue
        if network.prefixlen == 0:
            yield f"{place}.from: {network} is everybody, who would be believed whatever address he names; such as '192.0.2.0/24'."
        for other, kind in known:
            if isinstance(other, type(network)) and other.overlaps(network) and kind != proxy["kind"]:
                yield f"{place}.from: {network} and {other} have addresses in common, and not one kind; a connection begins in one way."
        known.append((network, str(proxy["kind"])))


def _instead(text: str) -> str:
    """Return what to write in place of what is no network."""
    try:
        return f"{text!r} has more than its mask covers; write '{ipaddress.ip_network(text, strict=False)}', or the address alone."
    except ValueError:
        return f"{text!r} is no address and no network; such as '192.0.2.0/24', '192.0.2.7' or '2001:db8::/64'."

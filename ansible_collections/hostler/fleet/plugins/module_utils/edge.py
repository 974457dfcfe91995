"""What an operator says of the edge: where balancers listen, and what stands before them and is believed in what it says of visitors."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.hostler.fleet.plugins.module_utils.model import App
from ansible_collections.hostler.fleet.plugins.module_utils.renewal import DIRECTORIES

NAME = "balancer_trusted_proxies"
KINDS = ("forwarded", "proxy")
SUCH = "'- {from: 192.0.2.0/24, kind: forwarded}'"
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
VALUE = re.compile(r"[ !#&-\[\]-~]+")  # of ASCII, but for what HAProxy reads within quotes
KIND = re.compile(r"[a-z]+/[a-z0-9.+-]+")
# Whole numbers, the least and the most, where these are not 0 and a million; less than 16 kB and pages of our own do not fit
BOUNDS = {"balancer_limit_transfers": (0, 100), "balancer_header_kilobytes": (16, 1024)}
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def of_ports(ports: Mapping[str, object]) -> Iterator[str]:
    """Yield one sentence for each port, by the name of its variable, that is none or another one too: HAProxy would take turns there."""
    taken: dict[int, str] = {}
    for name, given in ports.items():
        port = int(str(given)) if str(given).isdecimal() else 0
        if not 1 <= port <= 65535:
            yield f"{name}: {given!r} is no port from 1 to 65535."
        elif port in taken:
            yield f"{name}: {port} is {taken[port]} too; each needs its own."
        taken.setdefault(port, name)


def of_numbers(numbers: Mapping[str, object]) -> Iterator[str]:
    """Yield one sentence for each variable that is no whole number in its bounds."""
    for name, given in numbers.items():
        least, most = BOUNDS.get(name, (0, 1_000_000))
        if isinstance(given, bool) or not str(given).isdecimal() or not least <= int(str(given)) <= most:
            yield f"{name}: {given!r} is no whole number from {least} to {most}."


def of_networks(networks: Mapping[str, object]) -> Iterator[str]:
    """Yield one sentence for each variable that is no list of addresses and networks, or has everybody in it, by its name."""
    for name, given in networks.items():
        if not isinstance(given, list):
            yield f"{name}: it is no list; such as ['192.0.2.0/24', '2001:db8::/64']."
            continue
        for text in given:
            try:
                network = ipaddress.ip_network(str(text))
            except ValueError:
                yield f"{name}: {instead(str(text))}"
                continue
            if network.prefixlen == 0:
                yield f"{name}: {network} is everybody; such as '192.0.2.0/24'."


def of_kinds(kinds: object) -> Iterator[str]:
    """Yield one sentence for each kind of answer to be compressed that is none."""
    if not isinstance(kinds, list):
        yield "balancer_compress: it is no list; such as ['text/css', 'image/svg+xml']."
        return
    for kind in kinds:
        if not KIND.fullmatch(str(kind)):
            yield f"balancer_compress: {kind!r} is no kind of an answer, such as 'text/css'."


def of_headers(headers: Mapping[str, object]) -> Iterator[str]:
    """Yield one sentence for each header that HAProxy could not be told, or would be told as something else."""
    for name, value in headers.items():
        if not HEADER.fullmatch(str(name)):
            yield f"balancer_headers: {name!r} is no name of a header, such as 'X-Frame-Options'."
        elif not isinstance(value, str) or not VALUE.fullmatch(value):
            yield f"balancer_headers.{name}: {value!r} is no value; it is text without '\"', '\\', '$' and '%', such as 'nosniff'."


def of_acme(said: Mapping[str, object], apps: Iterable[App]) -> Iterator[str]:
    """Yield one sentence for each variable, by its name, by which no certificate could be got; and for wildcards without a way."""
    directory, email, eab, hook = (str(said[f"balancer_acme_{key}"]) for key in ("directory", "email", "eab", "dns_hook"))
    if directory not in DIRECTORIES and not re.fullmatch(r"https://[^\s/\"']+(/[^\s\"']*)?", directory):
        yield (
            f"balancer_acme_directory: {directory!r} is none of {', '.join(DIRECTORIES)}, and no URL of an authority's directory, such as "
            "'https://acme.example.org/directory'."
        )
    if email and not re.fullmatch(r"[^\s@\"':]+@[^\s@\"':]+", email):
        yield f"balancer_acme_email: {email!r} is no address, such as 'ops@example.org'."
    if eab and not re.fullmatch(r"[^\s:]+:[A-Za-z0-9_-]+=*", eab):
        # It is secret
        yield "balancer_acme_eab: it is not 'KEYID:KEY', with the two that the authority gave you, the key in base64url."
    if hook and not re.fullmatch(r"/[\w./+-]+", hook):
        yield f"balancer_acme_dns_hook: {hook!r} is no path of a program on the balancers, such as '/usr/local/sbin/dns-hook'."
    for app in apps if not hook else ():
        if app.tls == "acme" and (wild := [domain for domain in app.domains if domain.startswith("*")]):
            yield (
                f"apps.{app.name}.domains: an authority gives a certificate for {wild[0]!r} to who changes its DNS alone; say how in "
                "'balancer_acme_dns_hook', or use 'tls: files' (docs/https.md)."
            )


def of_proxies(given: object) -> Iterator[str]:
    """Yield one sentence for each proxy that cannot be meant, naming the value and what would have worked."""
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
            yield f"{place}.from: {instead(str(proxy['from']))}"
            continue
        if network.prefixlen == 0:
            yield f"{place}.from: {network} is everybody, who would be believed whatever address he names; such as '192.0.2.0/24'."
        for other, kind in known:
            if isinstance(other, type(network)) and other.overlaps(network) and kind != proxy["kind"]:
                yield f"{place}.from: {network} and {other} have addresses in common, and not one kind; a connection begins in one way."
        known.append((network, str(proxy["kind"])))


def instead(text: str) -> str:
    """Return what to write in place of what is no network."""
    try:
        return f"{text!r} has more than its mask covers; write '{ipaddress.ip_network(text, strict=False)}', or the address alone."
    except ValueError:
        return f"{text!r} is no address and no network; such as '192.0.2.0/24', '192.0.2.7' or '2001:db8::/64'."

"""What an operator says of the fleet's page where it has a domain of its own: is it meant, and is it closed. Hashes are never told."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.edge import of_networks
from ansible_collections.hostler.fleet.plugins.module_utils.inventory import HOST_NAME, in_ascii, of_tls, with_files
from ansible_collections.hostler.fleet.plugins.module_utils.meant import meant
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Certified, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.shown import by_default

NAME = "monitor_page"
USERS = "users"  # the key that a vault may hold, and that is for the host that watches alone
KEYS = ("domain", "tls", "certificate", "key", "allow", USERS)
TLS = ("auto", "acme", "files", "selfsigned")
SUCH = '{domain: fleet.example.org, allow: [192.0.2.0/24], users: {ops: "{{ vault_page_ops }}"}}'
USER = re.compile(r"[A-Za-z0-9._@-]{1,64}")
# Of 5000 rounds: it is made for each request, and one of 656,000 would keep HAProxy from all others for half a second. Source: crypt(5)
HASH = re.compile(r"\$6\$[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{86}")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Page(Certified):
    """The page as visitors come to it, called by its domain as no app is, for that has a dot; `allow`, from where they may come."""

    allow: list[str]


def pages(given: object, apps: Iterable[App], monitors: Sequence[str], root: Path) -> list[Page]:
    """Return the page of a fleet with these apps, where it has a domain; Refused with every problem, one a line.

    What is `given` is the variable without its users. The files of a certificate are found from `root`.
    """
    if given in (None, {}):
        return []
    if not isinstance(given, dict):
        raise Refused(f"{NAME}: it is no dictionary; such as {SUCH}.")
    domain = in_ascii(str(given.get("domain") or ""))
    said = given.get("tls")
    tls = "auto" if said is None else "off" if said is False else str(said)  # without quotes, YAML has it so
    tls = by_default([domain]) if tls == "auto" else tls
    page = Page(
        name=domain,
        domains=[domain],
        default=False,
        tls=tls,
        certificate=str(given.get("certificate") or ""),
        key=str(given.get("key") or ""),
        allow=[str(one) for one in given["allow"]] if isinstance(given.get("allow"), list) else [],
    )
    if wrong := list(_problems(given, page, apps, monitors)):
        raise Refused("\n".join(wrong))
    return [with_files(page, root)]


def _problems(given: Mapping[str, object], page: Page, apps: Iterable[App], monitors: Sequence[str]) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong, naming the value and what would have worked."""
    for key in given:
        if key not in KEYS:
            near = meant(str(key), KEYS)
            yield f"{NAME}.{key}: there is no such key; {f'did you mean {near}?' if near else 'there are ' + ', '.join(KEYS) + '.'}"
    if not monitors:
        yield f"{NAME}: no host is in the group 'monitor', so there is no page; add one, or take the variable out."
    if not HOST_NAME.fullmatch(page.name) or "." not in page.name:
        yield f"{NAME}.domain: {given.get('domain')!r} is no whole host name without wildcard, port and path; such as 'fleet.example.org'."
    for app in apps:
        if page.name in app.domains:
            yield f"{NAME}.domain: {page.name!r} is {app.name}'s; the page needs a name of its own, such as 'fleet.example.org'."
    if page.tls == "off":
        yield (
            f"{NAME}.tls: passwords go by HTTPS alone; write 'tls: selfsigned', or 'tls: files' with 'certificate' and 'key', or take a "
            "domain that the world looks up, for which balancers get a certificate by themselves."
        )
    elif page.tls not in TLS:
        yield f"{NAME}.tls: {page.tls!r} is none of {', '.join(TLS)}."
    else:
        yield from (f"{NAME}.{problem}" for problem in of_tls(page))
    yield from _of_allow(given.get("allow"))


def _of_allow(given: object) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong with those who may come; above all, that everybody may."""
    place = f"{NAME}.allow"
    if not given:
        yield f"{place}: it says from where the page may be read; name your networks, such as ['192.0.2.0/24', '2001:db8::/64']."
        return
    wrong = list(of_networks({place: given}))
    yield from wrong
    if not wrong and isinstance(given, list):
        for whole in (one for one in _together(given) if one.prefixlen == 0):
            yield f"{place}: together these are {whole}, which is everybody; such as '192.0.2.0/24'."


def _together(given: Iterable[object]) -> Iterator[Network]:
    """Yield networks that have all addresses of the given ones, as few as can be."""
    known = [ipaddress.ip_network(str(one)) for one in given]
    yield from ipaddress.collapse_addresses(one for one in known if isinstance(one, ipaddress.IPv4Network))
    yield from ipaddress.collapse_addresses(one for one in known if isinstance(one, ipaddress.IPv6Network))


def of_users(given: object) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong with who may log in to the page, given as the variable has it."""
    if not isinstance(given, dict) or not given:
        return
    users, place = given.get(USERS), f"{NAME}.{USERS}"
    if not isinstance(users, dict) or not users:
        yield f"{place}: it says who may log in, by what hash of a password; such as {SUCH}."
        return
    for name, hashed in users.items():
        if not USER.fullmatch(str(name)):
            yield f"{place}: {name!r} is no name to log in by; use letters, digits and '._@-', such as 'ops'."
        if not HASH.fullmatch(str(hashed)):
            yield (
                f"{place}.{name}: it is no hash of a password by SHA-512 with 5000 rounds, which begins with '$6$'; make one by "
                "'openssl passwd -6', which asks for the password."
            )

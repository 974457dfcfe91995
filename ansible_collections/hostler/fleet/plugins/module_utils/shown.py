"""Which certificates balancers show, and for which host names: one for an app, or one for each domain, which waits for no other then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Served


@dataclass(frozen=True)
class Shown(Data):
    """A certificate: the `name` of its file, the `app`, the host names that are shown it, and whether balancers get it by themselves."""

    name: str
    app: str
    domains: list[str]
    renewed: bool


# Below these no name is the world's. Source: RFC 2606, 6761, 6762, 7686, 8375 and 9476, and what ICANN keeps for private use
RESERVED = ("alt", "example", "home.arpa", "internal", "invalid", "local", "localhost", "onion", "test")
PRIVATE = (*RESERVED, "example.com", "example.net", "example.org")


def is_public(domain: str) -> bool:
    """Tell whether a host name may be one that the whole world looks up."""
    return "." in domain and not any(f".{domain}".endswith(f".{name}") for name in PRIVATE)


def by_default(domains: list[str]) -> str:
    """Return how an app with these host names is served where nobody says it: by certificates that balancers get, if they can."""
    return "acme" if domains and all(is_public(domain) and "*" not in domain for domain in domains) else "off"


def named(domain: str) -> str:
    """Return what the files of a domain are called; a wildcard's too. No app is called like one, for it has a dot."""
    return domain.replace("*", "_", 1)


def shown(apps: Iterable[Served]) -> list[Shown]:
    """Return the certificates of apps; first that which is shown to who asks for none of these names."""
    found = []
    for app in sorted((app for app in apps if app.tls != "off"), key=lambda app: (not app.default, app.name)):
        if app.tls == "acme":
            found += [Shown(named(domain), app.name, [domain], True) for domain in sorted(app.domains)]
        else:
            found.append(Shown(app.name, app.name, sorted(app.domains), False))
    return found

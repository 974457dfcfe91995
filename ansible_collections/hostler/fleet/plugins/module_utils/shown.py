"""Which certificates balancers show, and for which host names: one for an app, or one for each domain, which waits for no other then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Data


@dataclass(frozen=True)
class Shown(Data):
    """A certificate: the `name` of its file, the `app`, the host names that are shown it, and whether balancers get it by themselves."""

    name: str
    app: str
    domains: list[str]
    renewed: bool


def named(domain: str) -> str:
    """Return what the files of a domain are called; a wildcard's too. No app is called like one, for it has a dot."""
    return domain.replace("*", "_", 1)


def shown(apps: Iterable[App]) -> list[Shown]:
    """Return the certificates of apps; first that which is shown to who asks for none of these names."""
    found = []
    for app in sorted((app for app in apps if app.tls != "off"), key=lambda app: (not app.default, app.name)):
        if app.tls == "acme":
            found += [Shown(named(domain), app.name, [domain], True) for domain in sorted(app.domains)]
        else:
            found.append(Shown(app.name, app.name, sorted(app.domains), False))
    return found

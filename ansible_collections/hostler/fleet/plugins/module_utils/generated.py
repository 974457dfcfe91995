"""Secrets that nobody chose: made once for the fleet, kept by the web hosts, and the same on each of them until they are renewed.

They are in the control node's memory while it hands them from the hosts that have them to those that do not, and nowhere else there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.hostler.fleet.plugins.module_utils.database import dsn
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.said import Secrets


@dataclass(frozen=True)
class Chosen:
    """What all web hosts are to have: `values` of what is made; `generation`, that which has them and the inventory's, empty for none yet;
    `newest`, the newest that any host has.
    """

    generation: str = ""
    values: dict[str, str] = field(default_factory=dict, repr=False)
    newest: str = ""


def choose(app: App, hosts: Sequence[Secrets], renew: str = "", stored: Sequence[str] = ()) -> Chosen:
    """Return what an app's web hosts are to have, by what each of them knows: what the newest generation has; new is what none has.

    `stored` are the addresses of the hosts with the app's database.
    """
    values = {}
    for name in app.generate:
        if app.database and name == dsn.READ:
            continue
        last = max((host.last[name] for host in hosts if name in host.last), default=["", ""])
        kept, fresh = last[1] if name != renew else "", hosts[0].fresh[name]
        values[name] = kept or fresh
        if app.database and name == dsn.NAME:
            # The password alone is kept: where the database is may have changed
            password = dsn.password(app.database.name, kept) or fresh
            values |= {
                dsn.NAME: dsn.dsn(app.database.name, password, stored),
                dsn.READ: dsn.dsn(app.database.name, password, stored, reads=True),
            }
    generation = max((host.generation for host in hosts if host.has == values), default="")
    return Chosen(generation, values, max((host.newest for host in hosts), default=""))


def known(hosts: Sequence[Json], name: str) -> list[Secrets]:
    """Return what each web host knows of an app's secrets, by what ``secrets_info`` returned; Refused where one cannot read them."""
    if wrong := [str(host["wrong"]) for host in hosts if "wrong" in host]:
        raise Refused("\n".join(dict.fromkeys(wrong)))
    return [Secrets.of(host["secrets"][name]) for host in hosts if name in host["secrets"]]


def renewed(apps: Sequence[App], renew: str) -> None:
    """Refuse to renew what none of the apps that are meant generates, or what several do."""
    having = [app.name for app in apps if renew in app.generate]
    if renew == dsn.READ and any(app.database for app in apps):
        raise Refused(f"renew: {renew} is made of {dsn.NAME}; renew that one.")
    if renew and not having:
        names = sorted({name for app in apps for name in app.generate})
        there = f"there is {', '.join(names)}" if names else "nothing is generated"
        raise Refused(f"renew: {', '.join(app.name for app in apps)} has no {renew!r} in 'generate'; {there}.")
    if renew and len(having) > 1:
        raise Refused(f"renew: {', '.join(having)} each have a {renew}; name the app, such as -e app={having[0]}.")

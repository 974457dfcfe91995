"""Check what an operator asks for who closes an app for maintenance, or opens it again. Opens no connection."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils import history, slots
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.chosen import chosen

STATES = {"on": "on", "off": "off", "True": "on", "False": "off"}  # a YAML or JSON of the operator's may have made it a boolean


def switch(state: Any) -> str:
    """Return ``on`` or ``off``; Refused for anything else."""
    if str(state) not in STATES:
        said = f"{state!r} is neither on nor off" if state else "say whether to close the app or to open it again"
        raise Refused(f"state: {said}; such as -e state=on.")
    return STATES[str(state)]


def addresses(allow: str | list[str]) -> list[str]:
    """Return IP addresses, given as a list or with commas between, as HAProxy writes them; Refused for what is none."""
    given = allow.split(",") if isinstance(allow, str) else [str(item) for item in allow]
    return sorted({address(text.strip()) for text in given if text.strip()})


def address(text: str) -> str:
    """Return an address in the spelling of inet_ntop(3), which is HAProxy's; an IPv4 address in IPv6's clothes comes out as IPv4."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        such = "name them with commas between, such as -e allow=203.0.113.7,2001:db8::7"
        raise Refused(f"allow: {text!r} is no IP address; {such}.") from None
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or socket.inet_ntop(socket.AF_INET6, parsed.packed))
    return str(parsed)


@dataclass(frozen=True)
class Asked:
    """What an operator asks for: the `app`'s name, the `state`, and the addresses that are let in."""

    app: str
    state: str
    allow: list[str]


def asked(apps: list[App], name: str, state: Any, allow: str | list[str]) -> Asked:
    """Return what is meant; Refused with one sentence for what cannot be meant."""
    [app] = chosen(apps, name)
    wanted = Asked(app.name, switch(state), addresses(allow))
    if wanted.state == "off" and wanted.allow:
        raise Refused("allow: with state=off everybody gets the app; addresses go with state=on.")
    return wanted


def change(wanted: Asked, known: Known, at: str, clock: int) -> Json:
    """Return ``options`` for ``set_slots``, and whether a change is ``due``; `known` is what the balancers know."""
    entries, key = known.entries, slots.maintenance(wanted.app)
    lines = slots.closed(wanted.app, wanted.state, wanted.allow)
    # Another turn, as for a switch: a balancer that does not get this is seen to be behind
    turn = slots.changed(wanted.app, slots.next_turn(slots.turn_of(entries, wanted.app), clock))
    event = history.maintenance(known.run, known.by, at, wanted.app, wanted.state, wanted.allow)
    # A balancer whose HAProxy is down starts with it
    options = {"run": known.run, "offline": True, "entries": {**lines, **turn}, "instead_of": [key], "events": [event]}
    return {"options": options, "due": lines != {line: entries[line] for line in slots.below(entries, [key])}}


def told(wanted: Asked) -> str:
    """Return what visitors get then."""
    but = f", but for {', '.join(wanted.allow)}" if wanted.allow else ""
    return f"{wanted.app} is {'open' if wanted.state == 'off' else 'closed for maintenance'}{but}."

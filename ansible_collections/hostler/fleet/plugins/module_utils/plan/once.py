"""Where a command of the operator's is run, in the release that is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused, backend
from ansible_collections.hostler.fleet.plugins.module_utils.plan.chosen import chosen
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts

ALL = "all"  # in place of a host's name: each web host


@dataclass(frozen=True)
class Asked:
    """What an operator asks for: a `command` of an `app`, on a `host` or on ``all``, for some `seconds`; an empty one is to be found."""

    app: str
    command: str
    host: str
    seconds: int


def decided(asked: Asked, apps: list[App], known: Known, web: list[str], hosts: Mapping[str, Mapping[str, Parts]]) -> Json:
    """Return ``hosts``, ``release``, and ``options`` for ``run_command``; Refused with one sentence for what cannot be.

    `hosts`, for each web host that answers what it has of each app.
    """
    if not asked.command.strip():
        raise Refused("command: which one? Such as -e command='flask create-admin'.")
    if asked.host not in ("", ALL, *web):
        raise Refused(f"host: there is no web host {asked.host!r}; there is {', '.join(web)}, and {ALL}.")
    [app] = chosen(apps, asked.app)
    if not known.servers:
        raise Refused("No balancer says which release is live; see playbooks/status.yml.")
    if known.problems:
        raise Refused("\n".join(known.problems))
    slot = slots.slot_of(known.entries, app.name)
    release = slots.release_in(known.entries, app.name, slot)
    if not release:
        raise Refused(f"{app.name} has never been live; there is no release to run a command in.")
    has = [host for host in web if _has(hosts.get(host, {}).get(app.name, Parts()), slot, release)]
    if lack := [host for host in web if host not in has and asked.host == ALL]:
        raise Refused(
            f"host: {', '.join(lack)} does not answer, or has not the release {release}, which is live; see playbooks/status.yml, or name "
            f"one that has it{f', such as -e host={has[0]}' if has else ''}."
        )
    if asked.host not in ("", ALL, *has):
        there = f", but {', '.join(has)}" if has else ""
        raise Refused(f"host: it is not {asked.host} that has the release {release}, which is live{there}; see playbooks/status.yml.")
    if not has:
        raise Refused(f"{app.name}: no web host that answers has the release {release}, which is live; see playbooks/status.yml.")
    # One that serves comes first; a command may be what a sick app needs, so none has to
    up = [host for host in has if any(seen.get(backend(app.name, slot), {}).get(host) == "" for seen in known.servers.values())]
    hosts_of = {ALL: has, "": (up or has)[:1]}.get(asked.host, [asked.host])
    options = {"name": app.name, "slot": slot, "command": asked.command, "seconds": asked.seconds, "any_code": True}
    return {"hosts": hosts_of, "release": release, "options": options}


def _has(parts: Parts, slot: str, release: str) -> bool:
    return parts.slots.get(slot) == release and release in parts.whole


def told(command: str, host: str, code: int, seconds: int) -> str:
    """Return what there is to say of a command that ended with a code; nothing where that is 0."""
    return f"'{command}' ended with {code} on {host}, or took more than {seconds} s." if code else ""

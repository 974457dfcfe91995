"""What the domain has: slots, health checks, and the steps that bring a release live. No Ansible, no files, no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SLOTS = ("blue", "green")
OTHER = {"blue": "green", "green": "blue"}
EMPTY = "green"  # what is named as live before the first deploy: nothing is in it, and the first release goes to the other slot
OUT = ("MAINT", "DRAIN")  # how HAProxy calls a server that is out of rotation, whatever its checks say
OWN = "own"  # the generation of secrets that a release was made with

Json = dict[str, Any]  # a module's options or an event: where JSON comes in or goes out


class Refused(Exception):
    """What was asked for cannot be: one sentence for the operator, naming what would work."""


def backend(app: str, slot: str) -> str:
    """Return how HAProxy calls a slot of an app."""
    return f"{app}_{slot}"


@dataclass(frozen=True)
class Check:
    """What a health check asks for: a GET of `path` under the host name `host` answers 200."""

    path: str
    host: str

    @classmethod
    def of(cls, given: Json) -> Check:
        """Return the check that JSON has."""
        return cls(str(given["path"]), str(given["host"]))

    def json(self) -> Json:
        """Return it for a module or an event."""
        return {"path": self.path, "host": self.host}


@dataclass(frozen=True)
class Step:
    """What brings one app's release live: for each task of ``roles/deploy`` the hosts that do it, and the options of its module.

    `on`: names of hosts by task; a task that nobody has is passed over. `options`: by task. `slot`, in which `release` is to be live;
    `live` and `live_release`, what is live now; `turn`, the number of the switch; `in_place`, whether the release is live already and is
    only put right; `warm`, whether the switch is all that is left to do; `first`, the web host that has what runs once per fleet;
    `event`, what the switch is recorded as; `facts`, what hooks are told.
    """

    app: str
    verb: str
    release: str
    slot: str
    live: str
    live_release: str
    turn: int
    in_place: bool
    warm: bool
    first: str
    event: Json
    facts: Json
    on: dict[str, list[str]]
    options: dict[str, Json]

    @classmethod
    def of(cls, given: Json) -> Step:
        """Return the step that JSON has."""
        return cls(**given)

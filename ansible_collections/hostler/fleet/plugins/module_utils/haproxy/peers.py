"""What balancers tell each other: which slots are live. Thus one that was away learns of a switch before it answers anybody.

A question is a line of JSON, and so is its answer. Both sides listen on a port below 1024, so what is heard there is root's word; nobody
is believed for a question, which only makes the asked one ask in its turn. Who is a peer is told by the address. To who is none, nothing
is told of what is live.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import place
from ansible_collections.hostler.fleet.plugins.module_utils.model import SLOTS, Data, Json

LONGEST = 2**20  # bytes of a question or an answer
KEY = re.compile(r"[\w./:-]+")
VALUE = re.compile(r"[^\s;\\]+")  # what HAProxy's socket takes for one word, and no second command


@dataclass(frozen=True)
class Peers(Data):
    """A balancer among its peers.

    Its `name` and `address`; `peers`, the address of each other one; `port`, on which all listen; `alone`, what to do at the start while a
    peer gives no answer: ``answer`` visitors, or ``wait`` for it.
    """

    name: str
    address: str
    port: int
    peers: dict[str, str]
    alone: str


def lines(entries: object) -> dict[str, str]:
    """Return the lines that are as we write them: others are not to end up in a command, or to name a slot or a turn that is none."""
    found = entries.items() if isinstance(entries, dict) else ()
    return {
        key: value for key, value in found if isinstance(value, str) and KEY.fullmatch(key) and VALUE.fullmatch(value) and _fits(key, value)
    }


def _fits(key: str, value: str) -> bool:
    return value.isdecimal() if key.endswith("/turn") else "/" in key or value in SLOTS


def turns(entries: slots.Entries) -> dict[str, int]:
    """Return the number of each app's last change."""
    return {app: slots.turn_of(entries, app) for app in slots.apps(entries)}


def digest(entries: slots.Entries) -> str:
    """Return what tells whether two balancers have the same live, and nothing else."""
    live = sorted((app, one.slot, one.release) for app, one in slots.live(entries).items())
    return hashlib.sha256(json.dumps(live).encode()).hexdigest()


def newer(mine: slots.Entries, theirs: slots.Entries) -> dict[str, dict[str, str]]:
    """Return the lines of each app that has had a change there which it has not had here."""
    return {app: slots.of_app(theirs, app) for app, turn in turns(theirs).items() if turn > slots.turn_of(mine, app)}


def question(me: Peers, entries: slots.Entries, back: bool) -> Json:
    """Return what a balancer asks with its own lines; `back`, whether it was asked itself just now."""
    return {"name": me.name, "turns": turns(entries), "digest": digest(entries), "back": back}


def prompts(me: Peers, entries: slots.Entries, asked: Json, address: str) -> bool:
    """Tell whether a question is to be answered only once the peer that asks was asked itself, for it has had a change."""
    if asked["back"] or address not in me.peers.values():
        return False
    return any(turn > slots.turn_of(entries, app) for app, turn in asked["turns"].items())


def answer(me: Peers, entries: slots.Entries, asked: Json, address: str) -> Json:
    """Return what is told to a balancer that asks from an address.

    A peer is told all ``entries``. Who is none by its address and its name is told so by ``same``: whether it has the same live; and who
    has a peer's name but another address, nothing.
    """
    if address in me.peers.values():
        return {"entries": dict(entries)}
    return {} if asked["name"] in me.peers else {"same": asked["digest"] == digest(entries)}


def read(connection: socket.socket) -> Json:
    """Return the JSON of one line; ValueError where there is none."""
    with connection.makefile("rb") as file:
        found = json.loads(file.readline(LONGEST))
    if not isinstance(found, dict):
        raise ValueError(f"{found!r} is no question and no answer")
    return found


def write(connection: socket.socket, said: Json) -> None:
    """Send the JSON as one line."""
    connection.sendall(json.dumps(said).encode() + b"\n")


def family(address: str) -> socket.AddressFamily:
    """Return the family of an address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def ask(me: Peers, address: str, asked: Json, seconds: float) -> Json | str:
    """Return what a peer answers, or why it does not within so long."""
    with socket.socket(family(address), socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        try:
            # Where a host has several addresses; one behind NAT does not have the one it is known by
            with contextlib.suppress(OSError):
                connection.bind((me.address, 0))
            connection.connect((address, me.port))
            write(connection, asked)
            said = read(connection)
        except (OSError, ValueError, RecursionError) as error:
            return str(error) or type(error).__name__
    if "entries" in said:
        return {"entries": lines(said["entries"])}
    return said if "same" in said else "does not know this host by its address; give each balancer its fleet_address"


def known(answers: Mapping[str, Json | str]) -> dict[str, dict[str, str]]:
    """Return the lines of each peer that has told them."""
    return {peer: said["entries"] for peer, said in answers.items() if isinstance(said, dict) and "entries" in said}


def gone(answers: Mapping[str, Json | str]) -> bool:
    """Tell whether this balancer is no peer any more of all that answer, and they have something else live."""
    said = [one for one in answers.values() if isinstance(one, dict)]
    return bool(said) and not known(answers) and not any(one.get("same") for one in said)


def heard() -> dict[str, str] | None:
    """Return why each peer gives no answer, as this balancer's agent has it; nothing where none runs."""
    try:
        return {str(peer): str(why) for peer, why in json.loads(place.HEARD.read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return None

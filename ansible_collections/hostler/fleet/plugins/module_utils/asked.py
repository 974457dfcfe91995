"""What an operator may ask for by ``-e``: each option with its kind, its default, and the verbs that take it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils.inventory import LIMITS
from ansible_collections.hostler.fleet.plugins.module_utils.meant import meant
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

RELEASES = ("deploy", "rollback", "restart")
HOLDS = (*RELEASES, "maintenance", "patch", "remove", "restore", "failover")  # verbs that take the fleet's lock
VERBS = (*HOLDS, "run", "status", "history", "logs")
FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
# What an inventory may be given by -e whole, and Ansible's own; they are like options, and are none
OTHERS = re.compile(r"apps|ansible_.*")


@dataclass(frozen=True)
class Option:
    """An option.

    `kind`: ``text``; ``line``, text with blanks in it; ``flag``, true or false; ``number``, digits within `limits`; ``any``, which its
    verb looks at.
    """

    verbs: tuple[str, ...]
    kind: str = "text"
    default: Any = ""
    limits: tuple[int, int] = (0, 0)


OPTIONS = {
    "app": Option((*RELEASES, "maintenance", "remove", "run", "history", "logs")),
    "release": Option(("deploy", "rollback", "logs")),
    "renew": Option(("deploy",)),
    "current_secrets": Option(("rollback",), "flag", False),
    # In place of the app's own; a rollback has no canary, and a restart neither
    "canary_percent": Option(("deploy",), "number", "", LIMITS["canary_percent"]),
    "canary_seconds": Option(("deploy",), "number", "", LIMITS["canary_seconds"]),
    "watch_seconds": Option(RELEASES, "number", "", LIMITS["watch_seconds"]),
    # Of the fleet's PostgreSQL, where settings wait for that
    "restart_database": Option(("deploy",), "flag", False),
    "break_lock": Option(HOLDS, "flag", False),
    "state": Option(("maintenance",), "any"),
    "allow": Option(("maintenance",), "any"),
    "balancers": Option(("patch",), "flag", False),
    "databases": Option(("patch",), "flag", False),
    "anyway": Option(("patch",), "flag", False),
    # The database of an app that is removed, which is to go too
    "drop_database": Option(("remove",)),
    "confirm": Option(("remove", "restore", "failover")),
    # Of two database hosts
    "to": Option(("failover",)),
    "lost": Option(("failover",)),
    "rejoin": Option(("failover",)),
    # To which moment data are brought back
    "target": Option(("restore",), "line"),
    "from_s3": Option(("restore",), "flag", False),
    "command": Option(("run",), "line"),
    "host": Option(("run", "logs")),
    "seconds": Option(("run",), "number", "3600", LIMITS["release_command_seconds"]),
    "count": Option(("history",), "number", "20", (1, 100_000)),
    "format": Option(("history", "status", "logs"), "text", "table"),
    "slot": Option(("logs",)),
    "request": Option(("logs",)),
    "status": Option(("logs",)),
    "unit": Option(("logs",)),
    "since": Option(("logs",), "line"),
    "until": Option(("logs",), "line"),
    "lines": Option(("logs",), "number", "200", (1, 10_000)),
    "follow": Option(("logs",), "flag", False),
}


def values(said: Mapping[str, Any]) -> Json:
    """Return the value of each option, as `said` by the operator or else its default; what is no good value stays as it is."""
    return {name: _value(option, said[name]) if name in said else option.default for name, option in OPTIONS.items()}


def _value(option: Option, said: Any) -> Any:
    if option.kind == "flag":
        return FLAGS.get(str(said).lower(), said)
    return said if option.kind == "any" else str(said)


def mistakes(asked: Json) -> Iterator[str]:
    """Yield one sentence for each option, as ``values`` has them, whose value is not of its kind."""
    for name, option in OPTIONS.items():
        value, (low, high) = asked[name], option.limits
        if option.kind == "flag" and not isinstance(value, bool):
            yield f"{name}: {value!r} is neither true nor false; such as -e {name}=true."
        if option.kind == "number" and value != option.default and not (value.isdecimal() and low <= int(value) <= high):
            yield f"{name}: {value!r} is not a whole number from {low} to {high}."


def of_verb(verb: str) -> list[str]:
    """Return the names of the options that a verb takes."""
    return [name for name, option in OPTIONS.items() if verb in option.verbs]


def misspelt(verb: str, names: Iterable[str], own: Callable[[str], bool]) -> Iterator[str]:
    """Yield one sentence for each of the operator's variables that is no option but was clearly meant as one of the verb's.

    `own` tells whether a variable is the operator's own: whether the inventory has it or uses it.
    """
    for name in names:
        like = "" if name in OPTIONS or OTHERS.fullmatch(name) or not name[:1].isalpha() else _like(name, of_verb(verb))
        if like and not own(name):
            yield (
                f"{name}: there is no such option; did you mean -e {like}=...? A variable of your own may be called {name} where the "
                "inventory has or uses it."
            )


def _like(name: str, options: list[str]) -> str:
    """Return the option that is spelt much like a name, or that the name is the beginning of, such as canary."""
    begun = [option for option in options if option.startswith(f"{name}_")]
    return meant(name, options) or (begun[0] if begun else "")


def unused(verb: str, names: Iterable[str], own: Callable[[str], bool]) -> Iterator[str]:
    """Yield one sentence for each option that was said to a verb that does not take it."""
    for name in names:
        if name in OPTIONS and verb not in OPTIONS[name].verbs and not own(name):
            yield f"{name} is no option of {verb}, and is passed over; there is {', '.join(of_verb(verb))}."

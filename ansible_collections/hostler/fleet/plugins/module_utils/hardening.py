"""What an operator says of how hosts are hardened: is it meant, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused

TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
WINDOW = re.compile(f"({TIME})-({TIME})")
SIZE = re.compile("[1-9][0-9]*[MG]")
DAY = 24 * 60  # minutes


def checked(upgrades: object, journal: object) -> Json:
    """Return when upgrades may `begin` each day, and the `seconds` in which they do; Refused, with all that is wrong."""
    if wrong := list(_problems(upgrades, journal)):
        raise Refused("\n".join(wrong))
    begin, _, end = str(upgrades).partition("-")
    return {"begin": begin, "seconds": (_minutes(end) - _minutes(begin)) % DAY * 60 if upgrades else 0}


def _problems(upgrades: object, journal: object) -> Iterator[str]:
    # YAML makes something else than text of what has no quotes
    window = WINDOW.fullmatch(str(upgrades))
    if upgrades != "" and (not window or window[1] == window[2]):
        yield (
            f"hardening_upgrades: {upgrades!r} is no time from one hour to another; "
            "such as '04:00-05:00', or '' for what the distribution does."
        )
    if journal != "" and not SIZE.fullmatch(str(journal)):
        yield f"hardening_journal: {journal!r} is no size; such as '500M' or '1G', or '' for what the distribution does."


def _minutes(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)

"""What a release command is given and told by where it changes a PostgreSQL: limits, and whether a lock was not to be had. No I/O.

Source of names and texts: PostgreSQL's error codes (appendix A), psycopg 3, psycopg2 and asyncpg.
"""

from __future__ import annotations

import re

PAUSES = (1, 2, 4, 8)  # seconds; what asks again waits longer each time, and five tries are all
# A lock that was asked for and not got, for one of two that wait for each other, too: by number, by text, by what Python calls it
LOCK = re.compile(
    r"\b(55P03|40P01|LockNotAvailable(Error)?|DeadlockDetected(Error)?)\b"
    r"|canceling statement due to lock timeout|could not obtain lock on |deadlock detected"
)
# Where Python tells of an error: the last one, with those that it came of, which it tells first
TRACEBACK = re.compile(r"(?<!following exception:\n\n)(?<!exception occurred:\n\n)^Traceback \(most recent call last\):$", re.MULTILINE)


def pgoptions(lock: int, statement: int) -> str:
    """Return ``PGOPTIONS``, which libpq hands to the server: how many seconds a statement may wait for a lock, and take; 0 for no limit.

    Who waits for a lock keeps all others waiting who come after him. And what is killed leaves its statement at work in the server.
    """
    return f"-c lock_timeout={lock * 1000} -c statement_timeout={statement * 1000}"


def lacked_lock(said: str) -> bool:
    """Tell whether a command that failed, by what it printed, failed for a lock; one that it got over before does not count."""
    return bool(LOCK.search(TRACEBACK.split(said)[-1]))


def pause(tries: int, left: float) -> int:
    """Return for how many seconds to wait before one more try, after so many and with so many seconds left; 0 for no more."""
    seconds = PAUSES[tries - 1] if tries <= len(PAUSES) else 0
    return seconds if seconds + 1 <= left else 0  # a second is the least that a try may take

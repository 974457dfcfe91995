"""What a release command is told and asked about locks of a PostgreSQL."""

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.migration import PAUSES, lacked_lock, pause, pgoptions

TRACEBACK = "Traceback (most recent call last):\n"
PSYCOPG = f"""{TRACEBACK}  File "sqlalchemy/engine/base.py", line 1967, in _exec_single_context
psycopg.errors.LockNotAvailable: canceling statement due to lock timeout
"""
CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
MEANWHILE = "\nDuring handling of the above exception, another exception occurred:\n\n"
OTHER = f'{TRACEBACK}  File "cli.py", line 1\nKeyError: 1\n'


@pytest.mark.parametrize(
    "said",
    [
        "psql:0002.sql:1: ERROR:  canceling statement due to lock timeout",
        "ERROR:  55P03: canceling statement due to lock timeout\nLOCATION:  ProcessInterrupts, postgres.c:3336",
        'ERROR:  could not obtain lock on relation "entries"',
        "FEHLER:  55P03: Anfrage wird abgebrochen",
        "ERROR:  deadlock detected\nDETAIL:  Process 7 waits for AccessExclusiveLock",
        "sqlalchemy.exc.OperationalError: (psycopg.errors.LockNotAvailable) canceling statement due to lock timeout",
        "sqlalchemy.exc.DBAPIError: <class 'asyncpg.exceptions.LockNotAvailableError'>: Sperre",
        "psycopg2.errors.DeadlockDetected: Verklemmung",
        PSYCOPG,
        f"INFO  upgrade 0001 -> 0002\n{PSYCOPG}{CAUSE}{OTHER}",
        f"{PSYCOPG}{MEANWHILE}{OTHER}",
        f"{OTHER}later:\n{PSYCOPG}",
    ],
    ids=lambda said: str(said)[:40],
)
def test_a_lock_that_was_not_to_be_had_is_told_from_what_was_printed(said: str) -> None:
    assert lacked_lock(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "ERROR:  canceling statement due to statement timeout",
        "ERROR:  57014: canceling statement due to user request",
        'ERROR:  relation "locks" already exists',
        "checked 155P030 rows, 40P012",
        "FATAL:  remaining connection slots are reserved",
        # It has got over that one
        f"WARNING a lock was not to be had, once more\n{PSYCOPG}done\n{OTHER}",
    ],
    ids=lambda said: str(said)[:40],
)
def test_any_other_failure_is_none(said: str) -> None:
    assert not lacked_lock(said)


def test_there_are_five_tries_with_growing_pauses() -> None:
    pauses = [pause(tries, 300) for tries in range(1, 7)]
    assert pauses == [*PAUSES, 0, 0]
    assert sorted(set(PAUSES)) == list(PAUSES)


@pytest.mark.parametrize(("left", "seconds"), [(9, 8), (8.9, 0), (0, 0), (-1, 0)])
def test_a_try_that_would_have_no_time_is_not_waited_for(left: float, seconds: int) -> None:
    assert pause(4, left) == seconds


def test_limits_are_told_in_milliseconds_and_none_as_zero() -> None:
    assert pgoptions(1, 300) == "-c lock_timeout=1000 -c statement_timeout=300000"
    assert pgoptions(0, 60).startswith("-c lock_timeout=0 ")

"""Migrations: they make what the app goes by, and none takes a lock that visitors notice."""

import subprocess

from postgres import alembic

# The release command has limits of time; and Alembic's own table is Alembic's
PASSED_OVER = "require-lock-timeout,require-statement-timeout,prefer-text-field"


def unsafe(sql: str) -> list[str]:
    """Return the rules that SQL breaks, by squawk. Source: squawkhq.com/docs/rules."""
    command = ["squawk", "--reporter=gcc", f"--exclude={PASSED_OVER}"]
    done = subprocess.run(command, input=sql, check=False, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return sorted({line.split()[2].rstrip(":") for line in done.stdout.splitlines() if line.startswith("stdin:")})


def test_the_tables_are_those_of_the_app(migrated: str) -> None:
    assert "No new upgrade operations detected" in alembic(migrated, "check")


def test_no_migration_stands_in_the_way_of_visitors() -> None:
    sql = alembic("postgresql://nobody@/none", "upgrade", "head", "--sql")
    assert "CREATE TABLE entries" in sql
    assert unsafe(sql) == []


def test_one_that_would_is_found() -> None:
    assert unsafe("alter table entries alter column name set not null; create index on entries (at);") != []

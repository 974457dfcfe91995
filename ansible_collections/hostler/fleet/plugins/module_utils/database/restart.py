"""What is said of settings that wait for a restart of PostgreSQL. No Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Sequence


def waits(settings: Sequence[str]) -> str:
    """Return what there is to say of settings, by their names, that are not in force yet."""
    return (
        f"PostgreSQL goes on with its former {', '.join(settings)} until it is restarted, which ends every connection: "
        "site.yml -e restart_database=true"
    )

"""Two generations of an app's secrets."""

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets

ONE, TWO = {"KEY": "hunter2"}, {"KEY": "swordfish"}
OLD, NEW = "2026-11-21-00000001", "2026-11-22-00000002"


def give(home: Path, release: str, generation: str, values: dict[str, str]) -> None:
    """Have a release use a generation."""
    secrets.write(home, values, generation)
    (home / "releases" / release / "secrets").symlink_to(secrets.place(generation))

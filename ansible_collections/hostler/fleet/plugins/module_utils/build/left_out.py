"""What does not go along with an app though no .gitignore says so: what tools, and runs on a developer's machine, leave in its folder."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

# Of files and folders, at any depth
NAMES = (
    *(".git", ".hg", ".svn", ".DS_Store"),
    *("venv", ".venv", "node_modules", "__pycache__", "*.pyc", ".pytest_cache", ".mypy_cache", ".ruff_cache"),
    *(".env", ".env.*", "*.sqlite", "*.sqlite3", "*.sqlite-*", "*.sqlite3-*", "*.db-journal"),
)
BUT = (".env.example", ".env.sample", ".env.template")
VENV = "pyvenv.cfg"  # what each virtual environment has, whatever its name


def _unfit(part: str) -> bool:
    return part not in BUT and any(fnmatchcase(part, pattern) for pattern in NAMES)


def unfit(name: Path) -> list[str]:
    """Return the parts of a file's name, within the app, for which it is left out."""
    return [part for part in name.parts if _unfit(part)]


def left_out(name: Path) -> bool:
    """Tell whether a file, by its name within the app, is one that is left out."""
    return bool(unfit(name))


def without(names: Iterable[Path]) -> list[Path]:
    """Return the names of the files that are not left out, and lie in no virtual environment."""
    kept = [name for name in names if not left_out(name)]
    environments = {name.parent for name in kept if name.name == VENV}
    return [name for name in kept if environments.isdisjoint(name.parents)]

"""How an app's packages are locked: the command to type, by what the project has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomllib

DEFAULTS = ("requirements.txt", "uv.lock", "pylock.toml")  # the first of these that an app has is its lock
OWN = "requirements-locked.txt"  # for who has a requirements.txt of his own, to lock it into
OLDEST_GUNICORN = (27, 0, 1)  # older ones lose requests when workers are recycled or stopped
GUNICORN = f"gunicorn>={'.'.join(map(str, OLDEST_GUNICORN))}"
# What other tools lock is made one of these by a command of theirs
FOREIGN = {
    "poetry.lock": "poetry export --only main --format requirements.txt --output requirements.txt",
    "pdm.lock": "pdm export --prod --format requirements --output requirements.txt",
    "Pipfile.lock": "pipenv requirements --hash > requirements.txt",
}
FROM_UV = "uv export --frozen --no-default-groups --no-emit-workspace --output-file requirements.txt"


def toml(path: Path) -> dict[str, Any]:
    """Return what a file of TOML says; nothing where there is none. ValueError where it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error


def gunicorn(lock: str) -> str:
    """Return how Gunicorn gets into a lock."""
    return f"run 'uv add \"{GUNICORN}\"'" if lock == "uv.lock" else f"add '{GUNICORN}' to what it is made from"


def is_pylock(name: str) -> bool:
    """Tell whether a file is a lock of PEP 751, by its name."""
    return name.startswith("pylock.") and name.endswith(".toml")


def compiled(source: str, lock: str, python: str) -> str:
    """Return the command that locks what `source` names, for hosts whose oldest Python is `python`."""
    kind = "--format pylock.toml" if is_pylock(lock) else "--generate-hashes"
    return f"uv pip compile --universal --python-version {python} {kind} {source} -o {lock}"


def foreign(folder: Path, lock: str) -> str:
    """Return the command that makes a lock of what another tool locked; an empty string where none did."""
    found = next((name for name in FOREIGN if name == lock or (folder / name).is_file()), "")
    return FOREIGN.get(found, "")


def again(folder: Path, lock: str, python: str) -> str:
    """Return the command that makes an app's lock anew."""
    if lock == "uv.lock":
        return "uv lock --upgrade"
    if command := foreign(folder, lock):
        return command
    return compiled(_source(folder), lock, python)


def _is_project(folder: Path) -> bool:
    try:
        return "project" in toml(folder / "pyproject.toml")
    except ValueError:
        return False


def _source(folder: Path) -> str:
    own = (folder / "requirements.in").is_file() or not _is_project(folder)
    return "requirements.in" if own else "pyproject.toml"


def missing(folder: Path, lock: str, python: str) -> str:
    """Return what is to be done where an app lacks its lock; `lock` is empty where the inventory names none."""
    name = lock or DEFAULTS[0]
    if (command := foreign(folder, lock)) and lock in ("", *FOREIGN, *DEFAULTS[:1]):
        found = lock if lock in FOREIGN else next(one for one in FOREIGN if (folder / one).is_file())
        return f"{found} is not read; make requirements.txt of it with '{command}'"
    if lock == "uv.lock" or (not lock and _source(folder) == "pyproject.toml"):
        if any((above / "uv.lock").is_file() for above in folder.parents):
            return f"the workspace's uv.lock lies above it; make requirements.txt of that with '{FROM_UV}'"
        return f"make uv.lock with 'uv lock', once the project depends on Gunicorn: {gunicorn('uv.lock')}, which does both"
    there = _source(folder)
    first = "" if (folder / there).is_file() else f", once {there} says what the app needs, '{GUNICORN}' among it"
    return f"make it with '{compiled(there, name, python)}'{first}"


def unhashed(folder: Path, lock: str, python: str) -> str:
    """Return what is to be done where a lock is none: it has no hashes."""
    if lock == "uv.lock":
        return "the index that it is from gives none; take one that does, and run 'uv lock'"
    if (folder / "uv.lock").is_file():
        return "say 'lock: uv.lock', which is there"
    if command := foreign(folder, lock):
        return f"make it with '{command}'"
    if (folder / "requirements.in").is_file():
        return f"make it with '{compiled('requirements.in', lock, python)}'"
    return f"lock it with '{compiled(lock, OWN, python)}', and say 'lock: {OWN}'"

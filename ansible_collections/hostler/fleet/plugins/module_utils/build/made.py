"""What goes along beyond what git would track: files that the app's ``include`` names, made by its ``build`` or by hand."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import hook
from ansible_collections.hostler.fleet.plugins.module_utils.build import cache, git, left_out
from ansible_collections.hostler.fleet.plugins.module_utils.build.source import Source
from ansible_collections.hostler.fleet.plugins.module_utils.digest import digest
from ansible_collections.hostler.fleet.plugins.module_utils.model import App
from ansible_collections.hostler.fleet.plugins.module_utils.named import named

# Of the run's own environment: what is Ansible's, and what would have a build take Hostler's Python, or another repository, for its own
OURS = ("ANSIBLE_", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")
LINES = 20  # of what a failed build said


def complete(app: App, source: Source, store: Path) -> Source:
    """Return the source with all that goes along; ValueError begins with the key of the app that is wrong.

    Its ``build`` is run in a copy of the source, and what came of it is kept in `store` by what it was made of: nothing changed, not again.
    """
    if not app.build:
        return replace(source, names=_with(app, source.folder, source.names, source.place))
    inputs = json.dumps([digest(source.folder, source.names), app.build, app.include])
    place = store / f"{app.name}-{hashlib.sha256(inputs.encode()).hexdigest()[:12]}.built"
    if not cache.used(place):
        with tempfile.TemporaryDirectory(prefix=f"{app.name}-") as temp:
            names = _build(app, source, Path(temp, app.name))
            _keep(Path(temp, app.name), names, place)
    names = [path.relative_to(place) for path in place.rglob("*") if path.is_symlink() or path.is_file()]
    return replace(source, folder=place, names=_sorted(names))


def _build(app: App, source: Source, folder: Path) -> list[Path]:
    """Run the build in a copy of the source at `folder`; return the names of what goes along."""
    _copy(source.folder, source.names, folder)
    wrong, said = hook.run(app.build, str(folder), environment(os.environ), app.build_seconds)
    if wrong:
        end = "\n".join(said.splitlines()[-LINES:]) or "nothing"
        raise ValueError(f"build: {app.build!r} {wrong}, in a clean copy of {source.place}; it said:\n{end}")
    there = [name for name in source.names if (folder / name).is_symlink() or (folder / name).is_file()]
    return _with(app, folder, there, f"{source.place} once {app.build!r} has been run there")


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a build."""
    return {name: value for name, value in inherited.items() if not name.startswith(OURS)}


def _copy(source: Path, names: list[Path], target: Path) -> None:
    target.mkdir()
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        with named(target / name):
            shutil.copy2(source / name, target / name, follow_symlinks=False)


def _keep(folder: Path, names: list[Path], place: Path) -> None:
    """Have these files at `place`, all or nothing."""
    part = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        _copy(folder, names, part)
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _with(app: App, folder: Path, names: list[Path], place: str) -> list[Path]:
    found = set(names)
    for pattern in app.include:
        matching = _matching(folder, pattern)
        if not matching:
            raise ValueError(f"include: {pattern!r} matches no file of {place}; make it, by hand or by 'build', or leave it out.")
        found.update(matching)
    return _sorted(found)


def _sorted(names: set[Path] | list[Path]) -> list[Path]:
    return sorted(names, key=lambda path: path.as_posix())


def _matching(folder: Path, pattern: str) -> list[Path]:
    """Return the files that a pattern, as .gitignore has it, matches; of those that are left out only what it names itself."""
    with tempfile.TemporaryDirectory() as empty:
        git.run(folder, "init", "--quiet", "--bare", empty).check_returncode()
        listing = ("ls-files", "-z", "--others", "--ignored", f"--exclude={pattern}")
        done = git.run(folder, f"--git-dir={empty}", f"--work-tree={folder}", *listing)
    names = [Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name]
    done.check_returncode()
    return [name for name in names if _meant(folder, name, pattern) and not ((folder / name).is_dir() and not (folder / name).is_symlink())]


def _meant(folder: Path, name: Path, pattern: str) -> bool:
    pieces = [piece for piece in pattern.strip("/").split("/") if piece.strip("*")]
    venvs = [parent.name for parent in name.parents if (folder / parent / left_out.VENV).is_file()]
    return all(any(fnmatchcase(part, piece) for piece in pieces) for part in [*left_out.unfit(name), *venvs])

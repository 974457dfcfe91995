"""Where an app's files come from: a folder as it is, or a commit of a git repository."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.build import advice, bundle, git
from ansible_collections.hostler.fleet.plugins.module_utils.model import App


@dataclass(frozen=True)
class Source:
    """The app's `folder`, the `names` of its files there, how messages name its `place`, and its `commit`, a full SHA or empty.

    `lock` is the one of the names that locks its packages.
    """

    folder: Path
    names: list[Path]
    place: str
    lock: str
    commit: str
    dirty: bool

    def named(self, file: str) -> str:
        """Return how messages name a file of the app's."""
        return str(self.folder / file) if self.place == str(self.folder) else f"{file} in {self.place}"


@contextmanager
def opened(app: App, python: str, cache: Path) -> Iterator[Source]:
    """Give the app's files, for as long as the block lasts; `python` is the oldest on hosts.

    ValueError begins with the key of the app that is wrong, such as ``ref: ``.
    """
    if not app.repository:
        yield _folder(Path(app.source), app.lock, python)
    else:
        with git.checkout(app.repository, app.ref, cache) as (top, commit):
            yield _fetched(top, commit, app, python)


def _folder(folder: Path, lock: str, python: str) -> Source:
    try:
        names = bundle.files(folder)
    except ValueError as error:
        raise ValueError(f"source: {error}") from error
    found = _lock(folder, lock, names)
    if not found and (ignored := next((name for name in _wanted(lock) if (folder / name).is_file()), "")):
        raise ValueError(f"lock: git ignores {folder / ignored}, so it would not be deployed; take it out of .gitignore.")
    if not found:
        raise ValueError(f"lock: {folder} has no {lock or advice.DEFAULTS[0]}; {advice.missing(folder, lock, python)}.")
    return Source(folder, names, str(folder), found, git.commit(folder), git.dirty(folder, names))


def _fetched(top: Path, commit: str, app: App, python: str) -> Source:
    repository, source, lock = git.mask(app.repository), app.source, app.lock
    folder, place = (top / source).resolve(), f"{commit[:12]} of {repository}"
    if not folder.is_dir() or top not in (folder, *folder.parents):  # a link may lead out of the repository
        raise ValueError(f"source: there is no folder {source} in {place}; it starts at the repository's top.")
    try:
        names = bundle.files(folder)
    except bundle.NotCheckedOut as error:
        raise ValueError(
            f"repository: {place} has the submodule {error.path.relative_to(top)}, and submodules are not fetched; "
            "deploy a folder that has them, by 'source' without 'repository'."
        ) from error
    place = place if folder == top else f"{source} in {place}"
    found = _lock(folder, lock, names)
    if not found:
        raise ValueError(f"lock: {place} has no {lock or advice.DEFAULTS[0]}; {advice.missing(folder, lock, python)}, and commit it.")
    return Source(folder, names, place, found, commit, dirty=False)


def _wanted(lock: str) -> tuple[str, ...]:
    return (lock,) if lock else advice.DEFAULTS


def _lock(folder: Path, lock: str, names: list[Path]) -> str:
    """Return the app's lock; an empty string where it has none."""
    return next((name for name in _wanted(lock) if Path(name) in names and (folder / name).is_file()), "")

"""Where an app's files come from: a folder as it is, or a commit of a git repository."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle, git


@dataclass(frozen=True)
class Source:
    """The app's `folder`, the `names` of its files there, how messages name its `place`, and its `commit`, a full SHA or empty."""

    folder: Path
    names: list[Path]
    place: str
    commit: str
    dirty: bool

    def named(self, file: str) -> str:
        """Return how messages name a file of the app's."""
        return str(self.folder / file) if self.place == str(self.folder) else f"{file} in {self.place}"


@contextmanager
def opened(repository: str, ref: str, source: str, lock: str, cache: Path) -> Iterator[Source]:
    """Give the app's files, for as long as the block lasts; ValueError begins with the key of the app that is wrong, such as ``ref: ``."""
    if not repository:
        yield _folder(Path(source), lock)
    else:
        with git.checkout(repository, ref, cache) as (top, commit):
            yield _fetched(top, commit, git.mask(repository), source, lock)


def _folder(folder: Path, lock: str) -> Source:
    try:
        names = bundle.files(folder)
    except ValueError as error:
        raise ValueError(f"source: {error}") from error
    if Path(lock) not in names and (folder / lock).is_file():
        raise ValueError(f"lock: git ignores {folder / lock}, so it would not be deployed; take it out of .gitignore.")
    _check_lock(lock, names, str(folder), "")
    return Source(folder, names, str(folder), git.commit(folder), git.dirty(folder, names))


def _fetched(top: Path, commit: str, repository: str, source: str, lock: str) -> Source:
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
    _check_lock(lock, names, place, ", and commit it")
    return Source(folder, names, place, commit, dirty=False)


def _check_lock(lock: str, names: list[Path], place: str, then: str) -> None:
    if Path(lock) not in names:
        made = f"'uv pip compile --universal --python-version 3.11 --generate-hashes requirements.in -o {lock}'"
        raise ValueError(f"lock: {place} has no {lock}; make it with {made}{then}.")

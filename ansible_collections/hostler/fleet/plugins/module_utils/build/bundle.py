"""The app's own files: which they are, their digest, and the archive that is sent to hosts."""

from __future__ import annotations

import gzip
import os
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.build import git, left_out, links
from ansible_collections.hostler.fleet.plugins.module_utils.digest import content
from ansible_collections.hostler.fleet.plugins.module_utils.named import named

# Between these, in seconds since 1970, lie the dates of files: 1980-01-02, for zip knows none before 1980, and 2010-01-01
FIRST_DATE, LAST_DATE = 315_619_200, 1_262_304_000
UNREADABLE = re.compile(r"^warning: could not open directory '(.*?)/?': (.*)$", re.MULTILINE)


class NotCheckedOut(ValueError):
    """A submodule without its files; `path` is where they belong."""

    def __init__(self, path: Path, source: Path) -> None:
        """Say which, and what to run in `source`."""
        super().__init__(f"the submodule {path} is not checked out; run 'git submodule update --init --recursive' in {source}.")
        self.path = path


def _listed(source: Path) -> tuple[list[Path], list[Path]]:
    """Return what git tracks below a folder, and what it would track."""
    others = ("ls-files", "-z", "--others", "--exclude-standard")
    if git.run(source, "rev-parse", "--is-inside-work-tree").returncode == 0:
        return _names(source, git.run(source, "ls-files", "-z", "--cached")), _names(source, git.run(source, *others))
    with tempfile.TemporaryDirectory() as empty:
        git.run(source, "init", "--quiet", "--bare", empty).check_returncode()
        return [], _names(source, git.run(source, f"--git-dir={empty}", f"--work-tree={source}", *others))


def _names(source: Path, done: git.Done) -> list[Path]:
    done.check_returncode()
    # Git warns of what it cannot read, leaves it out and ends well
    for folder, why in UNREADABLE.findall(os.fsdecode(done.stderr)):
        if not left_out.left_out(Path(folder)):
            raise ValueError(f"the folder {source / folder} cannot be read ({why}); let who runs this read it, or have git ignore it.")
    return [Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name]


def files(source: Path) -> list[Path]:
    """Return the files that git tracks or would track below `source`, relative to it and sorted; submodules' files too.

    A folder outside any repository obeys its .gitignore just the same. A file removed but still tracked is left out, and so is what
    ``left_out`` says, unless git tracks it. NotCheckedOut names a submodule without its files, ValueError a folder that cannot be read.
    """
    found = set()
    tracked, others = _listed(source)
    for name in [*tracked, *left_out.without(others)]:
        path = source / name
        if path.is_symlink() or path.is_file():
            found.add(name)
        elif (path / ".git").exists():
            found.update(name / inner for inner in files(path))
        elif path.is_dir() and not any(path.iterdir()):
            raise NotCheckedOut(path, source)
    return sorted(found, key=lambda path: path.as_posix())


def check(folder: Path, names: list[Path]) -> None:
    """Raise ValueError, one sentence, for a file that cannot go to a web host as it is: for its name, or as a link."""
    for name in names:
        shown = ascii(name.as_posix())
        if {"\n", "\r"} & set(name.as_posix()):
            raise ValueError(f"the name {shown} has a line break; rename it.")
        try:
            os.fsencode(name).decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"the name {shown} is not UTF-8; rename it.") from error
    links.check(folder, names)


def date(path: Path) -> int:
    """Return the date that a file has in an archive: the same for the same content wherever it was built, another for another.

    Servers make ETags of a file's date and size; dates of the machine that builds would differ, and a fixed one would hide a change.
    """
    _, inner = content(path)
    return FIRST_DATE + int(inner[:16], 16) % (LAST_DATE - FIRST_DATE)


def pack(folder: Path, names: Iterator[Path] | list[Path], archive: Path, keep: Callable[[Path], bool] = lambda _: True) -> None:
    """Write the files below `folder` as a .tar.gz in which programs have mode 0750, files 0640, and all a ``date``; all or nothing."""

    def clean(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.mode = 0o750 if info.mode & 0o100 else 0o640
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mtime = date(folder / info.name)
        return info

    with (
        whole(archive) as part,
        part.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as zipped,  # the archive's own name is not in it
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in filter(keep, names):
            tar.add(folder / name, arcname=name.as_posix(), recursive=False, filter=clean)


def sizes(archive: Path) -> list[int]:
    """Return the bytes that an archive of ours has, and those of what is in it. Source: gzip's ISIZE, RFC 1952."""
    packed = archive.stat().st_size
    with archive.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        unpacked = int.from_bytes(file.read(4), "little")
    while unpacked < packed:  # it has the size's last 32 bits
        unpacked += 2**32
    return [packed, unpacked]


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a name to write to, and put it at `path` only once the block has ended well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with named(part):
            yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

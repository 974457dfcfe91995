# Managed by Hostler, role:release
"""The app's own files: which they are, their digest, and the archive that is sent to hosts."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def _git(source: Path, *options: str) -> list[str]:
    # safe.directory: the operator may be root on a checkout of somebody else; nothing of its configuration is run here
    command = ["git", "-c", "safe.directory=*", *options, "ls-files", "-z", "--others", "--exclude-standard"]
    if not options:
        command.append("--cached")
    output = subprocess.run(command, cwd=source, check=True, capture_output=True).stdout
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def _in_work_tree(source: Path) -> bool:
    command = ["git", "-c", "safe.directory=*", "rev-parse", "--is-inside-work-tree"]
    return subprocess.run(command, cwd=source, capture_output=True, check=False).returncode == 0


def files(source: Path) -> list[Path]:
    """Return the files that git tracks or would track below `source`, relative to it and sorted; submodules' files too.

    A folder outside any repository obeys its .gitignore just the same. A file removed but still tracked is left out.
    """
    if _in_work_tree(source):
        names = _git(source)
    else:
        with tempfile.TemporaryDirectory() as empty:
            subprocess.run(["git", "init", "--quiet", "--bare", empty], check=True, capture_output=True)
            names = _git(source, f"--git-dir={empty}", f"--work-tree={source}")
    found = set()
    for name in names:
        path = source / name
        if path.is_symlink() or path.is_file():
            found.add(Path(name))
        elif path.is_dir():
            found.update(Path(name) / inner for inner in files(path))
    return sorted(found, key=lambda path: path.as_posix())


def _content(path: Path) -> tuple[str, bytes]:
    if path.is_symlink():
        return "link", os.fsencode(os.readlink(path))
    return "program" if os.access(path, os.X_OK) else "file", path.read_bytes()


def digest(source: Path, names: list[Path]) -> str:
    """Return the SHA-256, in hex, over each file's name, kind and content: the same on any machine, whatever its dates and owners."""
    total = hashlib.sha256()
    for name in names:
        kind, content = _content(source / name)
        total.update(f"{kind} {name.as_posix()}\0{hashlib.sha256(content).hexdigest()}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def pack(folder: Path, names: Iterator[Path] | list[Path], archive: Path, keep: Callable[[Path], bool] = lambda _: True) -> None:
    """Write the files below `folder` as a .tar.gz in which folders and programs have mode 0750 and files 0640; all or nothing."""

    def clean(info: tarfile.TarInfo) -> tarfile.TarInfo:
        program = info.isdir() or bool(info.mode & 0o100)
        info.mode = 0o750 if program else 0o640
        info.uid = info.gid = info.mtime = 0
        info.uname = info.gname = ""
        return info

    with whole(archive) as part, gzip.GzipFile(part, "wb", compresslevel=6, mtime=0) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in filter(keep, names):
                tar.add(folder / name, arcname=name.as_posix(), recursive=False, filter=clean)


@contextmanager
def whole(path: Path) -> Iterator[str]:
    """Give a name to write to, and put it at `path` only once the block has ended well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield str(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

"""Errors of the system that name the file they are about: those of writing and syncing do not, as where a disk is full."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Have an error of the block that names no file name this one."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise


def whole(written: int, content: bytes) -> None:
    """Raise where a system call has written a part of the content alone, as it does where a disk is nearly full."""
    if written < len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write(path: Path, content: str | bytes) -> None:
    """Write a file; text as UTF-8."""
    with named(path):
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def lasting(path: Path, content: str, mode: int = 0o644) -> None:
    """Write a small file, as UTF-8, with its folder's owner: whole or not at all, and on the disk by the end, as also a crash finds it."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with named(path), os.fdopen(number, "wb") as file:
        whole(file.write(content.encode()), content.encode())
        owner = path.parent.stat()
        os.fchown(number, owner.st_uid, owner.st_gid)
        os.fchmod(number, mode)
        file.flush()
        os.fsync(number)
    part.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Have what a folder's files are called be on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        with named(folder):
            os.fsync(number)
    finally:
        os.close(number)

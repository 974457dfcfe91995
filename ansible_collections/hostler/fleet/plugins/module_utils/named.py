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

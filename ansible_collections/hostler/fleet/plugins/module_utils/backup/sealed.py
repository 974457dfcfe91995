"""A file that is encrypted by what the repository is encrypted by. Source: openssl-enc(1).

The way back, as root of a host that has the passphrase:
``openssl enc -d -aes-256-cbc -pbkdf2 -pass file:/etc/pgbackrest/passphrase -in FILE``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.named import named

CIPHER = ("enc", "-aes-256-cbc", "-pbkdf2")
VARIABLE = "HOSTLER_PASSPHRASE"
SECONDS = 6 * 3600.0


def seal(command: Sequence[str], path: Path, passphrase: str, check: Sequence[str]) -> None:
    """Have what a command prints be the file, encrypted, readable to its owner alone, and whole or not there.

    `check` is a command that reads it decrypted, and has to accept it. Failed says why not.
    """
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with named(path), os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _piped(command, ("openssl", *CIPHER, "-pass", f"env:{VARIABLE}"), passphrase, file.fileno())
            os.fsync(file.fileno())
        _piped(("openssl", *CIPHER, "-d", "-pass", f"env:{VARIABLE}", "-in", str(part)), check, passphrase, subprocess.DEVNULL)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def seal_bytes(content: bytes, path: Path, passphrase: str) -> None:
    """Have the file be some bytes, encrypted, readable to its owner alone, and whole or not there. Failed says why not."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with named(path), os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_through(content, passphrase))
            file.flush()
            os.fsync(file.fileno())
        if opened(part, passphrase) != content:
            raise Failed(f"{path} could not be read back")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def opened(path: Path, passphrase: str) -> bytes:
    """Return what a file has; Failed where it is of another passphrase, or damaged in a way that shows."""
    return _through(path.read_bytes(), passphrase, "-d")


def _through(content: bytes, passphrase: str, *options: str) -> bytes:
    command = ("openssl", *CIPHER, *options, "-pass", f"env:{VARIABLE}")
    done = subprocess.run(
        command, input=content, capture_output=True, check=False, timeout=SECONDS, env={**os.environ, VARIABLE: passphrase}
    )
    if done.returncode:
        raise Failed(f"'openssl' failed: {done.stderr.decode(errors='replace').strip()[-1500:]}")
    return done.stdout


def _piped(first: Sequence[str], second: Sequence[str], passphrase: str, into: int) -> None:
    """Have one command read what another one prints; Failed where either ends badly."""
    environment = {**os.environ, VARIABLE: passphrase}
    with (
        subprocess.Popen(first, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd="/") as writer,
        subprocess.Popen(second, stdin=writer.stdout, stdout=into, stderr=subprocess.PIPE, env=environment, cwd="/") as reader,
    ):
        assert writer.stdout
        writer.stdout.close()
        _, read = reader.communicate(timeout=SECONDS)
        _, wrote = writer.communicate(timeout=SECONDS)
    for command, done, said in ((first, writer, wrote), (second, reader, read)):
        if done.returncode:
            raise Failed(f"'{command[0]}' failed: {said.decode(errors='replace').strip()[-1500:]}")

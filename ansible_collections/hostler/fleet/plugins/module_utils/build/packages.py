"""The app's locked packages, installed for a host's Python without that host: no index and no compiler is needed there."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle

OLDEST_GUNICORN = (27, 0, 1)  # older ones lose requests when workers are recycled or stopped
GLIBC_MINORS = (17, 28, *range(31, 41))  # the platforms that uv knows
MACHINES = ("x86_64", "aarch64")


@dataclass(frozen=True)
class Target:
    """What a wheel must fit: Python such as 3.13, machine such as x86_64, glibc such as 2.41."""

    python: str
    machine: str
    glibc: str

    @property
    def tag(self) -> str:
        """A name for files and folders, such as py3.13-x86_64-glibc2.41."""
        return f"py{self.python}-{self.machine}-glibc{self.glibc}"

    @property
    def platform(self) -> str:
        """The newest platform that uv knows and the host can run; ValueError where there is none."""
        minor = int(self.glibc.partition(".")[2] or 0)
        known = [candidate for candidate in GLIBC_MINORS if candidate <= minor]
        if self.machine not in MACHINES or not known:
            raise ValueError(f"no wheels are made for {self.machine} with glibc {self.glibc}; use x86_64 or aarch64")
        return f"{self.machine}-manylinux_2_{max(known)}"


def build(lock: Path, target: Target, archive: Path) -> None:
    """Write the packages that `lock` pins, as an archive of a site-packages folder with ``bin``; ValueError says what is wrong."""
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        _install(lock, target, folder)
        _check_gunicorn(folder)
        names = sorted(path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
        bundle.pack(folder, names, archive, keep=lambda name: name.name != ".lock" and "__pycache__" not in name.parts)


def _install(lock: Path, target: Target, folder: Path) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--no-build", "--strict"]
    command += ["--target", str(folder), "--python", sys.executable]
    command += ["--python-version", target.python, "--python-platform", target.platform, "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=lock.parent)
    if done.returncode:
        raise ValueError(f"it cannot be installed for Python {target.python} on {target.machine}: {done.stderr.strip()}")


def _check_gunicorn(folder: Path) -> None:
    found = next(folder.glob("gunicorn-*.dist-info"), None)
    version = found.name[len("gunicorn-") : -len(".dist-info")] if found else ""
    if tuple(map(int, re.findall(r"\d+", version)[:3])) < OLDEST_GUNICORN:
        oldest = ".".join(map(str, OLDEST_GUNICORN))
        raise ValueError(f"it has {f'gunicorn {version}' if found else 'no gunicorn'}; add 'gunicorn>={oldest}' to what it is made from")

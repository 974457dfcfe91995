"""The app's locked packages, installed for a host's Python without that host: no index and no compiler is needed there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.build import advice, bundle, git, locks

GLIBC_MINORS = (17, 28, *range(31, 41))  # the platforms that uv knows
MACHINES = ("x86_64", "aarch64")


@dataclass(frozen=True)
class Target:
    """What a wheel must fit: Python such as 3.13, machine such as x86_64, glibc such as 2.41.

    `oldest` is the oldest Python of all hosts, for which locks are made; empty where that is this one.
    """

    python: str
    machine: str
    glibc: str
    oldest: str = ""

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


def version(python: str) -> tuple[int, ...]:
    """Return a Python such as 3.13 as numbers."""
    return tuple(map(int, python.split(".")))


def oldest(platforms: list[dict[str, str]]) -> str:
    """Return the oldest Python of some kinds of hosts, such as 3.11."""
    return min((platform["python"] for platform in platforms), key=version)


def build(lock: Path, target: Target, archive: Path) -> None:
    """Write the packages that `lock` pins, as an archive of a site-packages folder with ``bin``; ValueError says what is wrong."""
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp, "packages")
        ready = locks.ready(lock, target.oldest or target.python, Path(temp))
        _install(ready, lock, target, folder)
        _check_gunicorn(folder, advice.gunicorn(lock.name))
        if ready.project:
            _describe(folder, *ready.project)
        names = sorted(path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
        bundle.pack(folder, names, archive, keep=lambda name: name.name != ".lock" and "__pycache__" not in name.parts)


def _install(ready: locks.Ready, lock: Path, target: Target, folder: Path) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--no-build", "--strict", *ready.options]
    command += ["--target", str(folder), "--python", sys.executable]
    command += ["--python-version", target.python, "--python-platform", target.platform, "--requirement", str(ready.file.resolve())]
    # Where the app lies, uv would find settings of the app's own, in pyproject.toml or uv.toml. The operator's are heeded
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=empty, env={**os.environ, **ready.indexes})
    if done.returncode:
        why = _why(git.mask(done.stderr.strip()), advice.again(lock.parent, lock.name, target.oldest or target.python))
        raise ValueError(f"it cannot be installed for Python {target.python} on {target.machine}: {why}")


def _why(said: str, again: str) -> str:
    """Return why uv could not install, with what helps; its own words where nothing is known of them."""
    text = " ".join(said.split())
    if found := re.search(
        r"An index URL \(([^)]+)\) could not be queried due to a lack of valid authentication credentials \(([^)]+)\)", text
    ):
        return (
            f"the package index {found[1]} wants credentials, or others ({found[2]}); give them to the control node, as "
            "docs/getting-started.md has it under 'A package index of your own'"
        )
    if found := re.search(r"Failed to fetch: `?([^\s`]+).*?(HTTP status [^)]*\)|$)", text):
        why = found[2] or said.splitlines()[-1].removeprefix("  cause: ").strip()
        return (
            f"the package index does not answer, {found[1]} ({why}); see that the control node reaches it, with its credentials if it "
            "wants any, or name another in UV_DEFAULT_INDEX"
        )
    if found := re.search(r"Hash mismatch for `([^`]+)`", text):
        return f"{found[1]} is not what was locked; if that is no surprise, lock it again with '{again}' ({text})"
    if found := re.search(r"Because (?:only )?(\S+) has no (?:usable )?wheels?\b", text):
        return (
            f"{found[1]} has no wheel that fits and has a locked hash, and nothing is compiled; take a version that has one, or lock "
            f"again, with '{again}' ({text})"
        )
    if found := re.search(r"Because (?:there is no version of (\S+)|(\S+) was not found in)", text):
        return (
            f"the package index has no {found[1] or found[2]}; lock again, with '{again}', or name the index that has it in "
            f"UV_DEFAULT_INDEX ({text})"
        )
    return f"{said}; lock again, with '{again}'"


def _describe(folder: Path, name: str, version: str) -> None:
    """Have ``importlib.metadata`` know the app's own name and version; its code comes with the bundle."""
    place = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    place.mkdir(exist_ok=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")


def _check_gunicorn(folder: Path, add: str) -> None:
    found = next(folder.glob("gunicorn-*.dist-info"), None)
    version = found.name[len("gunicorn-") : -len(".dist-info")] if found else ""
    if tuple(map(int, re.findall(r"\d+", version)[:3])) < advice.OLDEST_GUNICORN:
        raise ValueError(f"it has {f'gunicorn {version}' if found else 'no gunicorn'}; {add}")

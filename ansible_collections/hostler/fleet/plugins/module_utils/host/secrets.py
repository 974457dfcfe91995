"""The secrets of an app on a web host: a file for each generation of their values, apart from the releases that use it.

``/srv/<app>/secrets/<generation>`` is an environment file that root alone may read; a release's ``secrets`` is a link to it. A
generation is named by chance, and its name is what a release's id covers: nobody can try values on an id. Same values, same
generation, for the hosts themselves compare.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.named import lasting

NAME = "secrets"  # of the folder of an app, and of the link of a release
VARIABLE = environment.GENERATION  # tells each process, and status.yml, which generation it holds
LINE = re.compile(r'^(\w+)="((?:[^"\\]|\\.)*)"\n', re.MULTILINE | re.DOTALL)
SHORTEST = 4  # characters of a value that is masked; shorter ones stand in any text


def render(values: Mapping[str, str], generation: str) -> str:
    """Return the text of a generation's file."""
    return environment.HEADER + environment.lines({**values, VARIABLE: generation})


def known(home: Path) -> list[Path]:
    """Return the files of an app's generations, the newest first; what a killed run left half-written is none."""
    return sorted((path for path in (home / NAME).glob("*") if not path.name.startswith(".")), reverse=True)


def find(home: Path, values: Mapping[str, str], made: Collection[str] = ()) -> str:
    """Return the newest generation of an app that has just these values, and one of whatever content for each name of `made`."""
    for path in known(home):
        had = read(path)
        whole = {**values, **{name: had[name] for name in made if name in had}}
        if whole.keys() >= set(made) and path.read_bytes() == render(whole, path.name).encode():
            return path.name
    return ""


def write(home: Path, values: Mapping[str, str], generation: str) -> None:
    """Write a generation's file, whole or not at all, for root alone."""
    folder = home / NAME
    folder.mkdir(mode=0o700, exist_ok=True)
    lasting(folder / generation, render(values, generation), 0o600)


def place(generation: str) -> str:
    """Return where a generation's file lies, as seen from a release."""
    return f"../../{NAME}/{generation}"


def of(release: Path) -> str:
    """Return the generation that a release is to have; empty for none."""
    link = release / NAME
    return Path(os.readlink(link)).name if link.is_symlink() else ""


def erased(release: Path) -> bool:
    """Tell whether a release is to have secrets that are no longer on this host."""
    return (release / NAME).is_symlink() and not (release / NAME).exists()


def held(pid: int) -> str:
    """Return the generation that a process was started with; empty where it has none."""
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    start = f"{VARIABLE}=".encode()
    return next((variable[len(start) :].decode() for variable in variables if variable.startswith(start)), "")


def mask(text: str, values: Mapping[str, str]) -> str:
    """Return a text that is to be shown with each secret in it replaced, as it stands, line by line, and as Python would print it."""
    whole = [value for value in values.values() if len(value) >= SHORTEST]
    lines = (line for value in whole for line in value.splitlines() if len(line) >= SHORTEST)
    told = {*whole, *(repr(value)[1:-1] for value in whole), *lines}
    for value in sorted(told, key=len, reverse=True):
        text = text.replace(value, "********")
    return text


def values(release: Path) -> dict[str, str]:
    """Return the secrets of a release; none where it has none on this host."""
    link = release / NAME
    return read(link) if link.exists() else {}


def read(file: Path) -> dict[str, str]:
    """Return the values of a generation's file."""
    found = {name: re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL) for name, value in LINE.findall(file.read_bytes().decode())}
    return {name: value for name, value in found.items() if name != VARIABLE}

"""An app's lock made ready for uv to install: a file of requirements with hashes, uv's own lock, or one of PEP 751.

What cannot be installed so is refused here, in a sentence with the command that helps, before uv would say it in words of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from ansible_collections.hostler.fleet.plugins.module_utils.build import advice, git

PYPI = "https://pypi.org/simple"
EXPORT = ("export", "--quiet", "--frozen", "--no-config", "--no-default-groups", "--no-emit-project", "--no-header", "--no-annotate")
REPOSITORY = re.compile(r"(^|@\s*)(git|hg|svn|bzr)\+|\.git(@|$)")
PASSWORD = re.compile(r"(?<!\+)https?://[^\s/@:'\"]*:([^\s/'\"]*)@")
VARIABLE = re.compile(r"(\$\{\w+\})+")
INDEXES = ("UV_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_INDEX", "UV_DEFAULT_INDEX")  # where an operator names indexes; what comes last counts
FOLDER = re.compile(r"^(\.|/|~|file:)|@\s*(file:|\.|/)")


@dataclass(frozen=True)
class Ready:
    """What uv is to install: a file, and what goes with it, `options` and in uv's environment the `indexes`, which may have passwords;
    `project` is the app's own name and version, if it is known.
    """

    file: Path
    options: tuple[str, ...] = ()
    indexes: dict[str, str] = field(default_factory=dict, repr=False)
    project: tuple[str, str] | None = None


def ready(lock: Path, python: str, temp: Path) -> Ready:
    """Return what uv is to install for hosts with this Python; `temp` is a folder to write to. ValueError says what is wrong."""
    if lock.name in advice.FOREIGN:
        raise ValueError(f"it is not read; make requirements.txt of it with '{advice.FOREIGN[lock.name]}', and leave 'lock' out")
    _check_passwords(lock)
    if lock.name == "uv.lock":
        return _of_uv(lock, python, temp)
    if advice.is_pylock(lock.name):
        return _of_pylock(lock, python, temp)
    _check_lines(lock.read_text(encoding="utf-8", errors="replace"), lock, python)
    return Ready(lock)


def _of_uv(lock: Path, python: str, temp: Path) -> Ready:
    known = advice.toml(lock)
    _check_python(known.get("requires-python", ""), python, "set requires-python in pyproject.toml to '>={python}' and run 'uv lock'")
    packages: list[dict[str, Any]] = known.get("package", [])
    own = next((one for one in packages if "." in (one["source"].get("editable"), one["source"].get("virtual"))), {})
    _check_age(advice.toml(lock.parent / "pyproject.toml"), own)
    command = [sys.executable, "-m", "uv", *EXPORT, "--project", str(lock.parent), "--python", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=temp)
    if done.returncode:
        raise ValueError(f"uv cannot read it: {' '.join(git.mask(done.stderr).split())}; make it anew with 'uv lock'")
    _check_lines(done.stdout, lock, python)
    file = temp / "requirements.txt"
    file.write_text(done.stdout, encoding="utf-8")
    indexes = list(dict.fromkeys(one["source"]["registry"] for one in packages if "registry" in one["source"]))
    return Ready(file, *_asked(lock.parent, indexes, os.environ), (own["name"], own["version"]) if own.get("version") else None)


def _asked(folder: Path, indexes: list[str], given: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the options and the environment by which uv asks the indexes that a lock names, and takes from each only what has a locked
    hash. `given` is the operator's environment: an index that is there too, with a password, is taken as it stands there.
    """
    folders = [word for index in indexes if "://" not in index for word in ("--find-links", str(folder / index))]
    named = [index for index in indexes if "://" in index]
    if named in ([], [PYPI]):
        return tuple(folders), {}
    # By its name in the project, uv finds UV_INDEX_<NAME>_PASSWORD
    project = advice.toml(folder / "pyproject.toml").get("tool", {}).get("uv", {}).get("index", [])
    known = {_bare(one["url"]): f"{one['name']}={one['url']}" for one in project if one.get("name") and one.get("url")}
    known |= {_bare(one): one for key in INDEXES for one in given.get(key, "").split()}
    first = PYPI if PYPI in named else named[0]
    rest = [known.get(_bare(index), index) for index in named if index != first]
    more = {"UV_INDEX": " ".join(rest)} if rest else {}
    return (*folders, "--index-strategy", "unsafe-best-match"), {"UV_DEFAULT_INDEX": known.get(_bare(first), first), **more}


def _bare(index: str) -> str:
    """Return an index's URL without a name, a user and a password."""
    return re.sub(r"^([\w-]+=)?(\w+://)([^/@]*@)?", r"\2", index).rstrip("/")


def _check_passwords(lock: Path) -> None:
    """Raise ValueError for a password in a URL: the lock and the project's settings go to each web host with the app's files."""
    for file in (lock, lock.with_name("pyproject.toml"), lock.with_name("uv.toml")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
        for number, line in enumerate(lines, 1):
            # One that is a variable of the control node's, as in https://me:${PASSWORD}@..., is none
            if any(not VARIABLE.fullmatch(password) for password in PASSWORD.findall(line)):
                raise ValueError(
                    f"line {number} of {file.name} has a URL with a password, which each web host would be sent with the app's files; take "
                    "it out, and give it to the control node alone: in UV_INDEX_<NAME>_PASSWORD, the URL in UV_DEFAULT_INDEX, or netrc"
                )


def _check_age(project: dict[str, Any], own: dict[str, Any]) -> None:
    """Raise ValueError where the project names a dependency that was not there when it was locked."""
    locked = {one["name"] for one in own.get("metadata", {}).get("requires-dist", [])}
    for line in project.get("project", {}).get("dependencies", []) if own else []:
        try:
            name = canonicalize_name(Requirement(line).name)
        except InvalidRequirement as error:
            raise ValueError(f"pyproject.toml has the dependency {line!r}, which is none: {error}") from error
        if name not in locked:
            raise ValueError(f"it is older than pyproject.toml, for it lacks {name}; run 'uv lock'")


def _of_pylock(lock: Path, python: str, temp: Path) -> Ready:
    known = advice.toml(lock)
    again = advice.again(lock.parent, lock.name, python)
    _check_python(known.get("requires-python", ""), python, f"make it anew with '{again}'")
    for one in known.get("packages", []):
        if "vcs" in one:
            raise ValueError(_repository(f"the package {one.get('name')}"))
        if "directory" in one:
            raise ValueError(_folder(f"the package {one.get('name')}", one["directory"].get("path", "")))
    # What Python it is for was held against the hosts'; uv would hold it against the control node's
    text = re.sub(r"^requires-python\s*=.*\n", "", lock.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    file = temp / lock.name
    file.write_text(text, encoding="utf-8")
    return Ready(file)


def _check_python(wanted: str, python: str, cure: str) -> None:
    try:
        fits = SpecifierSet(wanted).contains(f"{python}.99")  # which patch level hosts have does not matter
    except InvalidSpecifier:
        return  # uv says so
    if not fits:
        raise ValueError(f"it is for Python {wanted}, and web hosts have {python}; {cure.format(python=python)}")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the requirements and options, each with the number of its first line, without comments."""
    joined, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        start = start if joined else number
        part = re.sub(r"(^|\s)#.*$", "", line)
        if part.endswith("\\"):
            joined += part[:-1] + " "
            continue
        if whole := (joined + part).strip():
            yield start, whole
        joined = ""
    if joined.strip():
        yield start, joined.strip()


def _check_lines(text: str, lock: Path, python: str) -> None:
    """Raise ValueError for the first line that nothing can be installed from with hashes alone."""
    bare = []
    for number, line in _lines(text):
        editable = re.match(r"(?:-e|--editable)[\s=]*(.*)", line)
        if line.startswith("-") and not editable:
            continue
        what = editable[1] if editable else line
        place = f"{git.mask(line.split(' --hash')[0].strip())!r}" + (f" in line {number}" if lock.name != "uv.lock" else "")
        if REPOSITORY.search(what):
            raise ValueError(_repository(place))
        if editable or FOLDER.search(what):
            raise ValueError(_folder(place, what, lock, python))
        if "--hash=" not in line:
            bare.append(what)
    if bare:
        more = f", nor {len(bare) - 1} more" if len(bare) > 1 else ""
        raise ValueError(f"{git.mask(bare[0])!r} has no hash{more}; {advice.unhashed(lock.parent, lock.name, python)}")


def _repository(place: str) -> str:
    return (
        f"{place} is a repository, which has no wheel to lock; make one with 'uv build --wheel' there, put it where the control node can "
        "fetch it, and name it by its URL, such as 'shop @ https://example.org/shop-1.0-py3-none-any.whl'"
    )


def _folder(place: str, what: str, lock: Path | None = None, python: str = "") -> str:
    if lock and what.rstrip("/") in (".", "file:."):
        made = advice.compiled("pyproject.toml", lock.name, python)
        return (
            f"{place} is the app itself, which needs no line, for it is imported from its folder, or from src in it; make the lock without "
            f"it, with '{made}'"
        )
    return (
        f"{place} is a folder, which has no wheel to lock; put its code into the app's folder, where it is imported from, and its "
        "dependencies among the app's, or make a wheel of it with 'uv build --wheel', and name that by its URL"
    )

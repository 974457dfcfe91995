"""Build one app's release on the control node: its bundle, its packages for each kind of host, and its id."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle, left_out, made, packages, server_hooks
from ansible_collections.hostler.fleet.plugins.module_utils.build import cache as stored
from ansible_collections.hostler.fleet.plugins.module_utils.build.source import Source, opened
from ansible_collections.hostler.fleet.plugins.module_utils.database.connections import pool
from ansible_collections.hostler.fleet.plugins.module_utils.database.dsn import POOL
from ansible_collections.hostler.fleet.plugins.module_utils.digest import digest
from ansible_collections.hostler.fleet.plugins.module_utils.generated import Chosen
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Build, Json

ID_LENGTH = 12
# Counted up where the same files make other archives than before: hosts that have the former ones need what is made now
ARCHIVES = "2"
SRC = "src"
MB = 2**20
LARGE = 300 * MB  # of an app's files together


def release_id(files: str, environment_file: str, settings: str, check: dict[str, str], **more: object) -> str:
    """Return the id: hex digits of a SHA-256 over all that makes a release behave as it does; `more` is what not every app has."""
    had = {key: part for key, part in more.items() if part}
    parts = json.dumps([files, environment_file, settings, check, *([had] if had else [])], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:ID_LENGTH]


def build(
    app: App,
    env: dict[str, str],
    given: dict[str, str],
    known: Chosen,
    settings: str,
    units: dict[str, str],
    platforms: list[dict[str, str]],
    cache: Path,
    sends: bool = True,
) -> Build:
    """Return the release of an app, building only what the cache lacks; ValueError names the variable or the file that is wrong.

    `given` are the inventory's secrets, `known` what web hosts know of them and of those that Hostler makes; `settings` of the server and
    `units` by their places are texts; `platforms` have ``python``, ``machine`` and ``glibc``. Where nothing `sends` it, as in check mode,
    no bundle is made: of a large app, each try would leave one in the cache. The id is a digest over the app's files (the lock is one),
    environment, settings, units and the name of the generation, not the secrets' values; the same input gives the same id on any machine.
    """
    name = app.name
    found = [f"apps.{name}.{key}: {line}" for key, values in (("env", env), ("secrets", given)) for line in environment.problems(values)]
    found += [f"apps.{name}.secrets: {one} stands in env too; leave it in one of them." for one in sorted(env.keys() & given.keys())]
    if found:
        raise ValueError("\n".join(found))
    generation = known.generation or environment.new_generation() if given or app.generate else ""
    try:
        try:
            with opened(app, packages.oldest(platforms), cache) as source:
                whole = made.complete(app, source, cache)
                parts = _archives(app, whole, platforms, cache, sends)
                adds = {**_path(app, whole.names), **_pool(app)}
        finally:
            stored.expire(cache)
    except ValueError as error:
        raise ValueError(f"apps.{name}.{error}") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip()
        raise ValueError(f"apps.{name}.source: '{' '.join(map(str, error.cmd))}' failed: {said}") from error
    except OSError as error:
        raise ValueError(f"apps.{name}: {_why(error)}") from error
    files = parts.pop("files")
    more = {"secrets": generation, "units": units, "writable": app.writable}
    return Build(
        release=release_id(files, environment.render({**adds, **env}), settings, app.check.json(), **more),
        generation=generation,
        newest=known.newest if app.generate else None,
        settings=settings,
        check=app.check,
        units=units,
        commit=source.commit,
        dirty=source.dirty,
        adds=adds,
        **parts,
    )


def _why(error: OSError) -> str:
    """Return what keeps the control node from building: a program that it lacks, or a file that it cannot read or write."""
    if isinstance(error, FileNotFoundError) and error.filename and "/" not in str(error.filename):
        return f"the program {error.filename!r} is missing on the control node; install it."
    return f"{error.filename or 'a file'}: {error.strerror or error}; see to that on the control node, then run this again."


def _archives(app: App, source: Source, platforms: list[dict[str, str]], cache: Path, sends: bool) -> Json:
    lock = source.folder / source.lock
    for folder in app.static:
        if not any(Path(folder) in name.parents for name in source.names):
            raise ValueError(
                f"static: {source.folder / folder} has no file that would be deployed; fill it, as with Django's "
                "'python manage.py collectstatic', and see that git does not ignore it, or name it in 'include'."
            )
    try:
        bundle.check(source.folder, source.names)
    except ValueError as error:
        raise ValueError(f"source: in {source.place}, {error}") from error
    files = _marked(digest(source.folder, source.names))
    lock_digest = _marked(hashlib.sha256(lock.read_bytes()).hexdigest())[:ID_LENGTH]
    built, archives, oldest = 0, [], packages.oldest(platforms)
    sizes: dict[str, list[int]] = {}
    cache.mkdir(parents=True, exist_ok=True)
    # Packages come first: what is refused leaves no bundle in the cache
    for platform in platforms:
        target = packages.Target(**platform, oldest=oldest)
        archive = cache / f"{lock_digest}-{target.tag}.packages.tar.gz"
        if not stored.used(archive):
            try:
                packages.build(lock, target, archive)
            except ValueError as error:
                raise ValueError(f"lock: {source.named(source.lock)}: {error}") from error
            built += 1
        archives.append({"platform": platform, "archive": str(archive)})
        sizes[str(archive)] = bundle.sizes(archive)
    code = cache / f"{app.name}-{files[:ID_LENGTH]}.bundle.tar.gz"
    if not stored.used(code):
        if sends:
            bundle.pack(source.folder, source.names, code)
        built += 1
    warnings = _warnings(app, source)
    # One that is not made takes no more than its files do
    sizes[str(code)] = bundle.sizes(code) if code.exists() else [sum((source.folder / name).lstat().st_size for name in source.names)] * 2
    return {
        "files": files,
        "lock": lock_digest,
        "bundle": str(code),
        "packages": archives,
        "built": built,
        "warnings": warnings,
        "sizes": sizes,
    }


def _path(app: App, names: list[Path]) -> dict[str, str]:
    """Return what the environment of an app of the layout ``src`` needs: its callable is found there, and not at the top."""
    module = app.callable.partition(":")[0].partition(".")[0]

    def has(folder: Path) -> bool:
        return any(name == folder / f"{module}.py" or folder / module in name.parents for name in names)

    return {} if has(Path()) or not has(Path(SRC)) else {"PYTHONPATH": SRC}


def _pool(app: App) -> dict[str, str]:
    """Return what tells an app how many connections to its database each of its processes may have."""
    return {POOL: str(pool(app))} if app.database else {}


def _warnings(app: App, source: Source) -> list[str]:
    """Return what is to be said of the files that go along."""
    found, odd = [], [name.as_posix() for name in source.names if left_out.left_out(name)]
    if odd:
        found.append(
            f"apps.{app.name}.source: git tracks {_some(odd)}, so that goes along, though it looks like what is of one machine alone, or "
            "secret; 'git rm --cached' leaves it out."
        )
    found += server_hooks.warnings(app, source.folder, source.names)
    sizes = {name: (source.folder / name).lstat().st_size for name in source.names}
    if (total := sum(sizes.values())) > LARGE:
        largest = max(sizes, key=lambda name: sizes[name])
        found.append(
            f"apps.{app.name}.source: its files have {total // MB} MB, {sizes[largest] // MB} MB of them {largest}; each web host is sent "
            f"all of them with each change, and keeps {app.keep_releases} releases. What does not change is better kept elsewhere."
        )
    return found


def _marked(digest: str) -> str:
    """Return the digest of files together with what archives are made of them."""
    return hashlib.sha256(f"{ARCHIVES} {digest}".encode()).hexdigest()


def _some(names: list[str]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")

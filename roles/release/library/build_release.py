# Managed by Hostler, role:release
"""Build one app's release on the control node: its bundle, its packages for each kind of host, and its id."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_release import bundle, environment, packages, secrets
from ansible.module_utils.hostler_release.source import Source, opened

DOCUMENTATION = """
module: build_release
short_description: Build one app's release on the control node
description:
  - Returns C(release), the id, with C(settings), C(check) and C(units) as given, C(lock), the digest of the locked requirements,
    C(bundle), an archive's path, and C(packages), for each platform its C(archive)'s path.
  - Returns C(commit), the full SHA of what is checked out or was fetched, empty outside of git, and C(dirty), whether files are not
    committed as they are. Neither is part of the id.
  - The id is a digest over the app's files (the lock is one), the environment, the server's settings, the units of jobs and workers, and
    the name of the generation of its secrets, not their values. The same input gives the same id on any machine.
  - Returns C(generation), of the secrets; empty without any.
options:
  name: {description: Name of the app., type: str, required: true}
  source: {description: Folder of the app; with C(repository) the one within it., type: path, required: true}
  repository: {description: URL or path of a git repository to fetch; empty takes the folder as it is., type: str, default: ""}
  ref: {description: Branch or tag or commit of C(repository)., type: str, default: HEAD}
  lock: {description: The locked requirements; relative to C(source)., type: str, required: true}
  env: {description: The app's environment; a JSON object of strings; empty for none., type: str, required: true}
  secrets: {description: The app's secrets; a JSON object of strings; empty for none., type: str, default: ""}
  generations:
    description: What web hosts know these secrets as; where none does, a new generation is named.
    type: list
    elements: str
    default: []
  settings: {description: Text of the server's configuration., type: str, required: true}
  check: {description: Path and host name of the health check., type: dict, required: true}
  units: {description: Texts of the units of jobs and workers by their places in a release., type: dict, default: {}}
  static: {description: Folders with static files; each has to have some that are deployed., type: list, elements: str, default: []}
  platforms: {description: What the hosts are; each with C(python) C(machine) and C(glibc)., type: list, elements: dict, required: true}
  cache: {description: Folder that keeps what was built., type: path, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "source": {"type": "path", "required": True},
    "repository": {"type": "str", "default": ""},
    "ref": {"type": "str", "default": "HEAD"},
    "lock": {"type": "str", "required": True},
    "env": {"type": "str", "required": True, "no_log": True},
    "secrets": {"type": "str", "default": "", "no_log": True},
    "generations": {"type": "list", "elements": "str", "default": []},
    "settings": {"type": "str", "required": True},
    "check": {"type": "dict", "required": True},
    "units": {"type": "dict", "default": {}},
    "static": {"type": "list", "elements": "str", "default": []},
    "platforms": {"type": "list", "elements": "dict", "required": True},
    "cache": {"type": "path", "required": True},
}
ID_LENGTH = 12
CACHE_DAYS = 30


def release_id(files: str, environment_file: str, settings: str, check: dict[str, str], **more: object) -> str:
    """Return the id: hex digits of a SHA-256 over all that makes a release behave as it does; `more` is what not every app has."""
    had = {key: part for key, part in more.items() if part}
    parts = json.dumps([files, environment_file, settings, check, *([had] if had else [])], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:ID_LENGTH]


def build(params: dict[str, Any]) -> dict[str, Any]:
    """Return the release, building only what the cache lacks; ValueError names the variable that is wrong."""
    app, cache = params["name"], Path(params["cache"])
    env, given = json.loads(params["env"] or "{}"), json.loads(params["secrets"] or "{}")
    found = [f"apps.{app}.{key}: {line}" for key, values in (("env", env), ("secrets", given)) for line in environment.problems(values)]
    found += [f"apps.{app}.secrets: {name} stands in env too; leave it in one of them." for name in sorted(env.keys() & given.keys())]
    if found:
        raise ValueError("\n".join(found))
    generation = max(filter(None, params["generations"]), default="") or secrets.new_generation() if given else ""
    try:
        with opened(params["repository"], params["ref"], params["source"], params["lock"], cache) as source:
            return _build(params, source, environment.render(env), generation, cache)
    except ValueError as error:
        raise ValueError(f"apps.{app}.{error}") from error


def _build(params: dict[str, Any], source: Source, environment_file: str, generation: str, cache: Path) -> dict[str, Any]:
    lock = source.folder / params["lock"]
    for folder in params["static"]:
        if not any(Path(folder) in name.parents for name in source.names):
            raise ValueError(
                f"static: {source.folder / folder} has no file that would be deployed; fill it, as with Django's "
                "'python manage.py collectstatic', and see that git does not ignore it."
            )
    files = bundle.digest(source.folder, source.names)
    lock_digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:ID_LENGTH]
    built = 0

    code = cache / f"{params['name']}-{files[:ID_LENGTH]}.bundle.tar.gz"
    if not _cached(code):
        bundle.pack(source.folder, source.names, code)
        built += 1
    archives = []
    for platform in params["platforms"]:
        target = packages.Target(**platform)
        archive = cache / f"{lock_digest}-{target.tag}.packages.tar.gz"
        if not _cached(archive):
            try:
                packages.build(lock, target, archive)
            except ValueError as error:
                raise ValueError(f"lock: {source.lock}: {error}") from error
            built += 1
        archives.append({"platform": platform, "archive": str(archive)})
    _expire(cache)
    return {
        "release": release_id(files, environment_file, params["settings"], params["check"], secrets=generation, units=params["units"]),
        "generation": generation,
        "settings": params["settings"],
        "check": params["check"],
        "units": params["units"],
        "commit": source.commit,
        "dirty": source.dirty,
        "lock": lock_digest,
        "bundle": str(code),
        "packages": archives,
        "built": built,
    }


def _cached(path: Path) -> bool:
    if path.exists():
        path.touch()  # so that what is in use does not expire
        return True
    return False


def _expire(cache: Path) -> None:
    for old in [*cache.glob("*.bundle.tar.gz"), *cache.glob("*.packages.tar.gz"), *cache.glob("*.git")]:
        if old.stat().st_mtime < time.time() - CACHE_DAYS * 86400:
            shutil.rmtree(old) if old.is_dir() else old.unlink()


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    try:
        module.exit_json(changed=False, **build(module.params))
    except ValueError as error:
        module.fail_json(str(error))
    except FileNotFoundError as error:
        module.fail_json(f"{error.filename!r} is missing on the control node; install it.")
    except subprocess.CalledProcessError as error:
        module.fail_json(f"'{' '.join(error.cmd)}' failed: {error.stderr.decode(errors='replace').strip()}")


if __name__ == "__main__":
    main()

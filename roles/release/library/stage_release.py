# Managed by Hostler, role:release
"""Lay a release out on a web host and see that it imports there; nothing that serves is touched."""

from __future__ import annotations

import json
import platform
import re
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_release import environment, manifest, prune, secrets, told, units
from ansible.module_utils.hostler_release.host import App, Failed, alone, link, must, run

DOCUMENTATION = """
module: stage_release
short_description: Lay a release out on a web host and see that it imports there
description:
  - Without C(bundle) it only tells what it C(needs); the action of the same name then brings that over and calls it again.
  - A release appears under C(/srv/<app>/releases) whole or not at all. What killed runs left is removed first, releases beyond C(keep)
    once the new one is there.
options:
  name: {description: Name of the app., type: str, required: true}
  release: {description: Id of the release., type: str, required: true}
  lock: {description: Digest of the locked requirements; releases with the same one share a virtual environment., type: str, required: true}
  env: {description: The app's environment; a JSON object of strings; empty for none., type: str, required: true}
  secrets: {description: The app's secrets; a JSON object of strings; empty for none., type: str, default: ""}
  generation: {description: The generation that they are; empty where there are none., type: str, default: ""}
  settings: {description: Text of the server's configuration., type: str, required: true}
  units: {description: Texts of the units of jobs and workers by their places in the release., type: dict, default: {}}
  bundle: {description: Archive of the app's files on this host., type: path}
  packages: {description: Archive of the packages on this host; needed where the virtual environment is missing., type: path}
  keep: {description: How many releases stay; those in the slots always do., type: int, required: true}
  import_seconds: {description: How long the app may take to import., type: int, default: 60}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "release": {"type": "str", "required": True},
    "lock": {"type": "str", "required": True},
    "env": {"type": "str", "required": True, "no_log": True},
    "secrets": {"type": "str", "default": "", "no_log": True},
    "generation": {"type": "str", "default": ""},
    "settings": {"type": "str", "required": True},
    "units": {"type": "dict", "default": {}},
    "bundle": {"type": "path"},
    "packages": {"type": "path"},
    "keep": {"type": "int", "required": True},
    "import_seconds": {"type": "int", "default": 60},
}
PYTHON = "python" + ".".join(platform.python_version_tuple()[:2])
# What uv writes at the top of a script, for an interpreter with a short path and with a long one
INTERPRETER = re.compile(rb"\A(#![^\n]*python[^\n]*\n|#!/bin/sh\n'''exec' [^\n]*\n' '''\n)")


def place(venv: Path) -> Path:
    """Return where a virtual environment lies, as seen from a release."""
    return Path("../../venvs", venv.name)


def unpack(archive: str, folder: Path) -> None:
    """Unpack with the modes that the archive gives, owned by root."""
    folder.mkdir(parents=True)
    must("tar", "--extract", "--gzip", "--preserve-permissions", "--no-same-owner", "--file", archive, "--directory", str(folder))


def compile_all(part: Path, final: Path) -> None:
    """Compile ahead of the first start. A file that cannot be compiled is no error here: whether the app imports is asked later."""
    options = ["-q", "-q", "-s", str(part), "-p", str(final)]
    run(str(sys.executable), "-m", "compileall", *options, str(part))


def make_venv(app: App, final: Path, archive: str) -> None:
    """Make the virtual environment of a lock."""
    part = final.with_name(f".{final.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        must(sys.executable, "-m", "venv", "--without-pip", str(part))
        for script in (part / "bin").glob("[aA]ctivate*"):
            script.unlink()  # they hold the folder's name, which is about to change
        packages = part / "lib" / PYTHON / "site-packages"
        packages.rmdir()
        unpack(archive, packages)
        for script in (packages / "bin").glob("*"):
            text = INTERPRETER.sub(b"#!%s/bin/python\n" % str(final).encode(), script.read_bytes())
            (part / "bin" / script.name).write_bytes(text)
            (part / "bin" / script.name).chmod(0o750)
        shutil.rmtree(packages / "bin", ignore_errors=True)
        compile_all(part, final)
        _hand_over(app, part)
        settle(part, final)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def make_release(app: App, params: dict[str, Any], venv: Path) -> None:
    """Make the release's folder, and keep it only if the app imports."""
    final = app.release(params["release"])
    part = final.with_name(f".{final.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        unpack(params["bundle"], part / "app")
        compile_all(part / "app", final / "app")
        (part / "environment").write_text(environment.render(json.loads(params["env"] or "{}")), encoding="utf-8")
        (part / "gunicorn.conf.py").write_text(params["settings"], encoding="utf-8")
        units.lay_out(part, params["units"], params["release"])
        (part / "venv").symlink_to(place(venv))
        if params["generation"]:
            (part / secrets.NAME).symlink_to(secrets.place(params["generation"]))
        manifest.write(part)
        for path in (part / "environment", part / "gunicorn.conf.py", part / manifest.NAME):
            path.chmod(0o640)
        _hand_over(app, part)
        units.check(app, part)
        check_import(app, part, params["import_seconds"])
        settle(part, final)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def settle(part: Path, final: Path) -> None:
    """Give a folder its name once its content is on disk: else a host that loses its power would have the name alone."""
    must("sync", "--file-system", str(part))
    part.rename(final)


def _hand_over(app: App, folder: Path) -> None:
    must("chgrp", "--recursive", "--no-dereference", app.name, str(folder))
    must("chmod", "-R", "u+rwX,g+rX,g-w,o-rwx", str(folder))


def check_import(app: App, folder: Path, seconds: int) -> None:
    """Have Gunicorn read its configuration and import the app, as the app's user with the app's environment."""
    gunicorn = (f"{folder}/venv/bin/gunicorn", "--check-config", "--config", f"{folder}/gunicorn.conf.py")
    done = app.sandboxed(folder, *gunicorn, seconds=seconds)
    if done.returncode:
        said = told.output(done, folder) or f"nothing; it ended with {done.returncode}, or took more than {seconds} s"
        raise Failed(f"{app.name} does not import; what serves is untouched. It said:\n{said}")


def stage(app: App, params: dict[str, Any], check: bool) -> tuple[bool, list[str]]:
    """Lay out what this host does not have; return whether that was anything, and which archives it takes and are not given."""
    venv, release = app.home / "venvs" / f"{params['lock']}-{PYTHON}", app.release(params["release"])
    wanting = {"bundle": not release.is_dir(), "packages": not venv.is_dir()}
    needs = [part for part, wanted in wanting.items() if wanted]
    # After an upgrade of the host's Python the release is there, with a virtual environment that no longer works
    moved = release.is_dir() and (release / "venv").readlink() != place(venv)
    # A generation's file goes last when secrets are erased, and comes first here
    unknown = bool(params["generation"]) and not (app.home / secrets.NAME / params["generation"]).exists()
    due = bool(needs) or moved or unknown
    if check or not due or not all(params[part] for part in needs):
        return due, needs
    prune.remove(prune.half_done(app))
    if unknown:
        secrets.write(app.home, json.loads(params["secrets"] or "{}"), params["generation"])
    if wanting["packages"]:
        make_venv(app, venv, params["packages"])
    if wanting["bundle"]:
        make_release(app, params, venv)
    else:
        link(release / "venv", str(place(venv)))
    prune.remove(prune.surplus(app, params["keep"], spared=[params["release"]]))
    return True, []


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    app, check = App(module.params["name"]), module.check_mode
    try:
        # Where a run was killed that was at this, it may still be
        with nullcontext() if check else alone(app):
            changed, needs = stage(app, module.params, check)
    except (Failed, OSError) as error:
        module.fail_json(str(error))
    module.exit_json(changed=changed, needs=needs)


if __name__ == "__main__":
    main()

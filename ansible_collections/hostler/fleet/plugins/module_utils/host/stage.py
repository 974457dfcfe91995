"""Lay a release out on a web host and see that it imports there; nothing that serves is touched."""

from __future__ import annotations

import inspect
import json
import platform
import re
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.host import imports, journal, manifest, prune, secrets, sent, units
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App, alone, link
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must, run
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.named import write

IMPORT_SECONDS = 60  # how long the app may take to import, where it has no more until it is to be healthy
APART = "no-preload"  # a file of a release whose processes import it each for itself, in place of once before they are forked
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
            write(part / "bin" / script.name, text)
            (part / "bin" / script.name).chmod(0o750)
        shutil.rmtree(packages / "bin", ignore_errors=True)
        compile_all(part, final)
        _hand_over(app, part)
        settle(part, final)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def make_release(app: App, params: Json, venv: Path) -> None:
    """Make the release's folder, and keep it only if the app imports."""
    final = app.release(params["release"])
    part = final.with_name(f".{final.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        unpack(params["bundle"], part / "app")
        compile_all(part / "app", final / "app")
        write(part / "environment", environment.render({**params["adds"], **json.loads(params["env"] or "{}")}))
        write(part / "gunicorn.conf.py", params["settings"])
        units.lay_out(part, params["units"], params["release"])
        (part / "venv").symlink_to(place(venv))
        if params["generation"]:
            (part / secrets.NAME).symlink_to(secrets.place(params["generation"]))
        manifest.write(part)
        for path in (part / "environment", part / "gunicorn.conf.py", part / manifest.NAME):
            path.chmod(0o640)
        _hand_over(app, part)
        units.check(app, part)
        check_writable(app, part, params["writable"])
        if found := check_import(app, part, max(IMPORT_SECONDS, params["seconds"])):
            write(part / APART, "".join(f"{line}\n" for line in found))
            _hand_over(app, part / APART)
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


def check_writable(app: App, folder: Path, paths: list[str]) -> None:
    """See that the app may write to each of the folders that it is meant to."""
    for path in paths:
        if f"ReadWritePaths={path}" not in app.as_it_runs():
            raise Failed(f"{app.name}: this host does not let it write to {path} yet; run site.yml.")
        if app.sandboxed(folder, "/usr/bin/test", "-d", path, "-a", "-w", path, seconds=IMPORT_SECONDS).returncode:
            raise Failed(
                f"{app.name}: its user may not write to {path}, which 'writable' names; give it to that user on this host, such as by "
                f"'chown {app.name}: {path}', and run this again. What serves is untouched."
            )


def check_import(app: App, folder: Path, seconds: int) -> list[str]:
    """Import the app as Gunicorn's master does, as the app's user with the app's environment; return what would not live on in a fork."""
    program = folder / "imports.py"
    write(program, inspect.getsource(imports))
    _hand_over(app, program)
    try:
        done = app.sandboxed(folder, f"{folder}/venv/bin/python", str(program), f"{folder}/gunicorn.conf.py", seconds=seconds)
    finally:
        program.unlink()
    told = [line.removeprefix(imports.MARK) for line in done.stdout.splitlines() if line.startswith(imports.MARK)]
    if done.returncode or not told:
        ended = f"nothing; it ended with {done.returncode}, or took more than {seconds} s, or more memory than its 'memory'"
        said = journal.output(done, folder) or ended
        raise Failed(f"{app.name} does not import; what serves is untouched. It said:\n{said}{journal.hint(app, said)}")
    return [str(line) for line in json.loads(told[-1])]


def apart(app: App, release: str) -> str:
    """Return why each process of a release imports it for itself, though it was to be imported once; empty where that is not so."""
    path = app.release(release) / APART
    if not path.exists():
        return ""
    found = ", ".join(path.read_text(encoding="utf-8").splitlines())
    return (
        f"{app.name}: as it is imported it begins what its processes would not have after a fork: {found}. So each of them imports it for "
        "itself. To have this said no more, write 'preload: false', or begin it with the first request."
    )


def stage(app: App, params: Json, check: bool) -> tuple[bool, list[str]]:
    """Lay out what this host does not have; return whether that was anything, and which archives it takes and are not given.

    `params` are the options of ``start_slot``; nothing is to be laid out where its ``stage`` is empty.
    """
    if not params["stage"]:
        return False, []
    # Where a run was killed that was at this, it may still be
    with nullcontext() if check else alone(app):
        if not check:
            sent.remove((params["bundle"], params["packages"]), params["stage"]["age"])
        return _stage(app, {**params, **params["stage"]}, check)


def _stage(app: App, params: Json, check: bool) -> tuple[bool, list[str]]:
    venv, release = app.home / "venvs" / f"{params['lock']}-{PYTHON}", app.release(params["release"])
    wanting = {"bundle": not release.is_dir(), "packages": not venv.is_dir()}
    needs = [part for part, wanted in wanting.items() if wanted]
    # After an upgrade of the host's Python the release is there, with a virtual environment that no longer works
    moved = release.is_dir() and (release / "venv").readlink() != place(venv)
    # A generation's file goes last when secrets are erased, and comes first here
    unknown = bool(params["generation"]) and not (app.home / secrets.NAME / params["generation"]).exists()
    due = bool(needs) or moved or unknown
    missing = [part for part in needs if not params[part]]
    if check or not due or missing:
        return due, [] if check else missing
    # What is made once for the fleet was made by the run that had the lock before this one, after this one had asked
    if unknown and params["newest"] is not None and any(path.name > params["newest"] for path in secrets.known(app.home)):
        raise Failed(f"{app.name}: another run has brought secrets here since this one asked for them; run this again.")
    prune.remove(prune.half_done(app))
    # A 'keep_releases' that was lowered makes room for what comes
    coming = (venv, app.home / secrets.NAME / params["generation"])
    prune.remove(path for path in prune.surplus(app, params["keep"], spared=[params["release"]]) if path not in coming)
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

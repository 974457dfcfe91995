"""Git on the control node: ask a folder what it is, and fetch a commit of a repository into a folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

Done = subprocess.CompletedProcess[bytes]

FULL = re.compile(r"[0-9a-f]{40}")
SHORT = re.compile(r"[0-9a-f]{7,39}")
FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head")
# Of git's own variables only those that say how to reach a server: in a hook, others name another repository or index
REACHES = ("GIT_ASKPASS", "GIT_CONFIG_", "GIT_HTTP_", "GIT_PROXY_", "GIT_SSH", "GIT_SSL_", "GIT_TRACE")
# Git's advice at the end of what went wrong, which says nothing of what that was
ADVICE = re.compile(r"fatal: Could not read from remote repository\.|Please make sure you have.*|and the repository exists\.|\s*")
CREDENTIALS = re.compile(r"could not read (Username|Password)|Authentication failed|Permission denied|returned error: 40[13]")


def run(folder: Path, *command: str) -> Done:
    """Run git in a folder that may be somebody else's: it runs no program that the folder's repository names, and opens no connection."""
    # safe.directory: the operator may be root on a checkout of somebody else; so nothing of its configuration may be run
    settings = ["-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"]
    # One operator's own excludes must not make another id than the next one's
    settings += ["-c", f"core.excludesFile={os.devnull}"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # A partial clone would fetch what it lacks, by a program of its own choice
    env |= {"GIT_ALLOW_PROTOCOL": "none", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    return subprocess.run(["git", *settings, *command], cwd=folder, env=env, capture_output=True, check=False)


def commit(source: Path) -> str:
    """Return the full SHA of the commit that is checked out where `source` lies; empty where there is none."""
    done = run(source, "rev-parse", "--quiet", "--verify", "HEAD^{commit}")
    return "" if done.returncode else done.stdout.decode().strip()


def dirty(source: Path, names: Iterable[Path]) -> bool:
    """Return whether something below `source`, whose files are `names`, is not committed; False outside of any repository."""
    folders = {folder for name in names for folder in name.parents}
    submodules = [source / folder for folder in folders if folder.name and (source / folder / ".git").exists()]
    return any(_changed(repository) for repository in (source, *submodules))


def _changed(source: Path) -> bool:
    # To compare a file, git has it converted by the filters that the repository's own configuration may have made programs
    listing = run(source, "config", "-z", "--show-scope", "--name-only", "--get-regexp", r"^filter\.").stdout.decode(errors="replace")
    words = listing.split("\0")
    off = [f"{name}=" for scope, name in zip(words[::2], words[1::2], strict=False) if scope in ("local", "worktree")]
    settings = [word for setting in off for word in ("-c", setting)]
    # Submodules are asked one by one, for each has filters of its own
    look = ("status", "--porcelain", "--no-renames", "--untracked-files=normal", "--ignore-submodules=dirty", "--", ".")
    return bool(run(source, *settings, *look).stdout)


def mask(text: str) -> str:
    """Return the text without the users and passwords of the URLs in it."""
    return re.sub(r"(?<=://)[^\s'\"]*@", "***@", text)


@contextmanager
def checkout(repository: str, ref: str, cache: Path) -> Iterator[tuple[Path, str]]:
    """Give a folder with the commit that `ref` names in `repository`, and its full SHA; the folder stays so until the block ends.

    `ref` is a branch, a tag, ``HEAD`` or a commit. What was fetched stays in `cache`; a full commit that is there needs no network.
    ValueError begins with ``repository: `` or ``ref: ``, whichever is wrong.
    """
    mirror = cache.resolve() / f"{hashlib.sha256(repository.encode()).hexdigest()[:12]}.git"
    with _locked(mirror):
        found = _fetch(mirror, repository, ref)
        folder = mirror / "checkouts" / found
        if not folder.exists() and _export(mirror, found, folder).returncode:  # the mirror is damaged, so once more from nothing
            _remove(mirror)
            done = _export(mirror, _fetch(mirror, repository, found), folder)
            if done.returncode:
                raise ValueError(f"repository: {mask(repository)}: the commit {found} cannot be checked out: {_said(done)}")
        yield folder, found


@contextmanager
def _locked(mirror: Path) -> Iterator[None]:
    mirror.parent.mkdir(parents=True, exist_ok=True)
    with mirror.with_suffix(".git.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(mirror: Path, repository: str, ref: str) -> str:
    """Have the commit in the mirror, and return its full SHA."""
    _make(mirror)
    wanted = ref if FULL.fullmatch(ref) else _named(mirror, repository, ref)
    if found := _known(mirror, wanted):
        os.utime(mirror)  # so that what is in use does not expire
        return found
    if FULL.fullmatch(wanted):
        done = _remote(mirror, *FETCH, "--depth=1", "--", repository, f"{wanted}:refs/fetched/{wanted}")
        if b"not our ref" in done.stderr:
            raise _no_such(repository, ref)
    # Only in the whole history can an abbreviation be looked up. The same heals a mirror that a killed run left locked, and helps
    # where an old server gives nothing but its branches and tags
    if not (found := _known(mirror, wanted)):
        _remove(mirror)
        _make(mirror)
        done = _remote(mirror, *FETCH, "--", repository, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        if done.returncode:
            raise _unreadable(repository, done)
        if not (found := _known(mirror, wanted)):
            raise _no_such(repository, ref)
    return found


def _named(mirror: Path, repository: str, ref: str) -> str:
    """Return the commit that the repository has by that name now, or `ref` itself where it may be an abbreviated one."""
    done = _remote(mirror, "ls-remote", "--", repository, ref, f"{ref}^{{}}")
    if done.returncode:
        raise _unreadable(repository, done)
    there = {name: commit for commit, name in (line.split("\t") for line in done.stdout.decode(errors="replace").splitlines())}
    # An annotated tag's commit has the name with ^{}; a tag goes before a branch, as it does in git
    for name in (f"{ref}^{{}}", ref, f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}"):
        if name in there:
            return there[name]
    if SHORT.fullmatch(ref):
        return ref
    raise _no_such(repository, ref)


def _make(mirror: Path) -> None:
    if not (mirror / "HEAD").exists():
        run(mirror.parent, "init", "--quiet", "--bare", "--template=", str(mirror)).check_returncode()


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _known(mirror: Path, wanted: str) -> str:
    done = run(mirror, "rev-parse", "--quiet", "--verify", f"{wanted}^{{commit}}")
    return "" if done.returncode else done.stdout.decode().strip()


def _export(mirror: Path, found: str, folder: Path) -> Done:
    """Check the commit out at `folder`, all or nothing, as a repository of its own that borrows the mirror's objects.

    The former commit's goes: on top of it, git would leave files as they are for which only .gitattributes has changed.
    """
    _remove(folder.parent)
    part = folder.with_suffix(".part")
    run(mirror, "init", "--quiet", "--template=", str(part)).check_returncode()
    (part / ".git/objects/info").mkdir(exist_ok=True)
    (part / ".git/objects/info/alternates").write_text(f"{mirror}/objects\n")
    # One operator's line ends must not make another id than the next one's
    settings = ["-c", "core.autocrlf=false", "-c", f"core.attributesFile={os.devnull}"]
    done = run(part, *settings, "checkout", "--quiet", "--detach", found)
    if not done.returncode:
        part.rename(folder)
    return done


def _remote(mirror: Path, *command: str) -> Done:
    """Run git on another repository; it never asks anything."""
    # A pack comes whole or not at all, where single objects would be left by a run that is killed; tidying up is under the lock
    settings = ["-c", "fetch.unpackLimit=1", "-c", "gc.autoDetach=false"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(REACHES)}
    env |= {"GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}
    env.pop("SSH_ASKPASS", None)
    return subprocess.run(
        ["git", f"--git-dir={mirror}", *settings, *command],
        cwd=mirror,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        start_new_session=True,  # without a terminal ssh cannot ask either, whichever ssh git is set to use
    )


def _said(done: Done) -> str:
    lines = (line for line in done.stderr.decode(errors="replace").splitlines() if not ADVICE.fullmatch(line))
    return mask(" ".join(line.removeprefix("fatal: ").strip() for line in lines))


def _unreadable(repository: str, done: Done) -> ValueError:
    said, shown = _said(done), mask(repository)
    why = "; it needs credentials, by an SSH key or git's credential helper" if CREDENTIALS.search(said) else ""
    return ValueError(f"repository: git cannot read {shown} ({said}){why}; see that 'git ls-remote {shown}' works and asks nothing.")


def _no_such(repository: str, ref: str) -> ValueError:
    shown = mask(repository)
    return ValueError(f"ref: {shown} has no branch, tag or commit {ref!r}; 'git ls-remote {shown}' lists branches and tags.")

"""An app from a git repository: the same release as from a folder, what goes wrong in one sentence, and a cache that survives."""

import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import git as hostler_git
from ansible_collections.hostler.fleet.plugins.module_utils.build import packages
from ansible_collections.hostler.fleet.plugins.module_utils.model import Build
from tests.shared.built import build as build_release
from tests.shared.samples import git, repository, write

APP = {"app.py": "app = 1\n", "requirements.txt": "gunicorn\n", "run": "#!/bin/sh\n", "static/page.css": "p {}\n"}


@pytest.fixture(autouse=True)
def aside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have the packages be built by a stand-in, and git know nothing of the one who runs the tests."""

    def build(lock: Path, target: packages.Target, archive: Path) -> None:
        archive.write_bytes(gzip.compress(b""))

    monkeypatch.setattr(packages, "build", build)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A repository of an app, at its top."""
    folder = write(tmp_path / "source", APP)
    (folder / "run").chmod(0o755)
    (folder / "link").symlink_to("app.py")
    return repository(folder)


def build(tmp_path: Path, **changes: Any) -> Build:
    return build_release(tmp_path / "cache", {"KEY": "hunter2"}, **changes)


def fetched(tmp_path: Path, origin: Path, ref: str = "HEAD", **changes: str) -> Build:
    return build(tmp_path, repository=f"file://{origin}", ref=ref, **changes)


def change(source: Path, text: str) -> str:
    """Commit another app.py; return the commit."""
    write(source, {"app.py": text})
    git(source, "commit", "--quiet", "--all", "--message", "Change")
    return git(source, "rev-parse", "HEAD")


def test_a_commit_is_the_same_release_from_a_folder_and_from_a_repository(tmp_path: Path, source: Path) -> None:
    folder = build(tmp_path, source=str(source))
    assert folder.commit == git(source, "rev-parse", "HEAD")
    assert fetched(tmp_path, source) == replace(folder, built=0)


ODD = {
    "line ends": {".gitattributes": "*.txt text eol=crlf\n"},
    "not for archives": {".gitattributes": "app.py export-ignore\nrun export-subst\n", "run": "$Format:%H$\n"},
    "tracked though ignored": {".gitignore": "*.log\n/static/\n", "debug.log": "x"},
    "odd names": {"a b/ä€": "x", "-rf": "x", 'a"b\\': "x"},
}


@pytest.mark.parametrize("files", ODD.values(), ids=ODD)
@pytest.mark.parametrize(
    "settings", ["", "[core]\nautocrlf = true\nexcludesFile = {home}/ignore\nhooksPath = {home}/hooks\n"], ids=["", "own"]
)
def test_so_it_is_with_whatever_git_knows_to_do_to_files(tmp_path: Path, source: Path, files: dict[str, str], settings: str) -> None:
    git(write(source, files), "add", "--force", ".")
    git(source, "commit", "--quiet", "--message", "Odd")
    git(source, "rm", "-r", "--quiet", ".")
    git(source, "reset", "--quiet", "--hard")
    before = build(tmp_path, source=str(source)).release
    home = tmp_path / "home"
    write(home, {".gitconfig": settings.format(home=home), "ignore": "*.py\n", "hooks/post-checkout": "#!/bin/sh\nrm -f app.py\n"})
    (home / "hooks/post-checkout").chmod(0o755)
    assert fetched(tmp_path, source).release == before


def test_a_folder_within_the_repository_is_the_same_release_too(tmp_path: Path) -> None:
    top = repository(write(tmp_path / "top", {f"apps/hello/{name}": text for name, text in APP.items()} | {"other/file": "x"}))
    folder = build(tmp_path, source=str(top / "apps/hello"))
    assert fetched(tmp_path, top, source="apps/hello") == replace(folder, built=0)


def test_a_branch_is_followed_and_a_tag_and_a_commit_stay(tmp_path: Path, source: Path) -> None:
    first = git(source, "rev-parse", "HEAD")
    git(source, "tag", "v1.0")
    git(source, "tag", "--annotate", "--message", "Signed off", "v1.0-final")
    refs = ["main", "refs/heads/main", "HEAD", "v1.0", "v1.0-final", "refs/tags/v1.0-final", first, first[:9]]
    assert [fetched(tmp_path, source, ref).commit for ref in refs] == [first] * len(refs)
    second = change(source, "app = 2\n")
    assert [fetched(tmp_path, source, ref).commit for ref in refs] == [second] * 3 + [first] * 5


def test_a_branch_that_was_rewritten_is_followed(tmp_path: Path, source: Path) -> None:
    fetched(tmp_path, source, "main")
    write(source, {"app.py": "app = 3\n"})
    git(source, "commit", "--quiet", "--all", "--amend", "--message", "Anew")
    assert fetched(tmp_path, source, "main").commit == git(source, "rev-parse", "HEAD")


def test_a_branch_is_not_taken_for_one_whose_name_ends_alike(tmp_path: Path, source: Path) -> None:
    git(source, "branch", "feature/next")
    with pytest.raises(ValueError, match="has no branch, tag or commit 'next'"):
        fetched(tmp_path, source, "next")


@pytest.mark.parametrize("length", [40, 8])
def test_a_commit_that_no_branch_ends_with_is_found(tmp_path: Path, source: Path, length: int) -> None:
    wanted = change(source, "app = 2\n")
    change(source, "app = 3\n")
    assert fetched(tmp_path, source, wanted[:length]).commit == wanted


def test_a_full_commit_that_was_fetched_before_needs_no_repository(tmp_path: Path, source: Path) -> None:
    first = fetched(tmp_path, source)
    shutil.rmtree(source)
    assert fetched(tmp_path, source, first.commit) == replace(first, built=0)


def test_only_the_commit_is_fetched_not_its_history(tmp_path: Path, source: Path) -> None:
    change(source, "app = 2\n")
    fetched(tmp_path, source, "main")
    [mirror] = (tmp_path / "cache").glob("*.git")
    assert git(mirror, "rev-list", "--all", "--count") == "1"


def test_a_path_is_a_repository_like_any_other(tmp_path: Path, source: Path) -> None:
    assert build(tmp_path, repository=str(source)).release == fetched(tmp_path, source).release


UV = (
    "'uv pip compile --universal --python-version 3.13 --generate-hashes requirements.in -o requirements.txt', "
    "once requirements.in says what the app needs, 'gunicorn>=27.0.1' among it, and commit it."
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ref": "gone"}, "ref: {url} has no branch, tag or commit 'gone'; 'git ls-remote {url}' lists branches and tags."),
        ({"ref": "0" * 40}, "ref: {url} has no branch, tag or commit '" + "0" * 40 + "';"),
        ({"ref": "0" * 10}, "ref: {url} has no branch, tag or commit '0000000000';"),
        ({"source": "gone"}, "source: there is no folder gone in {commit} of {url}; it starts at the repository's top."),
        ({"source": "app.py"}, "source: there is no folder app.py in {commit} of {url};"),
        ({"source": "static"}, f"lock: static in {{commit}} of {{url}} has no requirements.txt; make it with {UV}"),
        ({"lock": "gone.txt"}, "lock: {commit} of {url} has no gone.txt; make it with 'uv pip compile"),
        ({"repository": "file:///gone/x.git"}, "repository: git cannot read file:///gone/x.git ('/gone/x.git' does not appear to be"),
        (
            {"repository": "https://me:hunter2@localhost:1/x.git"},
            "repository: git cannot read https://***@localhost:1/x.git (unable to access ",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_what_is_wrong_is_said_by_its_key(tmp_path: Path, source: Path, changes: dict[str, str], said: str) -> None:
    url, commit = f"file://{source}", git(source, "rev-parse", "HEAD")[:12]
    with pytest.raises(ValueError, match="^apps.hello.") as error:
        build(tmp_path, **{"repository": url, **changes})
    assert str(error.value).startswith("apps.hello." + said.format(url=url, commit=commit)), error.value
    assert "hunter2" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_link_does_not_lead_out_of_the_repository(tmp_path: Path, source: Path) -> None:
    write(tmp_path / "private", APP)
    (source / "out").symlink_to(tmp_path / "private")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "Out")
    with pytest.raises(ValueError, match="^apps.hello.source: there is no folder out in "):
        fetched(tmp_path, source, source="out")


def test_a_submodule_is_refused_where_it_would_be_deployed(tmp_path: Path) -> None:
    library = repository(write(tmp_path / "library", {"lib.py": "x"}))
    top = repository(write(tmp_path / "top", {"app/requirements.txt": "gunicorn\n", "other/requirements.txt": "gunicorn\n"}))
    git(top, "submodule", "add", "--quiet", str(library), "app/library")
    git(top, "commit", "--quiet", "--message", "Add")
    with pytest.raises(
        ValueError, match="^apps.hello.repository: .* has the submodule app/library, and submodules are not fetched; deploy"
    ):
        fetched(tmp_path, top, source="app")
    assert fetched(tmp_path, top, source="other").commit


def test_nothing_is_ever_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path, {"ssh": '#!/bin/sh\nset -- $(cut -d" " -f6 /proc/$$/stat) "$0" "$@"\necho "$1" >"$2.session"\necho "$@" >&2\nexit 255\n'}
    )
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(tmp_path / "ssh"))
    with pytest.raises(
        ValueError, match="^apps.hello.repository: git cannot read git@host:x.git .*see that 'git ls-remote git@host:x.git' works"
    ):
        build(tmp_path, repository="git@host:x.git")
    assert int((tmp_path / "ssh.session").read_text()) != os.getsid(0)  # a session without a terminal to ask on


def test_credentials_that_are_needed_are_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"ssh": "#!/bin/sh\necho 'git@host: Permission denied (publickey).' >&2\nexit 255\n"})
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(tmp_path / "ssh"))
    with pytest.raises(ValueError, match=r"\(git@host: Permission denied \(publickey\)\.\); it needs credentials, by an SSH key or git's"):
        build(tmp_path, repository="git@host:x.git")


class Locked(BaseHTTPRequestHandler):
    """A server that lets nobody in."""

    def do_GET(self) -> None:
        """Ask for a password."""
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_a_password_that_is_needed_is_not_asked_for(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Locked) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(
            ValueError, match=r"terminal prompts disabled\); it needs credentials, by an SSH key or git's credential helper;"
        ):
            build(tmp_path, repository=f"http://127.0.0.1:{server.server_port}/x.git")
        server.shutdown()


def test_a_token_in_git_s_own_settings_is_used_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"COUNT": "1", "KEY_0": "url.https://ci:hunter2@localhost:1/.insteadOf", "VALUE_0": "https://example.org/"}
    for name, value in settings.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    with pytest.raises(ValueError, match="^apps.hello.repository: .*localhost:1/x.git") as error:
        build(tmp_path, repository="https://example.org/x.git")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://me:pass@host/x.git", "https://***@host/x.git"),
        ("'https://tok@host/x.git' and ssh://git:p@ss/w@host/", "'https://***@host/x.git' and ssh://***@host/"),
        ("git@host:x.git https://host/x.git", "git@host:x.git https://host/x.git"),
    ],
)
def test_users_and_passwords_of_urls_are_masked(text: str, masked: str) -> None:
    assert hostler_git.mask(text) == masked


def test_a_hook_of_another_repository_may_deploy(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fetched(tmp_path, source)
    monkeypatch.setenv("GIT_DIR", str(repository(write(tmp_path / "elsewhere", {"hook": "x"})) / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere/.git/index"))
    monkeypatch.setenv("GIT_QUARANTINE_PATH", str(tmp_path))
    shutil.rmtree(tmp_path / "cache")
    assert fetched(tmp_path, source).commit == before.commit


def test_two_builds_at_once_are_both_right(tmp_path: Path, source: Path) -> None:
    commits = [git(source, "rev-parse", "HEAD"), *(change(source, f"app = {number}\n") for number in range(2, 9))]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda ref: fetched(tmp_path, source, ref).commit, commits)) == commits
    [mirror] = (tmp_path / "cache").glob("*.git")
    git(mirror, "fsck", "--strict")


CLONE = """
import sys; sys.path.insert(0, {root!r})
import tests.conftest
from pathlib import Path
from ansible_collections.hostler.fleet.plugins.module_utils.build import git
with git.checkout({url!r}, "HEAD", Path({cache!r})): pass
"""


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.2])
def test_after_a_build_that_was_killed_the_next_one_works(
    tmp_path: Path, source: Path, seconds: float, request: pytest.FixtureRequest
) -> None:
    (source / "large").write_bytes(os.urandom(20_000_000))
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "Large")
    code = CLONE.format(root=str(request.config.rootpath), url=f"file://{source}", cache=str(tmp_path / "cache"))
    with subprocess.Popen([sys.executable, "-c", code], cwd=request.config.rootpath) as clone:
        deadline = time.monotonic() + 20
        while not list((tmp_path / "cache").glob("*.git/HEAD")) and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(seconds)
        for child in Path(f"/proc/{clone.pid}/task/{clone.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        clone.kill()
    assert fetched(tmp_path, source).commit == git(source, "rev-parse", "HEAD")


def damage_lock(mirror: Path) -> None:
    write(mirror, {"shallow.lock": ""})


def damage_head(mirror: Path) -> None:
    write(mirror, {"HEAD": ""})


def damage_objects(mirror: Path) -> None:
    for pack in mirror.glob("objects/pack/*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:100])


def damage_files(mirror: Path) -> None:
    for pack in mirror.glob("objects/pack/*.pack"):
        pack.chmod(0o600)
        whole = pack.read_bytes()
        pack.write_bytes(whole[:-60] + bytes(40) + whole[-20:])  # the commit, at the beginning, is as it was


@pytest.mark.parametrize("damage", [damage_lock, damage_head, damage_objects, damage_files])
@pytest.mark.parametrize("later", [True, False], ids=["another commit", "same commit"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, source: Path, damage: Any, later: bool) -> None:
    fetched(tmp_path, source)
    [mirror] = (tmp_path / "cache").glob("*.git")
    damage(mirror)
    shutil.rmtree(mirror / "checkouts")
    if later:
        change(source, "app = 2\n")
    assert fetched(tmp_path, source).commit == git(source, "rev-parse", "HEAD")


def test_a_mirror_that_is_not_used_any_more_goes(tmp_path: Path, source: Path) -> None:
    result = fetched(tmp_path, source)
    [mirror] = (tmp_path / "cache").glob("*.git")
    os.utime(mirror, (0, 0))
    fetched(tmp_path, source)
    assert mirror.exists()
    os.utime(mirror, (0, 0))
    assert build(tmp_path, source=str(source)).commit == result.commit
    assert not mirror.exists()


def test_one_commit_is_kept_checked_out(tmp_path: Path, source: Path) -> None:
    for text in ("app = 2\n", "app = 3\n"):
        wanted = change(source, text)
        fetched(tmp_path, source)
        assert [path.name for path in (tmp_path / "cache").glob("*.git/checkouts/*")] == [wanted]


def test_a_commit_that_changes_only_attributes_is_checked_out_anew(tmp_path: Path, source: Path) -> None:
    fetched(tmp_path, source)
    git(write(source, {".gitattributes": "*.txt text eol=crlf\n"}), "add", ".")
    git(source, "commit", "--quiet", "--message", "Line ends")
    git(tmp_path, "clone", "--quiet", str(source), "clone")
    assert fetched(tmp_path, source).release == build(tmp_path, source=str(tmp_path / "clone")).release


def test_a_folder_outside_of_git_has_no_commit(tmp_path: Path) -> None:
    result = build(tmp_path, source=str(write(tmp_path / "plain", APP)))
    assert (result.commit, result.dirty) == ("", False)


def test_a_folder_whose_repository_has_no_commit_yet_is_dirty(tmp_path: Path) -> None:
    git(write(tmp_path / "new", APP), "init", "--quiet")
    result = build(tmp_path, source=str(tmp_path / "new"))
    assert (result.commit, result.dirty) == ("", True)


def touch_again(source: Path) -> None:
    os.utime(source / "app.py", (1, 1))


def ignored(source: Path) -> None:
    write(source, {".git/info/exclude": "*.log\n", "debug.log": "x"})


CLEAN = {"nothing": lambda source: None, "a date": touch_again, "an ignored file": ignored}
DIRTY = {
    "changed": lambda source: write(source, {"app.py": "app = 2\n"}),
    "new": lambda source: write(source, {"inner/new.py": "x"}),
    "removed": lambda source: (source / "run").unlink(),
    "staged": lambda source: git(write(source, {"new.py": "x"}), "add", "."),
    "program": lambda source: (source / "app.py").chmod(0o755),
    "link": lambda source: (source / "link").unlink() or (source / "link").symlink_to("run"),
}


@pytest.mark.parametrize(
    ("act", "dirty"), [*((act, False) for act in CLEAN.values()), *((act, True) for act in DIRTY.values())], ids=[*CLEAN, *DIRTY]
)
def test_a_folder_is_dirty_where_its_files_are_not_committed(tmp_path: Path, source: Path, act: Any, dirty: bool) -> None:
    commit = git(source, "rev-parse", "HEAD")
    act(source)
    result = build(tmp_path, source=str(source))
    assert (result.commit, result.dirty) == (commit, dirty)


def test_what_lies_beside_the_app_does_not_make_it_dirty(tmp_path: Path) -> None:
    top = repository(write(tmp_path / "top", {f"app/{name}": text for name, text in APP.items()}))
    write(top, {"other/new": "x"})
    assert not build(tmp_path, source=str(top / "app")).dirty


def test_a_submodule_with_changes_makes_the_app_dirty(tmp_path: Path, source: Path) -> None:
    library = repository(write(tmp_path / "library", {"lib.py": "x"}))
    git(source, "submodule", "add", "--quiet", str(library), "vendor/library")
    git(source, "commit", "--quiet", "--message", "Add")
    assert not build(tmp_path, source=str(source)).dirty
    write(source, {"vendor/library/lib.py": "y"})
    assert build(tmp_path, source=str(source)).dirty


def test_to_see_whether_it_is_dirty_runs_nothing_of_the_repository(tmp_path: Path, source: Path) -> None:
    evil = write(tmp_path, {"evil": f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n"}) / "evil"
    evil.chmod(0o755)
    write(source, {".gitattributes": "* filter=evil\n", ".git/more": f'[filter "evil"]\nprocess = {evil}\nrequired\n'})
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "Filter")
    git(source, "config", "filter.evil.clean", str(evil))
    git(source, "config", "include.path", "more")
    git(source, "config", "core.hooksPath", str(tmp_path))
    write(source, {"app.py": "app = 2\n"})
    assert build(tmp_path, source=str(source)).dirty
    assert not (tmp_path / "ran").exists()


def test_to_see_whether_it_is_dirty_fetches_nothing(tmp_path: Path, source: Path) -> None:
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::touch {tmp_path}/ran",
        "protocol.ext.allow": "always",
    }.items():
        git(source, "config", name, value)
    tree = git(source, "rev-parse", "HEAD:static")
    git(write(source, {"static/new.css": "x"}), "add", ".")  # so that git has to look into what is missing
    (source / ".git/objects" / tree[:2] / tree[2:]).unlink()
    build(tmp_path, source=str(source))
    assert not (tmp_path / "ran").exists()


def test_the_commit_is_no_part_of_the_release(tmp_path: Path, source: Path) -> None:
    before = fetched(tmp_path, source)
    git(source, "commit", "--quiet", "--allow-empty", "--message", "Nothing")
    after = fetched(tmp_path, source)
    assert before.release == after.release
    assert before.commit != after.commit
    assert re.fullmatch("[0-9a-f]{40}", after.commit)

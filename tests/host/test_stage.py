"""A release is laid out whole or not at all, and imports."""

import importlib.util
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle
from ansible_collections.hostler.fleet.plugins.module_utils.host import layout, manifest, secrets, sent, units
from ansible_collections.hostler.fleet.plugins.module_utils.host import stage as host_stage
from ansible_collections.hostler.fleet.plugins.module_utils.host.imports import MARK
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.options import options
from ansible_collections.hostler.fleet.plugins.modules import start_slot
from tests.shared.generations import NEW, OLD, ONE, TWO, give
from tests.shared.samples import run_module, write


@pytest.mark.parametrize(
    "head",
    [b"#!/tmp/x/bin/python3.13\n", b"#!/opt/a b/python\n", b"#!/bin/sh\n'''exec' '/long/path/python' \"$0\" \"$@\"\n' '''\n"],
)
def test_the_interpreter_of_a_script_is_replaced_and_nothing_else(head: bytes) -> None:
    assert host_stage.INTERPRETER.sub(b"#!new\n", head + b"import sys\n#!python\n") == b"#!new\nimport sys\n#!python\n"


def test_a_program_that_is_no_python_stays_as_it_is() -> None:
    program = b"\x7fELF\x00#!python\n"
    assert host_stage.INTERPRETER.sub(b"#!new\n", program) == program


def imports(monkeypatch: pytest.MonkeyPatch, code: int, said: str) -> list[int]:
    """Have each import of an app end like this; return how many seconds each had."""
    had: list[int] = []

    def sandboxed(_: App, folder: Path, *command: str, seconds: int) -> subprocess.CompletedProcess[str]:
        assert (folder / "imports.py").exists()
        had.append(seconds)
        return subprocess.CompletedProcess(command, code, said)

    monkeypatch.setattr(App, "sandboxed", sandboxed)
    monkeypatch.setattr(host_stage, "_hand_over", lambda *_: None)
    return had


def test_an_import_that_prints_a_secret_does_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(home, "a", OLD, ONE)
    imports(monkeypatch, 1, "KeyError: 'hunter2'")
    with pytest.raises(Failed, match=r"KeyError: '\*{8}'"):
        host_stage.check_import(App("hello"), home / "releases/a", 1)


@pytest.mark.parametrize(
    ("said", "hinted"),
    [
        ("OSError: [Errno 30] Read-only file system: '/srv/hello/releases/a/app/instance'", True),
        ("sqlite3.OperationalError: attempt to write a readonly database", True),
        ("touch: cannot touch 'x': Read-only file system", True),
        ("PermissionError: [Errno 13] Permission denied: 'app.log'", True),
        ("PermissionError: [Errno 13] Permission denied: '/srv/hello/releases/a/app/app.log'", True),
        ("PermissionError: [Errno 13] Permission denied: '/etc/shadow'", False),
        ("ModuleNotFoundError: No module named 'flask'", False),
        ("OSError: [Errno 305] none", False),
    ],
)
def test_who_writes_beside_the_code_is_told_where_to(said: str, hinted: bool, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imports(monkeypatch, 1, said)
    with pytest.raises(Failed) as failed:
        host_stage.check_import(App("hello"), home / "releases/a", 1)
    assert ("the folder that the environment's STATE_DIRECTORY names, /var/lib/hello" in str(failed.value)) is hinted
    assert str(failed.value).splitlines()[1] == said


@pytest.mark.parametrize(
    ("lines", "code", "wrong"),
    [(["ReadWritePaths=/mnt/a"], 0, ""), (["ReadWritePaths=/mnt/a"], 1, "'chown hello: /mnt/a'"), ([], 0, "site.yml")],
)
def test_a_folder_that_the_app_may_not_write_to_is_refused_before_it_is_imported(
    lines: list[str], code: int, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(App, "as_it_runs", lambda _: lines)
    monkeypatch.setattr(App, "sandboxed", lambda *_, **__: type("Done", (), {"returncode": code}))
    with pytest.raises(Failed, match=wrong) if wrong else nullcontext():
        host_stage.check_writable(App("hello"), tmp_path, ["/mnt/a"])


def test_a_process_that_ends_before_the_app_is_imported_is_no_import(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by ``os._exit(0)`` in the app. What the check needed is not left in the release."""
    imports(monkeypatch, 0, "hello\n")
    with pytest.raises(Failed, match="does not import.*\n.*hello"):
        host_stage.check_import(App("hello"), home / "releases/a", 1)
    assert not (home / "releases/a/imports.py").exists()


@pytest.mark.parametrize(("asked", "had"), [(10, 60), (180, 180)])
def test_a_release_whose_import_begins_threads_is_kept_from_the_fork(
    asked: int, had: int, hello: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Laid out like any other, with a note, for as long as it may take until it is healthy; and the operator is told."""
    bundle.pack(write(tmp_path / "source", {"shop.py": ""}), [Path("shop.py")], tmp_path / "one.tar.gz")
    seconds = imports(monkeypatch, 0, f'begun\n{MARK}["the thread ticker, begun at shop.py:3"]\n')
    monkeypatch.setattr(units, "check", lambda *_: None)
    monkeypatch.setattr(host_stage, "settle", lambda part, final: part.rename(final))
    params = {**STAGE, "release": "1f0c", "bundle": str(tmp_path / "one.tar.gz"), "env": "", "seconds": asked}
    host_stage.make_release(hello, params, tmp_path / "venv")
    assert seconds == [had]
    assert (hello.release("1f0c") / host_stage.APART).read_text() == "the thread ticker, begun at shop.py:3\n"
    assert "the thread ticker, begun at shop.py:3. So each" in host_stage.apart(hello, "1f0c")
    assert host_stage.apart(hello, "2a1d") == ""


@pytest.fixture
def hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """Return an app whose home is the test's own folder."""
    monkeypatch.setattr(App, "home", tmp_path)
    return App("hello")


def test_files_have_the_date_that_the_archive_gives_and_what_is_compiled_of_them_is_taken(tmp_path: Path) -> None:
    """Python takes what it compiled ahead only where it knows the source's date; else each process would compile anew."""
    source = write(tmp_path / "source", {"shop.py": "x = 1\n", "static/page.css": "p {}\n"})
    bundle.pack(source, [Path("shop.py"), Path("static/page.css")], tmp_path / "one.tar.gz")
    part = tmp_path / "part"
    host_stage.unpack(str(tmp_path / "one.tar.gz"), part)
    host_stage.compile_all(part, tmp_path / "final")
    for name in ("shop.py", "static/page.css"):
        assert (part / name).stat().st_mtime == bundle.date(source / name)
    compiled = Path(importlib.util.cache_from_source(str(part / "shop.py"))).read_bytes()
    flags, date, size = struct.unpack("<III", compiled[4:16])
    assert (flags, date, size) == (0, bundle.date(source / "shop.py"), 6)


STAGE: dict[str, Any] = {
    "lock": "aaaa",
    "generation": "",
    "newest": None,
    "settings": "",
    "units": {},
    "adds": {},
    "keep": 5,
    "writable": [],
    "age": 30,
}


def start(monkeypatch: pytest.MonkeyPatch, release: str, check: bool = False) -> dict[str, Any]:
    """Run ``start_slot``, whose option ``check`` has the name that ``run_module`` gives to check mode."""
    spec = {**options(start_slot.DOCUMENTATION), "check": {"default": {"path": "/", "host": "localhost"}}}
    monkeypatch.setattr(start_slot, "options", lambda *_, **__: spec)
    return run_module(start_slot, monkeypatch, check, name="hello", slot="blue", port=5001, stage=STAGE, release=release)


def stage(app: App, release: str, check: bool = False, **options: Any) -> tuple[bool, list[str]]:
    given = {"release": release, "env": "", "secrets": "", "bundle": None, "packages": None, "stage": STAGE, **options}
    return host_stage.stage(app, given, check)


def laid_out(app: App, release: str) -> None:
    """Lay a release out as an earlier run has done."""
    venv = app.home / f"venvs/aaaa-{host_stage.PYTHON}"
    for folder in (venv, app.release(release)):
        folder.mkdir(parents=True, exist_ok=True)
    (app.release(release) / "venv").symlink_to(host_stage.place(venv))


def test_what_a_killed_run_still_lays_out_is_waited_for(hello: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next run would remove what it takes for left behind, or both would write into one folder."""
    with ThreadPoolExecutor() as pool:
        with layout.alone(hello):
            staged = pool.submit(stage, hello, "1f0c")
            with pytest.raises(TimeoutError):
                staged.result(timeout=0.3)
            laid_out(hello, "1f0c")
        assert staged.result() == (False, [])
    assert start(monkeypatch, "2a1d")["needs"] == ["bundle"]


def test_a_host_asks_for_what_it_lacks_and_nothing_is_started(hello: App, monkeypatch: pytest.MonkeyPatch) -> None:
    assert start(monkeypatch, "1f0c") == {"failed": False, "changed": True, "needs": ["bundle", "packages"]}
    assert list(hello.home.iterdir()) == []


def test_check_mode_asks_for_nothing_and_lays_nothing_out(hello: App, monkeypatch: pytest.MonkeyPatch) -> None:
    assert start(monkeypatch, "1f0c", check=True) == {"failed": False, "changed": True, "needs": []}
    laid_out(hello, "1f0c")
    assert stage(hello, "1f0c", check=True) == (False, [])


def test_the_environment_has_what_is_added_but_for_what_the_inventory_says(
    hello: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle.pack(write(tmp_path / "source", {"src/shop.py": ""}), [Path("src/shop.py")], tmp_path / "one.tar.gz")
    for name in ("_hand_over", "check_import", "settle"):
        monkeypatch.setattr(host_stage, name, lambda *_: None)
    monkeypatch.setattr(units, "check", lambda *_: None)
    texts = []
    monkeypatch.setattr(manifest, "write", lambda part: texts.append((part / "environment").read_text()))
    for env in ("", '{"PYTHONPATH": "lib"}'):
        params = {
            **STAGE,
            "adds": {"PYTHONPATH": "src"},
            "release": "1f0c",
            "bundle": str(tmp_path / "one.tar.gz"),
            "env": env,
            "seconds": 1,
        }
        with pytest.raises(FileNotFoundError):  # the stand-in writes no manifest
            host_stage.make_release(hello, params, tmp_path / "venv")
    assert ['PYTHONPATH="src"' in text for text in texts] == [True, False]
    assert 'PYTHONPATH="lib"' in texts[1]


def test_what_others_have_sent_before_goes_and_check_mode_leaves_it(hello: App, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out(hello, "1f0c")
    asked: list[Any] = []
    monkeypatch.setattr(sent, "remove", lambda *given: asked.append(given))
    stage(hello, "1f0c", check=True)
    stage(hello, "1f0c", stage={})
    assert asked == []
    stage(hello, "1f0c", bundle="/tmp/one")
    assert asked == [(("/tmp/one", None), 30)]


def test_what_hosts_have_is_not_laid_out_again(hello: App) -> None:
    assert stage(hello, "1f0c", stage={}) == (False, [])


def test_a_virtual_environment_of_another_python_is_replaced_by_a_link_to_the_one_of_today(hello: App) -> None:
    laid_out(hello, "1f0c")
    layout.link(hello.release("1f0c") / "venv", "../../venvs/aaaa-python3.0")
    assert stage(hello, "1f0c", check=True) == (True, [])
    assert stage(hello, "1f0c") == (True, [])
    assert (hello.release("1f0c") / "venv").resolve().name == f"aaaa-{host_stage.PYTHON}"
    assert stage(hello, "1f0c") == (False, [])


def test_secrets_that_were_erased_are_there_again_before_the_release_is_started(hello: App) -> None:
    laid_out(hello, "1f0c")
    options: dict[str, Any] = {"stage": {**STAGE, "generation": OLD}, "secrets": '{"KEY": "hunter2"}'}
    layout.link(hello.release("1f0c") / "secrets", f"../../secrets/{OLD}")
    assert stage(hello, "1f0c", **options) == (True, [])
    assert (hello.home / "secrets" / OLD).stat().st_mode & 0o777 == 0o600
    assert stage(hello, "1f0c", **options) == (False, [])


def test_releases_beyond_those_that_are_kept_make_room_before_anything_is_unpacked(hello: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """But not the virtual environment that a release which failed before has left for this one."""
    laid_out(hello, "1f0c")
    for number, release in enumerate(("2f0c", "3f0c")):
        (hello.home / f"releases/{release}").mkdir()
        (hello.home / f"venvs/v{number}").mkdir()
        (hello.release(release) / "venv").symlink_to(f"../../venvs/v{number}")
    layout.link(hello.release("1f0c") / "venv", "../../venvs/v0")
    seen: list[list[str]] = []

    def full(app: App, *_: object) -> None:
        seen.append(sorted(path.name for folder in ("releases", "venvs") for path in (app.home / folder).iterdir()))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(host_stage, "make_release", full)
    with pytest.raises(OSError, match="No space left"):
        stage(hello, "4f0c", bundle="/tmp/one.tar.gz", stage={**STAGE, "keep": 2})
    [there] = seen
    assert len([name for name in there if name.endswith("0c")]) == 2
    assert f"aaaa-{host_stage.PYTHON}" in there


def test_what_another_run_has_made_since_this_one_asked_is_not_made_twice(hello: App) -> None:
    """What was asked for before the lock was had may be of yesterday."""
    laid_out(hello, "1f0c")

    def made(newest: str) -> tuple[bool, list[str]]:
        return stage(hello, "1f0c", stage={**STAGE, "generation": NEW, "newest": newest}, secrets='{"KEY": "hunter2"}')

    secrets.write(hello.home, TWO, OLD)
    with pytest.raises(Failed, match=r"^hello: another run has brought secrets here since this one asked for them; run this again\.$"):
        made("")
    assert [path.name for path in secrets.known(hello.home)] == [OLD]
    assert made(OLD) == (True, [])

"""What is made goes along: build output that git ignores, and what a command makes in a clean copy, run only where something changed."""

import gzip
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import made, packages
from ansible_collections.hostler.fleet.plugins.module_utils.model import Build
from tests.shared.built import build
from tests.shared.samples import repository, write

APP = {"app.py": "app = 1\n", "requirements.txt": "gunicorn\n", ".gitignore": "dist/\n*.mo\nstaticfiles\nran\n"}
MAKE = "echo x >> {count}; mkdir -p dist/deep; cat app.py > dist/deep/app.js; echo > dist/two.js; echo > beside.txt"


@pytest.fixture(autouse=True)
def aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the packages be built by a stand-in."""
    monkeypatch.setattr(packages, "build", lambda lock, target, archive: archive.write_bytes(gzip.compress(b"")))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return the folder of an app."""
    return write(tmp_path / "app", APP)


def built(source: Path, **changes: Any) -> Build:
    return build(source.parent / "cache", source=str(source), **changes)


def names(found: Build) -> list[str]:
    with tarfile.open(found.bundle) as tar:
        return sorted(set(tar.getnames()) - set(APP))


OUTPUT = {
    "staticfiles/page.css": "x",
    "shop/staticfiles/x.css": "x",
    "locale/de/LC_MESSAGES/django.mo": "x",
    "dist/app.js": "x",
    ".venv/lib/django.mo": "x",
    "env/pyvenv.cfg": "",
    "env/lib/django.mo": "x",
    "node_modules/x/x.mo": "x",
    "node_modules/htmx/htmx.js": "x",
    "data/zones.sqlite3": "x",
}


@pytest.mark.parametrize("make", [repository, lambda folder: folder], ids=["in a repository", "outside of any"])
@pytest.mark.parametrize(
    ("include", "along"),
    [
        ([], []),
        (["staticfiles"], ["shop/staticfiles/x.css", "staticfiles/page.css"]),
        (["shop/staticfiles/"], ["shop/staticfiles/x.css"]),
        (["*.mo"], ["locale/de/LC_MESSAGES/django.mo"]),
        (["locale/**/*.mo", "dist"], ["dist/app.js", "locale/de/LC_MESSAGES/django.mo"]),
        (["node_modules/htmx"], ["node_modules/htmx/htmx.js"]),
        (["zones.sqlite3"], ["data/zones.sqlite3"]),
        (["app.py"], []),
    ],
    ids=str,
)
def test_what_is_included_goes_along_though_git_ignores_it(source: Path, make: Any, include: list[str], along: list[str]) -> None:
    write(make(source), OUTPUT)
    write(source, {"env/.gitignore": "*\n"})
    assert names(built(source, include=include)) == along


def test_a_pattern_that_matches_nothing_is_refused(source: Path) -> None:
    write(source, {".venv/x.po": "x"})
    for pattern in ("staticfiles", "*.po"):
        with pytest.raises(ValueError, match=f"^apps.hello.include: '.*{pattern[1:]}' matches no file of .*/app; make it, by hand or"):
            built(source, include=[pattern])


def test_what_is_included_may_be_static(source: Path) -> None:
    write(source, {"staticfiles/page.css": "x"})
    with pytest.raises(ValueError, match="^apps.hello.static: .*, or name it in 'include'"):
        built(source, static=["staticfiles"])
    assert built(source, static=["staticfiles"], include=["staticfiles"])


def test_what_a_command_makes_goes_along_and_the_source_stays_as_it_is(source: Path) -> None:
    count = source.parent / "count"
    found = built(source, build=MAKE.format(count=count), include=["dist"])
    assert names(found) == ["dist/deep/app.js", "dist/two.js"]
    assert sorted(path.name for path in source.iterdir()) == sorted(APP)


def test_a_command_may_change_and_remove_what_is_there(source: Path) -> None:
    write(source, {"gone.py": "", "link.py": ""})
    found = built(source, build="echo app = 2 > app.py; rm gone.py; ln -sf app.py link.py")
    with tarfile.open(found.bundle) as tar:
        assert "gone.py" not in tar.getnames()
        assert tar.getmember("link.py").linkname == "app.py"
        member = tar.extractfile("app.py")
        assert member
        assert member.read() == b"app = 2\n"


def test_a_command_is_run_only_where_something_changed(source: Path) -> None:
    count = source.parent / "count"
    command = MAKE.format(count=count)
    first = built(source, build=command, include=["dist"])
    again = built(source, build=command, include=["dist"])
    assert (again.release, again.built) == (first.release, 0)
    assert count.read_text() == "x\n"
    write(source, {"app.py": "app = 2\n"})
    assert built(source, build=command, include=["dist"]).release != first.release
    assert built(source, build=f"{command}; true", include=["dist"]).release != first.release
    assert count.read_text() == "x\n" * 3
    write(source, {"dist/left.js": "x", "__pycache__/x.pyc": "x"})
    assert built(source, build=command, include=["dist"]).built == 0


def test_a_clean_copy_has_nothing_that_git_ignores(source: Path) -> None:
    write(repository(source), {"dist/old.js": "x", "node_modules/x.js": "x"})
    found = built(source, build="test ! -e dist && test ! -e node_modules && mkdir dist && echo > dist/new.js", include=["dist"])
    assert names(found) == ["dist/new.js"]


def test_a_fetched_commit_is_built_too(source: Path) -> None:
    folder = built(source, build="mkdir dist; cp app.py dist", include=["dist"])
    fetched = build(source.parent / "other", repository=str(repository(source)), build="mkdir dist; cp app.py dist", include=["dist"])
    assert fetched.release == folder.release


@pytest.mark.parametrize(
    ("command", "seconds", "said"),
    [
        ("echo first; echo no such file >&2; exit 3", 600, "ended with 3, in a clean copy of .*/app; it said:\nfirst\nno such file$"),
        ("exit 1", 600, "ended with 1, in a clean copy of .*/app; it said:\nnothing$"),
        ("echo slow; exec sleep 60", 1, "did not end within 1 s, in a clean copy of .*/app; it said:\nslow$"),
        ("seq 100; false", 600, "it said:\n81\n82\n"),
    ],
)
def test_a_command_that_fails_is_told_with_the_end_of_what_it_said(source: Path, command: str, seconds: int, said: str) -> None:
    with pytest.raises(ValueError, match=f"(?s)^apps.hello.build: '{command[:4]}.*{said}"):
        built(source, build=command, build_seconds=seconds)
    assert not list((source.parent / "cache").glob("*"))


def test_a_command_that_does_not_make_what_is_included_is_told(source: Path) -> None:
    with pytest.raises(ValueError, match="^apps.hello.include: 'dist' matches no file of .*/app once 'true' has been run there;"):
        built(source, build="true", include=["dist"])


def test_a_build_has_nothing_of_ansible_s_in_its_environment() -> None:
    given = {
        "PATH": "/bin",
        "NPM_TOKEN": "x",
        "ANSIBLE_CONFIG": "x",
        "ANSIBLE_VAULT_PASSWORD_FILE": "x",
        "VIRTUAL_ENV": "x",
        "GIT_DIR": "x",
    }
    assert made.environment(given) == {"PATH": "/bin", "NPM_TOKEN": "x"}

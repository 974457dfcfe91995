"""The id of a release: nothing changed, the same; anything changed, another."""

import errno
import gzip
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle, packages
from ansible_collections.hostler.fleet.plugins.module_utils.build import cache as stored
from ansible_collections.hostler.fleet.plugins.module_utils.build import release as build_release
from tests.shared import built as built_with
from tests.shared.built import build
from tests.shared.samples import repository, write

Params = dict[str, Any]


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have the packages be built by a stand-in; return the list of what it built."""
    built: list[str] = []

    def build(lock: Path, target: packages.Target, archive: Path) -> None:
        archive.parent.mkdir(exist_ok=True)
        archive.write_bytes(gzip.compress(b""))
        built.append(target.tag)

    monkeypatch.setattr(packages, "build", build)
    return built


@pytest.fixture
def params(tmp_path: Path) -> Params:
    """Return what a small app is built from."""
    return {
        "source": str(write(tmp_path / "app", {"app.py": "app = 1\n", "requirements.txt": "gunicorn\n"})),
        "cache": tmp_path / "cache",
    }


def release(params: Params, **changes: Any) -> str:
    return build(**{**params, **changes}).release


def test_the_id_is_twelve_hex_digits(params: Params) -> None:
    assert re.fullmatch("[0-9a-f]{12}", release(params))


def test_nothing_changed_is_the_same_release_and_builds_nothing(params: Params, built: list[str]) -> None:
    first, again = build(**params), build(**params)
    assert again == replace(first, built=0)
    assert first.built == 2
    assert built == ["py3.13-x86_64-glibc2.41"]


def test_what_is_only_looked_at_is_the_same_release_and_leaves_nothing_of_the_app_s(params: Params) -> None:
    """Else each ``--check`` of a large app that was changed would fill the control node's disk."""
    seen = build(**params, sends=False)
    assert [path.name for path in Path(params["cache"]).iterdir()] == [Path(seen.packages[0]["archive"]).name]
    assert build(**params, sends=False) == replace(seen, built=1)
    made = build(**params)
    assert seen.sizes[seen.bundle] == [sum(file.stat().st_size for file in Path(params["source"]).iterdir())] * 2
    assert made == replace(seen, built=1, sizes=made.sizes)
    assert Path(made.bundle).exists()


class TestSecrets:
    """What of secrets is in an id: the name of their generation."""

    def test_no_value_has_a_part_in_it(self, params: Params) -> None:
        made = [release(params, secrets={"KEY_2": value}, generations=["g", ""]) for value in ("hunter2", "swordfish")]
        assert made[0] == made[1] != release(params)

    def test_another_generation_is_another_release(self, params: Params) -> None:
        secrets = {"KEY_2": "hunter2"}
        assert release(params, secrets=secrets, generations=["g"]) != release(params, secrets=secrets, generations=["h"])

    def test_what_no_host_has_is_a_new_generation_each_time(self, params: Params) -> None:
        made = [build(**params, secrets={"KEY_2": "hunter2"}, generations=["", ""]) for _ in range(2)]
        assert made[0].generation != made[1].generation
        assert "hunter2" not in str(made)

    def test_without_any_there_is_no_generation(self, params: Params) -> None:
        assert build(**params, generations=["g"]).generation == ""

    @pytest.mark.parametrize(
        ("secrets", "said"),
        [
            ({"KEY": "hunter2"}, "apps.hello.secrets: KEY stands in env too; leave it in one of them."),
            ({"PIN": 1234}, 'apps.hello.secrets: PIN is not a string but of the type int; quote it, such as PIN: "1".'),
            ({"SLOT": "x"}, "apps.hello.secrets: SLOT is set by Hostler; take another name."),
        ],
        ids=["twice", "a number", "ours"],
    )
    def test_what_is_wrong_is_said_without_the_value(self, params: Params, secrets: Params, said: str) -> None:
        with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
            build(**params, secrets=secrets)


@pytest.mark.parametrize(
    "changes",
    [
        {"cache": Path("other")},
        {"name": "other"},
        {"platforms": [{"python": "3.11", "machine": "x86_64", "glibc": "2.36"}]},
        {"env": {"KEY": "secret", "MESSAGE": "Hello"}},
        {"packages": ["libmagic1"]},
        {"memory": "1G"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_does_not_change_how_it_behaves_does_not_change_the_id(
    params: Params, changes: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert release(params, **changes) == release(params)


@pytest.mark.parametrize(
    "changes",
    [
        {"env": {"MESSAGE": "Hello", "KEY": "another"}},
        {"settings": "workers = 3\n"},
        {"health": "/ready"},
        {"domains": ["www.example.org"]},
        {"units": {"once/hello.report.service": "a"}},
        {"writable": ["/mnt/media"]},
    ],
    ids=["environment", "settings", "path of the check", "host of the check", "a job", "a folder to write to"],
)
def test_any_change_is_another_release(params: Params, changes: Params) -> None:
    assert release(params, **changes) != release(params)


@pytest.mark.parametrize("name", ["app.py", "requirements.txt", "new.py"])
def test_any_change_of_a_file_is_another_release(params: Params, name: str) -> None:
    before = release(params)
    write(Path(params["source"]), {name: "changed\n"})
    assert release(params) != before


def test_what_moves_from_one_part_to_another_is_another_release() -> None:
    assert build_release.release_id("a", "bc", "d", {}) != build_release.release_id("ab", "c", "d", {})


def test_archives_of_another_make_are_another_release_with_another_environment(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else hosts that have what was made before would differ from those that get it now."""
    before = build(**params)
    monkeypatch.setattr(build_release, "ARCHIVES", "next")
    after = build(**params)
    assert after.built == 2
    assert {before.release, before.lock, before.bundle}.isdisjoint({after.release, after.lock, after.bundle})


def test_where_the_same_job_runs_is_part_of_the_release(params: Params) -> None:
    assert release(params, units={"once/hello.report.service": "a"}) != release(params, units={"every/hello.report.service": "a"})


def test_each_kind_of_host_has_packages_of_its_own(params: Params) -> None:
    platforms = [{"python": python, "machine": "x86_64", "glibc": "2.41"} for python in ("3.11", "3.13")]
    archives = build(**params, platforms=platforms).packages
    assert [each["platform"] for each in archives] == platforms
    assert len({each["archive"] for each in archives}) == 2


def test_a_lock_that_git_ignores_is_refused(params: Params) -> None:
    write(Path(params["source"]), {".gitignore": "*.txt\n"})
    with pytest.raises(ValueError, match="^apps.hello.lock: git ignores .*/requirements.txt, so it would not be deployed"):
        release(params)


@pytest.mark.parametrize(
    ("files", "callable", "adds"),
    [
        (["src/shop/__init__.py"], "shop:app", {"PYTHONPATH": "src"}),
        (["src/shop/web.py"], "shop.web:app", {"PYTHONPATH": "src"}),
        (["src/shop.py"], "shop:make()", {"PYTHONPATH": "src"}),
        (["src/shop.py", "shop.py"], "shop:app", {}),
        (["src/shop.py", "shop/__init__.py"], "shop:app", {}),
        (["src/__init__.py", "src/shop.py"], "src.shop:app", {}),
        (["shop.py"], "shop:app", {}),
        ([], "shop:app", {}),
    ],
)
def test_an_app_below_src_is_found_there(params: Params, files: list[str], callable: str, adds: dict[str, str]) -> None:
    write(Path(params["source"]), dict.fromkeys(files, ""))
    found = build(**params, callable=callable)
    assert found.adds == adds
    assert (found.release == release(params, callable=callable, env={"PYTHONPATH": "src", **built_with.ENV})) == bool(adds)


def test_a_path_of_the_operator_s_stays(params: Params) -> None:
    write(Path(params["source"]), {"src/shop.py": ""})
    own = [release(params, callable="shop:app", env={"PYTHONPATH": path}) for path in ("lib", "lib:src")]
    assert own[0] != own[1]


def test_a_second_build_is_idle_after_the_developer_has_run_the_app(params: Params) -> None:
    before = release(params)
    write(Path(params["source"]), {"__pycache__/app.pyc": "x", "db.sqlite3": "x", ".venv/bin/python": "x", ".env": "KEY=hunter2"})
    assert release(params) == before


def test_what_cannot_go_to_a_host_is_refused_by_its_place(params: Params) -> None:
    (Path(params["source"]) / "media").symlink_to("/mnt/media")
    with pytest.raises(ValueError, match="^apps.hello.source: in .*/app, the link media leads to /mnt/media, a place of this machine; put"):
        release(params)


def test_what_git_tracks_though_it_looks_private_is_told(params: Params) -> None:
    private = {".env": "x", "a/db.sqlite3": "x", "node_modules/a.js": "x", "node_modules/b.js": "x"}
    repository(write(Path(params["source"]), private))
    [warning] = build(**params).warnings
    assert warning.startswith("apps.hello.source: git tracks .env, a/db.sqlite3, node_modules/a.js and 1 more, so that goes along, though")


def test_an_app_that_is_large_is_told(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    assert build(**params).warnings == []
    monkeypatch.setattr(build_release, "LARGE", 2 * build_release.MB)
    with (Path(params["source"]) / "film.mp4").open("wb") as film:
        film.truncate(3 * build_release.MB)
    [warning] = build(**params).warnings
    assert warning.startswith("apps.hello.source: its files have 3 MB, 3 MB of them film.mp4; each web host is sent all of them")


def test_a_static_folder_without_a_file_to_deploy_is_refused(params: Params) -> None:
    said = (
        "^apps.hello.static: .*/app/static has no file that would be deployed; fill it, as with Django's 'python manage.py collectstatic'"
    )
    with pytest.raises(ValueError, match=said):
        release(params, static=["static"])
    write(Path(params["source"]), {".gitignore": "static/\n", "static/page.css": "", "assets/deep/page.css": ""})
    with pytest.raises(ValueError, match=said):
        release(params, static=["static"])
    assert release(params, static=["assets", "assets/deep/"])


def test_every_refusal_names_the_variable(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="^apps.hello.env: A is not a string .*\napps.hello.env: SLOT is "):
        release(params, env={"A": 1, "SLOT": "x"})

    def refuse(*_: Any) -> None:
        raise ValueError("it has no gunicorn")

    monkeypatch.setattr(packages, "build", refuse)
    with pytest.raises(ValueError, match="^apps.hello.lock: .*/requirements.txt: it has no gunicorn"):
        release(params)


def unreadable(*_: Any) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/srv/app/private.py")


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/cache/one.tar.gz")


def full_without_a_name(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def no_program(*_: Any, **__: Any) -> None:
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "git")


def no_file(*_: Any, **__: Any) -> None:
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), Path("/srv/app/gone.py"))


def read_only(*_: Any) -> None:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), "/cache/old.tar.gz")


def no_temporary_folder(*_: Any, **__: Any) -> None:
    """As ``tempfile`` does on a full disk."""
    raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")


SEE = "see to that on the control node, then run this again."


@pytest.mark.parametrize(
    ("place", "fail", "said"),
    [
        ((build_release, "digest"), unreadable, f"/srv/app/private.py: Permission denied; {SEE}"),
        ((bundle, "pack"), full, f"/cache/one.tar.gz: No space left on device; {SEE}"),
        ((packages, "build"), full_without_a_name, f"a file: No space left on device; {SEE}"),
        ((bundle, "files"), no_program, "the program 'git' is missing on the control node; install it."),
        ((packages, "build"), no_temporary_folder, f"a file: No usable temporary directory found in ['/tmp']; {SEE}"),
        ((bundle, "files"), no_file, f"/srv/app/gone.py: No such file or directory; {SEE}"),
        ((stored, "expire"), read_only, f"/cache/old.tar.gz: Read-only file system; {SEE}"),
    ],
    ids=["unreadable", "full disk", "full disk, unnamed", "missing program", "no temporary folder", "missing file", "read-only"],
)
def test_what_keeps_the_control_node_from_building_is_one_sentence(
    params: Params, place: tuple[Any, str], fail: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*place, fail)
    with pytest.raises(ValueError, match=f"^{re.escape(f'apps.hello: {said}')}$"):
        release(params)


def test_a_program_that_is_missing_is_named_wherever_it_would_be_run(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ValueError, match="^apps.hello: the program 'git' is missing on the control node; install it.$"):
        release(params)


def test_a_program_that_fails_is_told_with_what_it_said(params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the repository of a folder is broken."""
    write(tmp_path / "bin", {"git": "#!/bin/sh\necho 'fatal: no memory' >&2\nexit 128\n"})
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    with pytest.raises(ValueError, match="^apps.hello.source: 'git .*' failed: fatal: no memory$"):
        release(params)

"""The id of a release: nothing changed, the same; anything changed, another."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.hostler_release import packages

from roles.release.library import build_release
from tests.samples import write

Params = dict[str, Any]


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have the packages be built by a stand-in; return the list of what it built."""
    built: list[str] = []

    def build(lock: Path, target: packages.Target, archive: Path) -> None:
        archive.parent.mkdir(exist_ok=True)
        archive.touch()
        built.append(target.tag)

    monkeypatch.setattr(packages, "build", build)
    return built


@pytest.fixture
def params(tmp_path: Path) -> Params:
    """Return the module's parameters for a small app."""
    return {
        "name": "hello",
        "source": str(write(tmp_path / "app", {"app.py": "app = 1\n", "requirements.txt": "gunicorn\n"})),
        "repository": "",
        "ref": "HEAD",
        "lock": "requirements.txt",
        "env": json.dumps({"MESSAGE": "Hello", "KEY": "secret"}),
        "secrets": "{}",
        "generations": [],
        "settings": "workers = 2\n",
        "check": {"path": "/status", "host": "localhost"},
        "units": {},
        "static": [],
        "platforms": [{"python": "3.13", "machine": "x86_64", "glibc": "2.41"}],
        "cache": str(tmp_path / "cache"),
    }


def release(params: Params, **changes: Any) -> str:
    return str(build_release.build({**params, **changes})["release"])


def test_the_id_is_twelve_hex_digits(params: Params) -> None:
    assert re.fullmatch("[0-9a-f]{12}", release(params))


def test_nothing_changed_is_the_same_release_and_builds_nothing(params: Params, built: list[str]) -> None:
    first, again = build_release.build(params), build_release.build(params)
    assert again == {**first, "built": 0}
    assert first["built"] == 2
    assert built == ["py3.13-x86_64-glibc2.41"]


class TestSecrets:
    """What of secrets is in an id: the name of their generation."""

    def test_no_value_has_a_part_in_it(self, params: Params) -> None:
        made = [release(params, secrets=json.dumps({"KEY_2": value}), generations=["g", ""]) for value in ("hunter2", "swordfish")]
        assert made[0] == made[1] != release(params)

    def test_another_generation_is_another_release(self, params: Params) -> None:
        secrets = json.dumps({"KEY_2": "hunter2"})
        assert release(params, secrets=secrets, generations=["g"]) != release(params, secrets=secrets, generations=["h"])

    def test_what_no_host_has_is_a_new_generation_each_time(self, params: Params) -> None:
        built = [build_release.build({**params, "secrets": '{"KEY_2": "hunter2"}', "generations": ["", ""]}) for _ in range(2)]
        assert built[0]["generation"] != built[1]["generation"]
        assert "hunter2" not in str(built)

    def test_without_any_there_is_no_generation(self, params: Params) -> None:
        assert build_release.build({**params, "generations": ["g"]})["generation"] == ""

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
            build_release.build({**params, "secrets": json.dumps(secrets)})


@pytest.mark.parametrize(
    "changes",
    [
        {"cache": "other"},
        {"name": "other"},
        {"platforms": [{"python": "3.11", "machine": "x86_64", "glibc": "2.36"}]},
        {"env": json.dumps({"KEY": "secret", "MESSAGE": "Hello"})},
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
        {"env": json.dumps({"MESSAGE": "Hello", "KEY": "another"})},
        {"settings": "workers = 3\n"},
        {"check": {"path": "/ready", "host": "localhost"}},
        {"check": {"path": "/status", "host": "www.example.org"}},
        {"units": {"once/hello.report.service": "a"}},
    ],
    ids=["environment", "settings", "path of the check", "host of the check", "a job"],
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


def test_where_the_same_job_runs_is_part_of_the_release(params: Params) -> None:
    assert release(params, units={"once/hello.report.service": "a"}) != release(params, units={"every/hello.report.service": "a"})


def test_each_kind_of_host_has_packages_of_its_own(params: Params) -> None:
    platforms = [{"python": python, "machine": "x86_64", "glibc": "2.41"} for python in ("3.11", "3.13")]
    archives = build_release.build({**params, "platforms": platforms})["packages"]
    assert [each["platform"] for each in archives] == platforms
    assert len({each["archive"] for each in archives}) == 2


def test_a_lock_that_git_ignores_is_refused(params: Params) -> None:
    write(Path(params["source"]), {".gitignore": "*.txt\n"})
    with pytest.raises(ValueError, match="^apps.hello.lock: git ignores .*/requirements.txt, so it would not be deployed"):
        release(params)


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
        release(params, env='{"A": 1, "SLOT": "x"}')

    def refuse(*_: Any) -> None:
        raise ValueError("it has no gunicorn")

    monkeypatch.setattr(packages, "build", refuse)
    with pytest.raises(ValueError, match="^apps.hello.lock: .*/requirements.txt: it has no gunicorn"):
        release(params)

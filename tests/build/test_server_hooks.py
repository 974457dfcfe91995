"""What the build says of an app's own configuration of Gunicorn."""

from importlib import import_module
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import server_hooks
from tests.shared.samples import app, write

FORK = "def post_fork(server, worker):\n    workers = 1\n"


def said(folder: Path, text: str, **keys: str) -> list[str]:
    """Return what is said of an app with this configuration."""
    write(folder, {"gunicorn.conf.py": text, "app.py": ""})
    return list(server_hooks.warnings(app(**keys), folder, [Path("app.py"), Path("gunicorn.conf.py")]))


def test_each_setting_of_gunicorn_is_known_for_what_it_is() -> None:
    known = import_module("gunicorn.config").KNOWN_SETTINGS
    hooks = {setting.name for setting in known if setting.section == "Server Hooks"}
    assert set(server_hooks.HOOKS) == hooks - {"ssl_context"}
    assert {setting.name for setting in known} == {*server_hooks.HOOKS, *server_hooks.SETTINGS}


def test_a_file_that_nobody_named_is_told_of(tmp_path: Path) -> None:
    [line] = said(tmp_path, FORK)
    assert line.startswith("apps.hello.source: its gunicorn.conf.py is not read, ")
    assert line.endswith("say 'gunicorn_hooks: gunicorn.conf.py'.")
    assert list(server_hooks.warnings(app(), tmp_path, [Path("app.py"), Path("more/gunicorn.conf.py")])) == []


@pytest.mark.parametrize("text", [FORK, "from shop.hooks import worker_exit\n", "from shop.hooks import *\n", "on_exit = print\n", "f'{'"])
def test_hooks_alone_are_nothing_to_be_told_of(text: str, tmp_path: Path) -> None:
    assert said(tmp_path, text, gunicorn_hooks="gunicorn.conf.py") == []


def test_settings_are_told_by_name_wherever_they_are_given(tmp_path: Path) -> None:
    text = f"{FORK}workers: int = 4\nif workers:\n    bind, threads = ':80', 2\n"
    text += "else:\n    try:\n        pass\n    except OSError:\n        user = 1\n"
    [line] = said(tmp_path, text, gunicorn_hooks="gunicorn.conf.py")
    assert line.startswith("apps.hello.gunicorn_hooks: of gunicorn.conf.py, bind, threads, user, workers are not heeded, only hooks are; ")


def test_a_file_without_hooks_is_told_of(tmp_path: Path) -> None:
    [line] = said(tmp_path, "def fork(): ...\n", gunicorn_hooks="gunicorn.conf.py")
    assert line.startswith("apps.hello.gunicorn_hooks: gunicorn.conf.py has none of Gunicorn's hooks, which are on_starting, ")


def test_a_file_that_is_not_deployed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^gunicorn_hooks: .*/none.py is no file that would be deployed; "):
        said(tmp_path, "", gunicorn_hooks="none.py")

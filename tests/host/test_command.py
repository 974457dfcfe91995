"""A command of the app, run once as the app itself runs: by a ``systemd-run`` that notes how it was called, and runs it."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import layout, secrets, state
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.modules import run_command
from tests.shared.rendered import TEXTS
from tests.shared.samples import app as inventory_app
from tests.shared.samples import run_module, write

PROGRAM = """#!/bin/sh
printf '%s\\n' "$@" >{folder}/called
while [ "$1" != /bin/sh ]; do shift; done
exec "$@"
"""


@pytest.fixture
def called(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file with what ``systemd-run`` was called with, a line each."""
    monkeypatch.setattr(layout, "SYSTEM", write(tmp_path / "system", {"hello@.service": TEXTS.slots(inventory_app())}))
    (write(tmp_path, {"bin/systemd-run": PROGRAM.format(folder=tmp_path)}) / "bin/systemd-run").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return tmp_path / "called"


def command(monkeypatch: pytest.MonkeyPatch, line: str, **more: Any) -> dict[str, Any]:
    """Run a command in the release that is in the slot green."""
    return run_module(run_command, monkeypatch, name="hello", slot="green", command=line, seconds=30, **more)


def test_it_runs_as_the_app_does(app: App, called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert command(monkeypatch, "echo one; echo two >&2") == {"failed": False, "changed": True, "stdout": "one\ntwo", "code": 0}
    options = called.read_text().splitlines()
    slot = app.slot("green")
    assert options[:3] == ["--pipe", "--wait", "--property=RuntimeMaxSec=30"]
    assert {f"--property={item}" for item in ("User=hello", f"WorkingDirectory={slot}/app", f"EnvironmentFile={slot}/environment")} < {
        *options
    }
    assert options[-3:] == ["/bin/sh", "-c", "echo one; echo two >&2"]


def test_variables_are_the_shell_s_and_not_systemd_s(called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command(monkeypatch, "echo $HOME")
    assert called.read_text().splitlines()[-1] == "echo $$HOME"


def test_where_it_has_to_end_well_a_code_is_a_failure_with_the_end_of_what_it_said(called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = command(monkeypatch, "echo begin; seq 5000; exit 3")
    assert result["failed"]
    assert result["msg"].startswith("hello: 'echo begin; seq 5000; exit 3' ended with 3, or took more than 30 s. It said:\n")
    assert "begin" not in result["msg"].partition("It said:")[2]


def test_a_release_command_has_limits_in_the_database_where_the_app_has_none(called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As variables of the unit, over which systemd puts those of files; and no statement outlives the command."""
    command(monkeypatch, "true", lock_seconds=2)
    options = called.read_text().splitlines()
    assert "--setenv=PGOPTIONS=-c lock_timeout=2000 -c statement_timeout=30000" in options
    assert [item for item in options if item.startswith("--property=EnvironmentFile=")]
    assert not [item for item in options if "PGOPTIONS" in item and item.startswith("--property")]


@pytest.mark.parametrize("more", [{}, {"any_code": True}, {"judges": "a"}])
def test_any_other_command_has_none(called: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]) -> None:
    command(monkeypatch, "true", **more)
    assert "PGOPTIONS" not in called.read_text()


@pytest.mark.parametrize(
    ("tried", "said", "lacked", "told"),
    [
        (0, "no table", False, "ended with 3, or took more than 30 s."),
        (2, "no table", False, "ended with 3, or took more than 30 s, in its try 3."),
        (0, "deadlock detected", True, "ended with 3, for it did not get a lock of the database."),
        (4, "deadlock detected", True, "ended with 3, for it did not get a lock of the database, in 5 tries."),
    ],
)
def test_a_failure_for_a_lock_is_told_as_such(
    called: Path, monkeypatch: pytest.MonkeyPatch, tried: int, said: str, lacked: bool, told: str
) -> None:
    """Also where what it said of that is cut off."""
    line = f"echo '{said}'; seq 5000; exit 3"
    result = command(monkeypatch, line, lock_seconds=1, tried=tried)
    assert (result["lacked_lock"], "borne" in result) == (lacked, False)
    assert result["msg"].partition(" It said:\n")[0] == f"hello: '{line}' {told}"


def test_of_one_that_asks_what_is_live_a_failure_is_that_it_does_not_bear_it(called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = command(monkeypatch, "echo no x; exit 4", judges="a")
    assert (result["failed"], result["borne"]) == (True, False)
    assert result["msg"] == (
        "hello: the release a, which is live, does not bear what the release command did: 'echo no x; exit 4', run in it, ended with 4, "
        "or took more than 30 s. It said:\nno x"
    )


def test_what_comes_up_on_one_host_of_several_is_told(app: App, called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But not what was there, what is hidden, such as a cache, or what each host gets. A database that was only opened before is empty."""
    monkeypatch.setattr(layout, "STATE", tmp_path / "lib")
    folder = write(tmp_path / "lib/hello", {"old": "x", "flaskr.sqlite": ""})
    line = f"cd {folder}; mkdir -p .cache media; touch empty; echo x | tee -a old .rnd .cache/x"
    assert "warnings" not in command(monkeypatch, line, only="web1")
    assert "warnings" not in command(monkeypatch, f"{line} a.sqlite3")
    result = command(monkeypatch, f"{line} flaskr.sqlite media/one two three four", only="web1")
    assert result["code"] == 0
    [warning] = result["warnings"]
    assert f"ran on web1 alone, and flaskr.sqlite, four, media/one and 2 more came up there in {folder}. If the other" in warning
    assert "'release_command_once: false'" in warning


def test_a_folder_of_very_many_files_is_not_looked_through(app: App, called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "STATE", tmp_path / "lib")
    monkeypatch.setattr(state, "MOST", 2)
    folder = write(tmp_path / "lib/hello", {"1": "", "2": "", "3": ""})
    assert "warnings" not in command(monkeypatch, f"touch {folder}/new", only="web1")


def test_where_any_code_is_an_answer_all_that_it_printed_comes_back_with_it(called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = command(monkeypatch, "echo begin; seq 5000; exit 3", any_code=True)
    assert (result["failed"], result["code"]) == (False, 3)
    assert result["stdout"].splitlines() == ["begin", *(str(number) for number in range(1, 5001))]


def test_secrets_are_masked_in_all_of_it(app: App, called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "values", lambda release: {"KEY": "hunter2hunter2"})
    assert command(monkeypatch, "echo hunter2hunter2; false", any_code=True)["stdout"] == "********"


def test_in_check_mode_nothing_runs_and_the_line_for_a_terminal_is_told(app: App, called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = command(monkeypatch, "flask shell 'x'", check=True)
    assert not called.exists()
    line = shlex.split(result["line"])
    assert line[:2] == ["systemd-run", "--pty"]
    assert line[-3:] == ["/bin/sh", "-c", "flask shell 'x'"]
    assert not [item for item in line if "RuntimeMaxSec" in item]
    assert "--property=User=hello" in line


def test_a_host_that_does_not_say_how_the_app_runs_is_told_of_also_in_check_mode(
    called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "SYSTEM", tmp_path / "none")
    for check in (False, True):
        assert command(monkeypatch, "true", check=check)["msg"].endswith("does not say how hello runs; run site.yml.")
    assert not called.exists()


def test_one_that_systemd_does_not_end_in_time_is_a_failure(app: App, called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise Failed("'systemd-run' did not end within 60 s")

    monkeypatch.setattr(layout, "run", hang)
    assert command(monkeypatch, "true", any_code=True) == {"failed": True, "msg": "'systemd-run' did not end within 60 s"}

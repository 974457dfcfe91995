"""Commands of the operator's before and after a deploy: what they are told, and what a failure of one does."""

import time
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from roles.release.action_plugins import run_hook
from tests.samples import action, app

FACTS = {"app": "hello", "verb": "deploy", "release": "aaaaaaaaaaaa", "from": "", "why": 'it\'s down; "so"\nand so'}


def hook(folder: Path, command: str, **changes: Any) -> dict[str, Any]:
    """Run a hook; return the action's result."""
    args = {"command": command, "folder": str(folder), "facts": FACTS, "optional": False, **changes}
    return action(run_hook.ActionModule, **args).run()


def test_an_app_has_none_unless_it_says_so() -> None:
    assert app()["hooks"] == {"before": "", "after": ""}
    assert app(hooks={"after": "true"})["hooks"] == {"before": "", "after": "true"}


def test_it_is_told_of_the_release_in_the_folder_of_sources(tmp_path: Path) -> None:
    said = hook(tmp_path, 'echo "$PWD|$HOSTLER_APP|$HOSTLER_FROM|$HOSTLER_RESULT|$HOSTLER_WHY"; env | grep -c ^HOSTLER_')["stdout"]
    assert said == f"{tmp_path}|hello|||{FACTS['why']}\n10"


def test_it_gets_of_the_run_s_environment_only_what_is_meant_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app's secret may have come by a variable of the run."""
    for name in ("SHOP_SECRET_KEY", "HOOK_URL", "MY_HOOK_URL", "HOSTLER_RELEASE"):
        monkeypatch.setenv(name, "s3cret")
    said = hook(tmp_path, "env | grep s3cret; test -n $PATH && echo $HOSTLER_RELEASE")["stdout"]
    assert said.splitlines() == ["HOOK_URL=s3cret", "aaaaaaaaaaaa"]


@pytest.mark.parametrize(
    ("command", "wrong"),
    [("echo frozen; exit 3", "ended with 3. It said:\nfrozen"), ("no-such-program", "ended with 127. It said:\n/bin/sh: ")],
)
def test_one_that_fails_ends_the_run_or_is_a_warning(command: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail) as failed:
        hook(tmp_path, command)
    assert str(failed.value).startswith(f"The hook '{command}' {wrong}")
    assert str(failed.value).endswith("\nNothing of the app was changed.")
    [warning] = hook(tmp_path, command, optional=True)["warnings"]
    assert warning.startswith(f"The hook '{command}' {wrong}")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail, match="cannot be run: .*No such file or directory"):
        hook(tmp_path / "none", "true")


def test_one_that_hangs_is_ended_with_all_that_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_hook, "SECONDS", 0.3)
    began = time.monotonic()
    [warning] = hook(tmp_path, "echo begun; (sleep 2; touch late) & wait", optional=True)["warnings"]
    assert "did not end within 0.3 s. It said:\nbegun" in warning
    time.sleep(max(0.0, began + 2.5 - time.monotonic()))
    assert list(tmp_path.iterdir()) == []


def test_what_it_leaves_in_the_background_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_hook, "SECONDS", 1)
    assert hook(tmp_path, "sleep 2 & echo done")["stdout"] == "done"

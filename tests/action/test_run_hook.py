"""Commands of the operator's before and after a deploy: what a failure of one does."""

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.hostler.fleet.plugins.action import run_hook
from ansible_collections.hostler.fleet.plugins.module_utils import hook
from ansible_collections.hostler.fleet.plugins.module_utils.model import Hooks
from tests.shared.samples import action, app

FACTS = {"app": "hello", "verb": "deploy", "release": "aaaaaaaaaaaa", "from": "", "why": "it's down"}


def run_it(folder: Path, command: str, check: bool = False, **changes: Any) -> dict[str, Any]:
    """Run a hook; return the action's result."""
    args = {"command": command, "folder": str(folder), "facts": FACTS, **changes}
    return action(run_hook.ActionModule, check, **args).run()


def test_an_app_has_none_unless_it_says_so() -> None:
    assert app().hooks == Hooks("", "")
    assert app(hooks={"after": "true"}).hooks == Hooks("", "true")


def test_it_is_told_of_the_release_and_gets_of_the_run_s_environment_only_what_is_meant_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app's secret may have come by a variable of the run."""
    for name in ("SHOP_SECRET_KEY", "HOOK_URL", "MY_HOOK_URL", "HOSTLER_RELEASE"):
        monkeypatch.setenv(name, "s3cret")
    said = run_it(tmp_path, "env | grep s3cret; test -n $PATH && echo $HOSTLER_RELEASE")["stdout"]
    assert said.splitlines() == ["HOOK_URL=s3cret", "aaaaaaaaaaaa"]


@pytest.mark.parametrize(
    ("command", "wrong"),
    [("echo frozen; exit 3", "ended with 3. It said:\nfrozen"), ("no-such-program", "ended with 127. It said:\n/bin/sh: ")],
)
def test_one_that_fails_ends_the_run_or_is_a_warning(command: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail) as failed:
        run_it(tmp_path, command)
    assert str(failed.value).startswith(f"The hook '{command}' {wrong}")
    assert str(failed.value).endswith("\nNothing of the app was changed.")
    [warning] = run_it(tmp_path, command, optional=True)["warnings"]
    assert warning.startswith(f"The hook '{command}' {wrong}")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail, match="cannot be run: .*No such file or directory"):
        run_it(tmp_path / "none", "true")


def test_one_that_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "SECONDS", 0.3)
    [warning] = run_it(tmp_path, "echo begun; sleep 60", optional=True)["warnings"]
    assert "did not end within 0.3 s. It said:\nbegun" in warning


def test_in_check_mode_it_is_not_run(tmp_path: Path) -> None:
    assert run_it(tmp_path, "touch ran", check=True)["skipped"]
    assert list(tmp_path.iterdir()) == []

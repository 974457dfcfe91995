"""What several tests begin with."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, TypeVar

import pytest
import yaml
from ansible.plugins.action import ActionBase

from ansible_collections.hostler.fleet.plugins.module_utils import inventory
from ansible_collections.hostler.fleet.plugins.module_utils.model import App
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts
from ansible_collections.hostler.fleet.plugins.modules import check_fleet

ROOT = Path(__file__).parents[2]


SPEC = yaml.safe_load(check_fleet.DOCUMENTATION)["options"]["apps"]


def complete(apps: Any) -> list[App]:
    """Return apps as an inventory has them, completed."""
    return inventory.complete(apps, SPEC)


def app(**changes: Any) -> App:
    """Return an app that is good but for `changes`, completed as ``check_fleet`` does it."""
    [completed] = complete([{"name": "hello", "source": ".", "default": True, **changes}])
    return completed


# What the action ``start_slot`` gets for a release that was built, and a web host that has all of it
STAGE: dict[str, Any] = {
    "name": "hello",
    "release": "a",
    "host": {"platform": "here", "apps": {"hello": Parts(whole=["a"], venvs=["l-python3.11"]).json()}},
    "stage": {
        "lock": "l",
        "keep": 5,
        "planned": 1000,
        "bundle": "/cache/bundle",
        "packages": [{"platform": "elsewhere", "archive": "/cache/elsewhere"}, {"platform": "here", "archive": "/cache/here"}],
    },
}


class Ended(SystemExit):
    """How a module ends: with its result."""

    def __init__(self, **result: Any) -> None:
        """Take the result."""
        super().__init__()
        self.result = result


def run_module(module: ModuleType, monkeypatch: pytest.MonkeyPatch, check: bool = False, **params: Any) -> dict[str, Any]:
    """Run a module's ``main`` here, with options that are good already; return its result, with ``warnings`` if there are any."""
    warnings: list[str] = []

    def fail(msg: str, **result: Any) -> None:
        raise Ended(failed=True, msg=msg, **result)

    def end(**result: Any) -> None:
        raise Ended(failed=False, **result)

    def make(spec: dict[str, dict[str, Any]], **_: Any) -> SimpleNamespace:
        assert set(params) <= set(spec)
        given = {name: params[name] if option.get("required") else params.get(name, option.get("default")) for name, option in spec.items()}
        return SimpleNamespace(params=given, check_mode=check, exit_json=end, fail_json=fail, warn=warnings.append)

    monkeypatch.setattr(module, "AnsibleModule", make)
    with pytest.raises(Ended) as ended:
        module.main()
    result: dict[str, Any] = ended.value.result
    return {**result, "warnings": warnings} if warnings else result


Action = TypeVar("Action", bound=ActionBase)


def action(kind: type[Action], check: bool = False, **args: Any) -> Action:
    """Return an action with these arguments, and a connection that leads nowhere."""
    task = SimpleNamespace(action=kind.__module__.rpartition(".")[2], args=args, check_mode=check, async_val=0)
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None, join_path=os.path.join))
    return kind(task, connection, None, None, None)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files, by their names below a folder; return the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def git(folder: Path, *command: str) -> str:
    """Run git as the author of a repository would; return what it prints."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always"]
    return subprocess.run(["git", *identity, *command], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def repository(folder: Path) -> Path:
    """Make a folder a repository with one commit, on the branch main; return the folder."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Start")
    return folder

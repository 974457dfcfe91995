"""Commands of the operator's before and after a deploy: what they are told, and how long they may take."""

import time
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import hook

FACTS = {"app": "hello", "verb": "deploy", "release": "aaaaaaaaaaaa", "from": "", "why": 'it\'s down; "so"\nand so', "requests": 7}
BASE = {"PATH": "/usr/bin:/bin"}


def run_it(folder: Path, command: str, seconds: float = 60) -> tuple[str, str]:
    """Run a hook; return what is wrong and what it printed."""
    return hook.run(command, str(folder), hook.environment(FACTS, BASE), seconds)


def test_it_is_told_of_the_release_in_the_folder_of_sources(tmp_path: Path) -> None:
    said = run_it(tmp_path, 'echo "$PWD|$HOSTLER_APP|$HOSTLER_FROM|$HOSTLER_RESULT|$HOSTLER_WHY"; env | grep -c ^HOSTLER_')
    assert said == ("", f"{tmp_path}|hello|||{FACTS['why']}\n10")


def test_it_gets_of_the_run_s_environment_only_what_is_meant_for_it() -> None:
    """An app's secret may have come by a variable of the run."""
    kept = {**BASE, "HOME": "/root", "LC_ALL": "C", "HOOK_URL": "https://chat.example"}
    others = {"SHOP_SECRET_KEY": "s3cret", "MY_HOOK_URL": "s3cret", "HOSTLER_RELEASE": "s3cret", "ANSIBLE_CONFIG": "s3cret"}
    found = hook.environment(FACTS, {**kept, **others})
    assert "s3cret" not in found.values()
    assert {name: value for name, value in found.items() if not name.startswith("HOSTLER_")} == kept


def test_what_no_environment_can_hold_is_left_out() -> None:
    assert hook.environment({"why": "it\0failed"}, {})["HOSTLER_WHY"] == "itfailed"


@pytest.mark.parametrize(("command", "wrong"), [("true", ""), ("exit 3", "ended with 3"), ("no-such-program", "ended with 127")])
def test_how_it_ended_is_told(command: str, wrong: str, tmp_path: Path) -> None:
    assert run_it(tmp_path, command)[0] == wrong


def test_only_the_end_of_what_it_printed_is_told(tmp_path: Path) -> None:
    said = run_it(tmp_path, "seq 9999; echo wrong >&2")[1]
    assert said.endswith("\n9999\nwrong")
    assert len(said) <= 3000


def test_one_that_hangs_is_ended_with_all_that_it_began(tmp_path: Path) -> None:
    began = time.monotonic()
    assert run_it(tmp_path, "echo begun; (sleep 2; touch late) & wait", 0.3) == ("did not end within 0.3 s", "begun")
    time.sleep(max(0.0, began + 2.5 - time.monotonic()))
    assert list(tmp_path.iterdir()) == []


def test_what_it_leaves_in_the_background_is_not_waited_for(tmp_path: Path) -> None:
    assert run_it(tmp_path, "sleep 2 & echo done", 1) == ("", "done")

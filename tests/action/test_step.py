"""A host that is lost in a deploy is a failure like any other: Ansible's own 'unreachable' would leave it out of what is put back."""

from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.hostler.fleet.plugins.action import start_slot, step
from tests.shared.samples import STAGE, action

SAID = {"changed": False, "needs": ["bundle"]}


def lose(*_: object, **__: object) -> None:
    """Lose the host."""
    raise AnsibleConnectionFailure("no route to host")


@pytest.mark.parametrize("lost_in", ["_execute_module", "_make_tmp_path", "_transfer_file", "_remove_tmp_path"])
@pytest.mark.parametrize(("kind", "args"), [(step.ActionModule, {}), (start_slot.ActionModule, STAGE)], ids=["step", "start_slot"])
def test_a_host_that_is_lost_on_the_way_has_failed(
    kind: type[ActionBase], args: dict[str, Any], lost_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: dict[str, Callable[..., Any]] = {
        "_execute_module": lambda *_, **__: SAID,
        "_make_tmp_path": lambda *_: "/tmp/x",
        "_transfer_file": lambda *_: "/tmp/x/b",
        "_remove_tmp_path": lambda *_: None,
    }
    for method, answer in {**answers, lost_in: lose}.items():
        monkeypatch.setattr(kind, method, answer)
    made = action(kind, **args)
    made._connection._shell.tmpdir = "/tmp/x"
    result = made.run()
    if kind is step.ActionModule and lost_in != "_execute_module":
        assert result == SAID  # it sends no files
    else:
        assert result == {"failed": True, "msg": "The host cannot be reached: no route to host"}
        assert made._connection._shell.tmpdir is None  # else Ansible goes there to remove it, and calls the host unreachable after all


def test_the_module_is_the_one_of_the_task_with_the_task_s_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """One action does for all modules that are sent to it."""
    asked: list[Any] = []

    def execute(_: ActionBase, name: str, args: dict[str, Any], **more: Any) -> dict[str, Any]:
        asked.append((name, args, more))
        return SAID

    monkeypatch.setattr(step.ActionModule, "_execute_module", execute)
    made = action(step.ActionModule, release="a")
    made._task.action = "hostler.fleet.gate_slot"
    assert made.run(task_vars={"x": 1}) == SAID
    assert asked == [("hostler.fleet.gate_slot", {"release": "a"}, {"task_vars": {"x": 1}})]

"""The tasks of a deploy, and what the plan and the modules have for them: one misspelt name would be found only by the run."""

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.action.step import ActionModule as Step
from tests.shared.planned import WORKERS, Fleet
from tests.shared.samples import ROOT

COLLECTION = ROOT / "ansible_collections/hostler/fleet"
PACKAGE = "ansible_collections.hostler.fleet.plugins"
OURS = "hostler.fleet."
# What actions take beside their modules' options
MORE = {"start_slot": {"host"}, "watch_slot": {"alone"}}
Task = dict[str, Any]


def within(items: list[Task]) -> Iterator[Task]:
    """Yield tasks, and those inside of blocks."""
    for item in items:
        yield item
        for part in ("block", "rescue", "always"):
            yield from within(item.get(part, []))


TASKS = [
    (path.stem, name.removeprefix(OURS), task)
    for path in sorted((ROOT / "roles/deploy/tasks").glob("*.yml"))
    for task in within(yaml.safe_load(path.read_text(encoding="utf-8")))
    for name in task
    if name.startswith(OURS)
]
ROUTES = yaml.safe_load((COLLECTION / "meta/runtime.yml").read_text(encoding="utf-8"))["plugin_routing"]["modules"]
IDS = [f"{file}: {task['name'].rpartition('| ')[2]}" for file, _, task in TASKS]
STEP = Fleet("a", workers=WORKERS).step("deploy", "b")


def action_of(name: str) -> type[Any]:
    """Return the action by which a module of ours is run."""
    if name in ROUTES:
        routed = ROUTES[name]["action_plugin"]
        assert routed.startswith(OURS)
        name = routed.removeprefix(OURS)
    kind: type[Any] = importlib.import_module(f"{PACKAGE}.action.{name}").ActionModule
    return kind


def of_module(name: str) -> dict[str, Any]:
    """Return the options of a module; none where there is an action alone."""
    if not (COLLECTION / f"plugins/modules/{name}.py").exists():
        return {}
    options: dict[str, Any] = json.loads(importlib.import_module(f"{PACKAGE}.modules.{name}").DOCUMENTATION)["options"]
    return options


def names(task: Task, part: str) -> set[str]:
    """Return which of a step's `on` or `options` a task names."""
    said = json.dumps({key: value for key, value in task.items() if key not in ("block", "rescue", "always")})
    return set(re.findall(rf"\bstep\.{part}\.(\w+)", said))


def test_there_are_tasks_to_look_at() -> None:
    """A rule that looks at nothing holds always."""
    assert len(TASKS) >= 20
    assert len({name for _, name, _ in TASKS if of_module(name)}) >= 10


@pytest.mark.parametrize("name", sorted({name for _, name, _ in TASKS}))
def test_every_step_of_a_deploy_goes_by_an_action_that_knows_lost_hosts(name: str) -> None:
    """Ansible's own 'unreachable' would end the play at once, with nothing put back and the lock still held.

    What is decided on the control node reaches no host.
    """
    kind = action_of(name)
    assert issubclass(kind, Step) != issubclass(kind, Decision)
    assert issubclass(kind, Step) == bool(of_module(name))
    assert "run" not in vars(kind) or kind is Step  # in which a lost host is caught


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_every_route_leads_from_a_module_to_an_action(name: str) -> None:
    assert of_module(name) or (COLLECTION / f"plugins/modules/{name}.py").exists()
    assert issubclass(action_of(name), Step)
    # An action of the module's own name would come first
    assert not (COLLECTION / f"plugins/action/{name}.py").exists()


@pytest.mark.parametrize(("name", "task"), [(name, task) for _, name, task in TASKS], ids=IDS)
def test_a_module_gets_the_options_that_it_has(name: str, task: Task) -> None:
    planned = [STEP.options[key] for key in names({"args": task.get("args", "")}, "options")]
    told = {**dict.fromkeys(task[f"{OURS}{name}"] or {}), **{key: value for options in planned for key, value in options.items()}}
    has = of_module(name)
    if not has or not isinstance(task.get("args", ""), str) or (task.get("args") and not planned):
        return  # an action alone; or what the plan returns whole, which tests of the plan hold
    if name == "lock_fleet":
        assert set(told) == {"what", "break_lock"}
        return
    assert set(told) - set(has) - MORE.get(name, set()) == set()
    assert {key for key, option in has.items() if option.get("required")} - set(told) == set()


def test_the_hosts_and_options_that_are_named_are_those_of_a_step() -> None:
    whole = [task for path in (ROOT / "roles/deploy/tasks").glob("*.yml") for task in within(yaml.safe_load(path.read_text()))]
    on = {name for task in whole for name in names(task, "on")}
    options = {name for task in whole for name in names(task, "options")}
    # What is put back by them is decided once more, by those who have not confirmed
    assert on == set(STEP.on) - {"restart", "follow_live"}
    assert options == set(STEP.options) - {"after"}


def test_until_the_switch_nothing_that_serves_is_touched() -> None:
    """And a failure of any of them puts every host back; so what comes after the block must not be a part of it, nor the other way."""
    items = yaml.safe_load((ROOT / "roles/deploy/tasks/app.yml").read_text(encoding="utf-8"))
    [block] = [item for item in items if "block" in item]
    order = ["start", "gate", "command", "bears", "after_migration", "canary", "switch", "watch", "follow"]
    assert [name for task in block["block"] for name in names(task, "on")] == order
    last = yaml.safe_load((ROOT / "roles/deploy/tasks/after.yml").read_text(encoding="utf-8"))
    ends = ["follow_back", "empty", "cool", "erase"]
    outside = [names(item, "on") for item in items if item is not block and names(item, "on")]
    assert outside == [{"before"}, {"after"}, set(ends)]
    assert [name for item in last for name in names(item, "on")] == ends
    assert items.index(block) == 1

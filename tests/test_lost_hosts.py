"""A host that is lost in a deploy is a failure like any other: Ansible's own 'unreachable' would leave it out of what is put back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from roles.fleet.action_plugins import on_host
from roles.release.action_plugins import stage_release
from tests.samples import ROOT, action

ON_HOST = ROOT / "roles/fleet/action_plugins/on_host.py"
RELEASE_APP = ROOT / "playbooks/tasks/release_app.yml"
STAGE: dict[str, Any] = {"release": "a", "lock": "l", "bundle": "/b", "packages": "/p", "has": {"whole": ["a"], "venvs": ["l-python3.11"]}}


def within(item: Any) -> list[dict[str, Any]]:
    """Return all mappings in a piece of YAML."""
    inner = [
        found for part in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else []) for found in within(part)
    ]
    return [item, *inner] if isinstance(item, dict) else inner


ENTRIES = [
    task["ansible.builtin.import_role"] for task in within(yaml.safe_load(RELEASE_APP.read_text())) if "ansible.builtin.import_role" in task
]
MODULES = {
    (entry["name"], name)
    for entry in ENTRIES
    for task in yaml.safe_load((ROOT / "roles" / entry["name"] / f"tasks/{entry['tasks_from']}.yml").read_text())
    for name in task
    if (ROOT / "roles" / entry["name"] / f"library/{name}.py").exists()
}


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) >= 7


@pytest.mark.parametrize(("role", "name"), sorted(MODULES))
def test_every_step_of_a_deploy_goes_by_an_action_that_knows_lost_hosts(role: str, name: str) -> None:
    path = ROOT / "roles" / role / f"action_plugins/{name}.py"
    assert path.resolve() == ON_HOST.resolve() or "except AnsibleConnectionFailure" in path.read_text()
    assert "self._connection._shell.tmpdir = None" in path.read_text()
    assert not path.is_symlink() or not Path(path.readlink()).is_absolute()


def test_only_verbs_that_somebody_waits_for_leave_their_specs_unasked() -> None:
    """What their entry points are given is the plan's own, or the wiring's; every other one is held against its spec.

    The inventory is, by its module; and secrets are not handed to more tasks than need them.
    """
    assert all(entry.get("rolespec_validate") is False for entry in ENTRIES)
    others = [path for folder in ("roles", "playbooks", "molecule") for path in (ROOT / folder).rglob("*.yml") if path != RELEASE_APP]
    unasked = {path.stem for path in [ROOT / "site.yml", *others] if "rolespec_validate" in path.read_text()}
    assert unasked == {"status", "history", "maintenance", "inventory", "build", "release", "again", "patch_web"}


@pytest.mark.parametrize(
    ("balancers", "release", "due", "gives"),
    [(1, "b", "", True), (2, "b", "", False), (1, "a", "", False), (1, "b", "erase", False), (1, "b", "units", False)],
)
def test_a_watch_gives_the_lock_back_only_where_it_is_the_last(balancers: int, release: str, due: str, gives: bool) -> None:
    """Another balancer's may still find fault, and who has no lock is not switched back; and something may be due after it."""
    steps = [{"release": each, "erase": due == "erase", "units": due == "units"} for each in "ab"]
    [said] = [item["balancer_unlock"] for item in within(yaml.safe_load(RELEASE_APP.read_text())) if "balancer_unlock" in item]
    tell = jinja2.Environment(autoescape=False).compile_expression(said.strip("{ }"))
    groups = {"balancer": [f"balancer{number}" for number in range(balancers)]}
    assert tell(__step=steps["ab".index(release)], release_planned={"steps": steps}, groups=groups) is gives


def lose(*_: object, **__: object) -> None:
    """Lose the host."""
    raise AnsibleConnectionFailure("no route to host")


@pytest.mark.parametrize("lost_in", ["_execute_module", "_make_tmp_path", "_transfer_file"])
@pytest.mark.parametrize(
    ("kind", "args"), [(on_host.ActionModule, {}), (stage_release.ActionModule, STAGE)], ids=["on_host", "stage_release"]
)
def test_a_host_that_is_lost_on_the_way_has_failed(
    kind: type[ActionBase], args: dict[str, Any], lost_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: dict[str, Callable[..., Any]] = {
        "_execute_module": lambda *_, **__: {"changed": False, "needs": ["bundle"]},
        "_make_tmp_path": lambda *_: "/tmp/x",
        "_transfer_file": lambda *_: "/tmp/x/b",
        "_remove_tmp_path": lambda *_: None,
    }
    for method, answer in {**answers, lost_in: lose}.items():
        monkeypatch.setattr(kind, method, answer)
    step = action(kind, **args)
    step._connection._shell.tmpdir = "/tmp/x"
    result = step.run()
    if kind is on_host.ActionModule and lost_in != "_execute_module":
        assert result == {"changed": False, "needs": ["bundle"]}  # it sends no files
    else:
        assert result == {"failed": True, "msg": "The host cannot be reached: no route to host"}
        assert step._connection._shell.tmpdir is None  # else Ansible goes there to remove it, and calls the host unreachable after all


def test_what_is_sent_goes_into_one_folder_that_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    removed: list[str] = []

    def make(self: ActionBase) -> str:
        made.append(f"/tmp/{len(made)}")
        self._connection._shell.tmpdir = made[-1]
        return made[-1]

    monkeypatch.setattr(stage_release.ActionModule, "_make_tmp_path", make)
    monkeypatch.setattr(stage_release.ActionModule, "_remove_tmp_path", lambda _, path: removed.append(path))
    monkeypatch.setattr(stage_release.ActionModule, "_transfer_file", lambda _, __, path: path)
    monkeypatch.setattr(stage_release.ActionModule, "_execute_module", lambda *_, **__: {"changed": True, "needs": []})
    action(stage_release.ActionModule, **{**STAGE, "has": {}}).run()
    assert made == removed == ["/tmp/0"]


def test_what_a_live_slot_is_expected_to_run_is_never_put_back() -> None:
    """In a step in place there is no other release of the slot; the standby's would take the app down on all hosts."""
    [whole] = yaml.safe_load(RELEASE_APP.read_text())
    rescue = next(part["rescue"] for part in whole["block"] if "rescue" in part)
    puts = [
        task for task in within(rescue) if task.get("ansible.builtin.import_role", {}).get("tasks_from") in ("expect", "start", "follow")
    ]
    assert [task["ansible.builtin.import_role"]["tasks_from"] for task in puts] == ["expect", "start", "follow"]
    assert all("not __step.in_place" in task["when"] for task in puts)


def test_the_switch_of_who_goes_back_stands_whatever_becomes_of_jobs_and_workers() -> None:
    """A host that is lost would else undo a rollback, which has a reason. In a deploy or restart they are a part of what is put back."""
    [whole] = yaml.safe_load(RELEASE_APP.read_text())
    follows = [task for task in within(whole) if task.get("ansible.builtin.import_role", {}).get("tasks_from") == "follow"]
    outside = [task for task in whole["block"] if task in follows]
    inside = [task for part in whole["block"] if "block" in part for task in within(part["block"]) if task in follows]
    assert [task["when"].rpartition(" and ")[2] for task in (*outside, *inside)] == [
        "__step.verb == 'rollback'",
        "__step.verb != 'rollback'",
    ]
    assert len(follows) == 3  # the third puts back

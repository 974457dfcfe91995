"""House rules about the YAML and the files of roles, playbooks and scenarios; each says why it is one."""

import configparser
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.playbook.block import Block
from ansible.playbook.handler import Handler

from tests.samples import ROOT

KEYWORDS = {*Handler.fattributes, *Block.fattributes}
PHASES = ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks", "handlers")
OWN = {path.stem for folder in ("library", "action_plugins") for path in ROOT.glob(f"*/*/{folder}/*.py")}

YAML = sorted(path for folder in ("roles", "playbooks", "molecule") for path in (ROOT / folder).rglob("*.yml"))
ROLE_FILES = sorted(path for path in (ROOT / "roles").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
TEMPLATES = [path for path in ROLE_FILES if "templates" in path.parts]

Task = dict[str, Any]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code(path: Path) -> str:
    """Return a file's text without the lines that are comments."""
    return re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def within(items: Any) -> Iterator[Task]:
    """Yield plays and tasks, and those inside of them."""
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            yield item
            for phase in PHASES:
                yield from within(item.get(phase))


def tasks() -> Iterator[tuple[str, Task]]:
    """Yield each play and task with the place that it is at."""
    for path in YAML:
        if {"tasks", "handlers", "playbooks", "molecule"} & set(path.parts):
            for item in within(yaml.safe_load(path.read_text(encoding="utf-8"))):
                yield f"{name(path)}: {item.get('name')}", item


def plays(path: Path) -> Iterator[tuple[str, Task]]:
    """Yield each play of a playbook and of those that it imports."""
    for item in yaml.safe_load(path.read_text(encoding="utf-8")):
        if imported := item.get("ansible.builtin.import_playbook"):
            yield from plays(path.parent / imported)
        elif "hosts" in item:
            yield f"{name(path)}: {item.get('name')}", item


def actions(item: Task) -> set[str]:
    """Return what a task does; nothing for a block or a play."""
    return set() if {"block", "hosts"} & set(item) else set(item) - KEYWORDS


def test_there_are_tasks_to_look_at() -> None:
    """A rule that looks at nothing holds always."""
    assert sum(1 for _, item in tasks() if actions(item)) > 20


def test_no_error_is_ignored() -> None:
    """What may fail without consequence need not be done; what must not fail has to stop the run."""
    assert [place for place, item in tasks() if {"ignore_errors", "ignore_unreachable"} & set(item)] == []


@pytest.mark.parametrize("path", YAML, ids=name)
def test_a_task_that_cannot_fail_says_why(path: Path) -> None:
    """``failed_when: false`` is an ignored error by another name, unless failing is one of the answers that are asked for."""
    lines = path.read_text(encoding="utf-8").splitlines()
    silent = [number for number, line in enumerate(lines) if re.search(r"failed_when: *(false|\[\])", line)]
    assert [lines[number] for number in silent if "#" not in lines[number] + lines[number - 1]] == []


def test_a_validation_has_no_shell_variables() -> None:
    """Ansible puts its own environment's values in place of ``$NAME`` there, where a hand meant the shell's."""
    arguments = [(place, item[action]) for place, item in tasks() for action in actions(item)]
    validations = {place: given["validate"] for place, given in arguments if isinstance(given, dict) and "validate" in given}
    assert validations
    assert [place for place, command in validations.items() if "$" in command] == []


def test_no_fact_is_set_over_an_input() -> None:
    """A fact outlives its play and beats the inventory: what an operator reads there would no longer be what runs."""
    specs = [yaml.safe_load(path.read_text()) for path in ROOT.glob("roles/*/meta/argument_specs.yml")]
    inputs = {option for spec in specs for entry in spec["argument_specs"].values() for option in entry.get("options", {})}
    facts = [(place, item["ansible.builtin.set_fact"]) for place, item in tasks() if "ansible.builtin.set_fact" in item]
    assert [place for place, fact in facts if inputs & set(fact)] == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("roles/*/tasks/main.yml")), ids=name)
def test_the_main_file_of_a_role_is_its_table_of_contents(path: Path) -> None:
    """Who opens a role sees its phases at one glance, and can run one of them by its tag."""
    phases = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert 1 <= len(phases) <= 6
    for phase in phases:
        assert set(phase) - {"when"} == {"name", "ansible.builtin.import_tasks", "tags"}
        assert Path(phase["ansible.builtin.import_tasks"]).stem in phase["tags"]


@pytest.mark.parametrize("path", [path for path in ROLE_FILES if path.suffix in (".py", ".j2")], ids=name)
def test_a_file_says_who_manages_it(path: Path) -> None:
    """Who finds the file on a host at 3 a.m. knows what wrote it, and which role to change."""
    file = path.resolve()  # an action that is a link is the file's that it leads to
    head = "\n".join(file.read_text(encoding="utf-8").splitlines()[:3])
    assert re.search(rf"Managed by Hostler, role:{file.relative_to((ROOT / 'roles').resolve()).parts[0]}\b", head)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_lies_at_its_target_s_path(path: Path) -> None:
    """The target's path is what one knows when one looks for the template."""
    assert path.suffix == ".j2"
    assert path.relative_to(ROOT / "roles").parts[2] in ("etc", "srv", "usr", "var")


@pytest.mark.parametrize("path", [path for path in ROLE_FILES if path.suffix in (".yml", ".j2")], ids=name)
def test_a_role_names_no_group_of_the_inventory(path: Path) -> None:
    """A role works with any inventory, and with two groups of one kind; playbooks hand it lists."""
    assert re.findall(r"\bgroups(?:\.(?!all\b)\w+|\[(?!'all'\])[^]]*\])|\bgroup_names\b|\binventory_hostname in\b", code(path)) == []


def test_every_action_has_its_full_name() -> None:
    """A short name may come to mean another collection's action; ours alone have no collection."""
    short = [(place, action) for place, item in tasks() for action in actions(item) if action.count(".") < 2 and action not in OWN]
    assert short == []


@pytest.mark.parametrize("path", [*YAML, *(path for path in ROLE_FILES if path.suffix == ".py")], ids=name)
def test_no_container_is_privileged(path: Path) -> None:
    """A privileged container shares the machine's clock, devices and kernel settings: a test could change the machine."""
    assert not re.search(r"privileged['\"]?[:=] *(true|True|yes)|--privileged(?!=false)", code(path))


def test_facts_are_no_variables() -> None:
    """A fact that is a variable may be overwritten by a host, and a typing error in a name stays unseen."""
    config = configparser.ConfigParser()
    config.read(ROOT / "ansible.cfg")
    assert config["defaults"]["inject_facts_as_vars"] == "False"
    assert config["defaults"]["gathering"] == "explicit"


@pytest.mark.parametrize("path", [ROOT / "site.yml", *sorted((ROOT / "playbooks").glob("*.yml"))], ids=name)
def test_a_play_gathers_no_facts(path: Path) -> None:
    """Gathering costs seconds a host; what is needed is asked for by one small module."""
    assert [place for place, play in plays(path) if play.get("gather_facts") is not False] == []


def test_one_host_s_failure_is_every_host_s() -> None:
    """The fleet never serves two versions: where one host fails, none goes on."""
    fatal = {place: play.get("any_errors_fatal") for place, play in plays(ROOT / "site.yml")}
    assert fatal == dict.fromkeys(fatal, True)
    assert fatal


def test_the_root_playbook_is_a_door() -> None:
    """What is done is in ``playbooks/``; the root says only in which order."""
    items = yaml.safe_load((ROOT / "site.yml").read_text(encoding="utf-8"))
    assert all(set(item) <= {"name", "ansible.builtin.import_playbook", "tags", "vars"} for item in items)
    assert [item["vars"] for item in items if "vars" in item] == [{"release_prepared": True}]

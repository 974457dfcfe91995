"""What the manuals say is what the roles and modules do."""

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.shared.samples import ROOT

Options = dict[str, dict[str, Any]]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
COLLECTION = ROOT / "ansible_collections/hostler/fleet/plugins"
MODULES = sorted(COLLECTION.glob("modules/*.py"))
ACTIONS = {path.stem for path in [*MODULES, *COLLECTION.glob("action/*.py")]}
APPS = "check_fleet"  # whose documentation is the manual of apps, and YAML, for it is read where there is YAML


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None


def entries(role: str) -> dict[str, Options]:
    """Return the options of each entry point of a role."""
    specs = load(ROOT / "roles" / role / "meta/argument_specs.yml")["argument_specs"]
    return {entry: spec.get("options", {}) for entry, spec in specs.items()}


def options(role: str) -> list[tuple[str, dict[str, Any]]]:
    return [option for entry in entries(role).values() for option in entry.items()]


def defaults(role: str) -> dict[str, Any]:
    return load(ROOT / "roles" / role / "defaults/main.yml") or {}


@pytest.mark.parametrize("role", ROLES)
def test_every_default_is_the_one_in_the_spec(role: str) -> None:
    assert {name: spec["default"] for name, spec in options(role) if "default" in spec} == defaults(role)


@pytest.mark.parametrize("role", ROLES)
def test_an_option_says_the_same_in_every_entry_point(role: str) -> None:
    said: dict[str, Any] = {}
    for name, spec in options(role):
        rest = {key: value for key, value in spec.items() if key not in ("description", "options")}
        assert said.setdefault(name, rest) == rest


@pytest.mark.parametrize("role", ROLES)
def test_an_option_is_required_or_has_a_default(role: str) -> None:
    for name, spec in options(role):
        assert spec.get("required", False) != ("default" in spec), name
        assert spec["description"], name
        assert name.startswith(f"{role}_"), name


@pytest.mark.parametrize("role", ROLES)
def test_every_entry_point_has_a_file_of_tasks(role: str) -> None:
    assert {entry for entry in entries(role) if not (ROOT / "roles" / role / f"tasks/{entry}.yml").exists()} == set()


@pytest.mark.parametrize("role", ROLES)
def test_every_public_variable_is_in_the_spec(role: str) -> None:
    folder = ROOT / "roles" / role
    files = [
        path for part in ("tasks", "handlers", "templates", "vars", "defaults") for path in (folder / part).rglob("*") if path.is_file()
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    text = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    used = set(re.findall(rf"(?<!\.)\b{role}_\w+\b", text))  # after a dot it is a key, such as the app's release_command
    registered = set(re.findall(r"^\s*register: (\w+)$", text, re.MULTILINE))
    assert used - registered - ACTIONS - {name for name, _ in options(role)} == set()


@pytest.mark.parametrize("role", ROLES)
def test_every_option_is_used(role: str) -> None:
    folder = ROOT / "roles" / role
    files = [path for part in ("tasks", "handlers", "templates", "vars") for path in (folder / part).rglob("*") if path.is_file()]
    # What says which hosts may be in which groups is looked at before any role is; what roles need of the distribution comes at once
    files += [ROOT / "playbooks/parts/check.yml", ROOT / "roles/base/vars/main.yml"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert {name for name, _ in options(role) if not re.search(rf"\b{name}\b", text)} == set()


def given(item: Any) -> Iterator[str]:
    """Yield the variables that plays and tasks hand to roles and playbooks, within a piece of YAML."""
    for part in item if isinstance(item, list) else item.values() if isinstance(item, dict) else []:
        yield from given(part)
    if isinstance(item, dict):
        yield from item.get("vars") or {}
        yield from item if "role" in item else ()


def test_a_spec_has_only_what_an_operator_sets() -> None:
    """What one part of ours hands to another is typed and tested where it is made, and would only lengthen the manual.

    Which verb of a deploy is meant an operator says by the playbook.
    """
    texts = [ROOT / "site.yml", *(path for folder in ("roles", "playbooks") for path in (ROOT / folder).rglob("*.yml"))]
    handed = {name for path in texts for name in given(load(path))}
    assert "deploy_verb" in handed
    assert handed & {name for role in ROLES for name, _ in options(role)} == {"deploy_verb"}


def module(path: Path) -> ModuleType:
    return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def documentation(path: Path) -> dict[str, Any]:
    """Return what a module's documentation has; it is JSON, for hosts have nothing that reads more of YAML."""
    text = module(path).DOCUMENTATION
    found: dict[str, Any] = yaml.safe_load(text) if path.stem == APPS else json.loads(text)
    return found


def described(stated: Options) -> Iterator[tuple[str, Any]]:
    """Yield each option and suboption with its description."""
    for name, option in stated.items():
        yield name, option.get("description")
        for inner, description in described(option.get("options") or {}):
            yield f"{name}.{inner}", description


def bare(stated: Options) -> Options:
    """Return options without their descriptions."""
    kept = {name: {key: value for key, value in option.items() if key != "description"} for name, option in stated.items()}
    return {name: {**option, "options": bare(option["options"])} if "options" in option else option for name, option in kept.items()}


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_and_each_option_are_described(path: Path) -> None:
    said = documentation(path)
    assert said["module"] == path.stem
    assert said["short_description"]
    assert [name for name, description in described(said["options"]) if not description] == []


class Asked(Exception):
    """What a module asks Ansible for."""


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem != APPS], ids=lambda path: path.stem)
def test_a_module_takes_what_its_documentation_says(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(argument_spec: Options, **_: Any) -> None:
        raise Asked(argument_spec)

    monkeypatch.setattr(module(path), "AnsibleModule", ask)
    with pytest.raises(Asked) as asked:
        module(path).main()
    taken: Options = asked.value.args[0]
    without = {name: {key: value for key, value in option.items() if key != "no_log"} for name, option in taken.items()}
    assert without == bare(documentation(path)["options"])


def strings(path: Path, seen: set[Path]) -> Iterator[str]:
    """Yield the strings and names in a module and in what it imports of ours, but for those in its documentation."""
    if path in seen or not path.is_file():
        return
    seen.add(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ansible_collections."):
            place = ROOT.joinpath(*str(node.module).split("."))
            for imported in (place.with_suffix(".py"), *(place / f"{alias.name}.py" for alias in node.names)):
                yield from strings(imported, seen)


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem != APPS], ids=lambda path: path.stem)
def test_every_option_of_a_module_is_used(path: Path) -> None:
    """A new option doubles what is to be tested; one that nobody reads only looks as if it did something."""
    used = set(strings(path, set()))
    assert [name for name in documentation(path)["options"] if name not in used] == []


def test_every_manual_can_be_read() -> None:
    """By ``ansible-doc``, which an operator and an editor ask."""
    names = [f"hostler.fleet.{path.stem}" for path in MODULES]
    command = [sys.executable, "-m", "ansible", "doc", "--type", "module", "--json", *names]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sorted(found) == names
    for path, name in zip(MODULES, names, strict=True):
        assert set(found[name]["doc"]["options"]) == set(documentation(path)["options"])

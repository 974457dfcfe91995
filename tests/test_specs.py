"""What the manuals say is what the roles and modules do."""

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.samples import ROOT

Options = dict[str, dict[str, Any]]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
MODULES = sorted(path for path in ROOT.glob("roles/*/library/*.py"))
ACTIONS = {path.stem for path in ROOT.glob("roles/*/action_plugins/*.py")} | {path.stem for path in MODULES}


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
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert {name for name, _ in options(role) if not re.search(rf"\b{name}\b", text)} == set()


def module(path: Path) -> ModuleType:
    return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


class Asked(Exception):
    """What a module asks Ansible for."""


def argument_spec(path: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    """Return the options that a module takes, from the call that it makes itself."""

    def ask(argument_spec: Options, **_: Any) -> None:
        raise Asked(argument_spec)

    monkeypatch.setattr(module(path), "AnsibleModule", ask)
    with pytest.raises(Asked) as asked:
        module(path).main()
    spec: Options = asked.value.args[0]
    return spec


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_takes_what_its_documentation_says(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documentation = yaml.safe_load(module(path).DOCUMENTATION)
    assert documentation["module"] == path.stem
    assert all(option["description"] for option in documentation["options"].values())
    documented = {name: {key: option[key] for key in option if key != "description"} for name, option in documentation["options"].items()}
    taken = argument_spec(path, monkeypatch)
    assert {name: {key: option[key] for key in option if key != "no_log"} for name, option in taken.items()} == documented

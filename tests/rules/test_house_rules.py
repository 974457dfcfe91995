"""House rules about the YAML and the files of roles, playbooks and scenarios; each says why it is one."""

import configparser
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.playbook.block import Block
from ansible.playbook.handler import Handler

from tests.shared.samples import ROOT

KEYWORDS = {*Handler.fattributes, *Block.fattributes}
PHASES = ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks", "handlers")
DEPLOY = ROOT / "roles/deploy/tasks/main.yml"
COLLECTION = ROOT / "ansible_collections/hostler/fleet/plugins"
OWN = {path.stem for folder in ("modules", "action") for path in COLLECTION.glob(f"{folder}/*.py")}

YAML = [ROOT / "site.yml", *sorted(path for folder in ("roles", "playbooks", "molecule") for path in (ROOT / folder).rglob("*.yml"))]
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
        if {"tasks", "handlers", "playbooks", "molecule", "site.yml"} & set(path.parts):
            for item in within(yaml.safe_load(path.read_text(encoding="utf-8"))):
                yield f"{name(path)}: {item.get('name')}", item


def plays(path: Path) -> Iterator[tuple[str, Task]]:
    """Yield each play of a playbook and of those that it imports."""
    items = yaml.safe_load(path.read_text(encoding="utf-8"))
    for item in items if isinstance(items, list) else []:
        if imported := item.get("ansible.builtin.import_playbook"):
            yield from plays(path.parent / imported)
        elif "hosts" in item:
            yield f"{name(path)}: {item.get('name')}", item


def actions(item: Task) -> set[str]:
    """Return what a task does; nothing for a block or a play."""
    return set() if {"block", "hosts"} & set(item) else set(item) - KEYWORDS


def test_there_are_tasks_to_look_at() -> None:
    """A rule that looks at nothing holds always."""
    found = [(place, item) for place, item in tasks() if actions(item)]
    assert len(found) > 20
    for folder in ("roles/deploy/tasks", "playbooks/parts", "playbooks/lab", "molecule"):
        assert any(place.startswith(folder) for place, _ in found), folder


def test_no_error_is_ignored() -> None:
    """What may fail without consequence need not be done; what must not fail has to stop the run."""
    assert [place for place, item in tasks() if "ignore_errors" in item] == []


@pytest.mark.parametrize("path", YAML, ids=name)
def test_a_task_that_cannot_fail_says_why(path: Path) -> None:
    """``failed_when: false`` is an ignored error by another name, unless failing is one of the answers that are asked for.

    So is ``ignore_unreachable``, but where a host that is lost is why the verb is run.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    silent = [number for number, line in enumerate(lines) if re.search(r"failed_when: *(false|\[\])|ignore_unreachable:", line)]
    assert [lines[number] for number in silent if "#" not in lines[number] + lines[number - 1]] == []


def written() -> Iterator[tuple[str, Task]]:
    """Yield each file that a task writes, by whatever module, with the place that it is at."""
    for place, item in tasks():
        for given in (item[action] for action in actions(item)):
            for file in [given, *given.get("files", [])] if isinstance(given, dict) and isinstance(given.get("files", []), list) else []:
                if isinstance(file, dict) and {"path", "dest"} & set(file):
                    yield f"{place}: {file.get('path') or file['dest']}", file


def test_a_validation_has_no_shell_variables() -> None:
    """Ansible puts its own environment's values in place of ``$NAME`` there, where a hand meant the shell's; and ours has no shell."""
    validations = {place: str(file["validate"]) for place, file in written() if "validate" in file}
    assert validations
    assert [place for place, command in validations.items() if "$" in command] == []


def test_a_configuration_reaches_a_host_only_if_its_own_program_accepts_it() -> None:
    """A service that does not start again is found at 3 a.m.; pages have no program that reads them, and HAProxy reads Lua, and its list of
    certificates, with its own.

    Nothing checks the settings of systemd's own programs, nor PAM's limits; they pass over what they do not know. Node exporter reads by
    whom it is to be asked when it starts, and no earlier. PostgreSQL tells what it makes of pg_hba.conf once that is in place, and is asked
    before it is told to read it; without its pg_ident.conf it starts all the same, and lets in all but the other host; Debian's tools for
    its clusters read theirs when they make one.
    """
    unread = re.compile(
        r"\.html$|\.lua$|/tls/list$|/etc/systemd/[a-z-]+\.conf\.d/|/etc/security/limits\.d/|/node-exporter\.yml$|/pg_(hba|ident)\.conf$"
        r"|/createcluster\.d/"
    )
    files = {place: file for place, file in written() if "text" in file and not unread.search(place) and not file.get("initial")}
    assert files
    # Where what has it take effect reads it and fails, it is put back
    read = {place for place, file in files.items() if place.rpartition(": ")[2] in str(file.get("apply"))}
    unread_yet = [place for place, file in files.items() if "%s" not in str(file.get("validate")) and not {"part_of", "unit"} & set(file)]
    assert set(unread_yet) - read == set()


def test_no_fact_is_set_over_an_input() -> None:
    """A fact outlives its play and beats the inventory: what an operator reads there would no longer be what runs."""
    specs = [yaml.safe_load(path.read_text()) for path in ROOT.glob("roles/*/meta/argument_specs.yml")]
    inputs = {option for spec in specs for entry in spec["argument_specs"].values() for option in entry.get("options", {})}
    facts = [(place, item["ansible.builtin.set_fact"]) for place, item in tasks() if "ansible.builtin.set_fact" in item]
    assert [place for place, fact in facts if inputs & set(fact)] == []


@pytest.mark.parametrize("path", sorted({*ROOT.glob("roles/*/tasks/main.yml")} - {DEPLOY}), ids=name)
def test_the_main_file_of_a_role_is_its_table_of_contents(path: Path) -> None:
    """Who opens a role sees its phases at one glance, and can run one of them by its tag.

    A deploy has no part that could be run alone: it is one sequence under a lock, which is read on one page.
    """
    phases = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert 1 <= len(phases) <= 6
    for phase in phases:
        assert set(phase) - {"when"} == {"name", "ansible.builtin.import_tasks", "tags"}
        assert Path(phase["ansible.builtin.import_tasks"]).stem in phase["tags"]


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_file_says_who_manages_it(path: Path) -> None:
    """Who finds the file on a host at 3 a.m. knows what wrote it, and which role to change."""
    head = "\n".join(path.read_text(encoding="utf-8").splitlines()[:3])
    assert re.search(rf"Managed by Hostler, role:{path.relative_to(ROOT / 'roles').parts[0]}\b", head)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_lies_at_its_target_s_path(path: Path) -> None:
    """The target's path is what one knows when one looks for the template."""
    assert path.suffix == ".j2"
    assert path.relative_to(ROOT / "roles").parts[2] in ("etc", "srv", "usr", "var")


@pytest.mark.parametrize("path", [path for path in ROLE_FILES if path.suffix in (".yml", ".j2")], ids=name)
def test_a_role_names_no_group_of_the_inventory(path: Path) -> None:
    """A role works with any inventory, and with two groups of one kind; plays hand it the structure ``fleet``, with lists of hosts."""
    assert re.findall(r"\bgroups(?:\.(?!all\b)\w+|\[(?!'all'\])[^]]*\])|\bgroup_names\b", code(path)) == []


@pytest.mark.parametrize("path", YAML, ids=name)
def test_templates_are_filled_in_by_the_lookup_that_copies_nothing(path: Path) -> None:
    """Ansible's own copies all that a host knows for each file: a tenth of all work of a ``site.yml`` that changes nothing."""
    assert re.findall(r"lookup\('(?:ansible\.builtin\.)?template'", code(path)) == []


@pytest.mark.parametrize("path", YAML, ids=name)
def test_what_a_task_asks_of_systemd_is_not_paged(path: Path) -> None:
    """Some tasks give their command a terminal; where that has no name, as in a job of cron's, a pager waits for a key for ever."""
    asked = re.findall(r"\b(?:systemctl|journalctl)\b[^;|&\n]*", code(path))
    assert [command for command in asked if "--no-pager" not in command and re.search(r"journalctl|show|status|list-|cat ", command)] == []


@pytest.mark.parametrize("path", [*YAML, *sorted((ROOT / "inventories").rglob("*.yml"))], ids=name)
def test_no_yaml_has_a_program_in_it(path: Path) -> None:
    """What loops and decides is Python, where it is typed and tested; the plan returns it ready. YAML has expressions at most."""
    assert "{%" not in code(path)


@pytest.mark.parametrize("path", YAML, ids=name)
def test_every_role_is_asked_for_its_spec(path: Path) -> None:
    """A spec is validated always or it is no more than prose. What one part of ours hands to another does not belong into one."""
    assert "rolespec_validate" not in code(path)


def test_there_is_no_symbolic_link() -> None:
    """An editor, a search and an archive each take a link for something else; what is used twice lies in the collection."""
    listed = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(listed) > 100
    assert [line for line in listed if line.startswith("120000 ")] == []


def test_every_action_has_its_full_name() -> None:
    """A short name may come to mean another collection's action."""
    assert [(place, action) for place, item in tasks() for action in actions(item) if action.count(".") < 2] == []


def test_every_action_of_ours_is_there() -> None:
    """A typing error in a name would be found only by the run that comes to it, as in a rescue."""
    ours = [(place, action) for place, item in tasks() for action in actions(item) if action.startswith("hostler.fleet.")]
    assert len(ours) > 20
    assert [(place, action) for place, action in ours if action.rpartition(".")[2] not in OWN] == []


@pytest.mark.parametrize("path", [*YAML, *sorted(COLLECTION.rglob("*.py"))], ids=name)
def test_no_container_is_privileged(path: Path) -> None:
    """A privileged container shares the machine's clock, devices and kernel settings: a test could change the machine."""
    assert not re.search(r"privileged['\"]?[:=] *(true|True|yes)|--privileged(?!=false)", code(path))


def test_facts_are_no_variables() -> None:
    """A fact that is a variable may be overwritten by a host, and a typing error in a name stays unseen."""
    config = configparser.ConfigParser()
    config.read(ROOT / "ansible.cfg")
    assert config["defaults"]["inject_facts_as_vars"] == "False"
    assert config["defaults"]["gathering"] == "explicit"


@pytest.mark.parametrize("path", [ROOT / "site.yml", *sorted((ROOT / "playbooks").rglob("*.yml"))], ids=name)
def test_a_play_gathers_no_facts(path: Path) -> None:
    """Gathering costs seconds a host; what is needed is asked for by one small module."""
    assert [place for place, play in plays(path) if play.get("gather_facts") is not False] == []


def test_there_are_plays_to_look_at() -> None:
    """A rule that looks at nothing holds always."""
    assert len(list(plays(ROOT / "site.yml"))) > 4


def test_one_host_s_failure_is_every_host_s() -> None:
    """The fleet never serves two versions: where one host fails, none goes on."""
    fatal = {place: play.get("any_errors_fatal") for place, play in plays(ROOT / "site.yml")}
    assert fatal == dict.fromkeys(fatal, True)
    assert fatal


def test_the_root_playbook_is_a_door() -> None:
    """What is done is in ``playbooks/``; the root says only in which order."""
    items = yaml.safe_load((ROOT / "site.yml").read_text(encoding="utf-8"))
    assert all(set(item) <= {"name", "ansible.builtin.import_playbook", "tags"} for item in items)


@pytest.mark.parametrize(
    ("role", "elsewhere"),
    [
        ("balancer", set()),
        ("hardening", {"/etc/ssh/sshd_config.d/00-hostler.conf"}),
        ("observe", set()),
        ("monitor", {"/etc/systemd/system/sandbox"}),
    ],
)
def test_every_file_is_put_at_its_template_s_path(role: str, elsewhere: set[str]) -> None:
    """One task has them all, by which ``status.yml`` finds what was changed by hand; one that it lacks would be looked at by nobody."""
    folder = ROOT / "roles" / role / "templates"
    [task] = yaml.safe_load((ROOT / "roles" / role / "tasks/files.yml").read_text(encoding="utf-8"))
    files = {
        file["path"]: file.get("text") or file["secret"] for file in task["hostler.fleet.put_files"]["files"] if not file.get("initial")
    }
    # What has nothing to be filled in lies in `files`, at its path too
    as_is = folder.with_name("files")
    plain = {f"/{path.relative_to(as_is)}" for path in (as_is / "etc").rglob("*") if path.is_file()}
    assert {*files, *elsewhere} == plain | {f"/{path.relative_to(folder).with_suffix('')}" for path in folder.rglob("*.j2")}
    assert [path for path, text in files.items() if f"'{path[1:]}{'' if path in plain else '.j2'}'" not in text] == []


ROLES_WITH_HANDLERS = {
    path.parents[1].name: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "roles").glob("*/handlers/main.yml"))
}


@pytest.mark.parametrize("role", ROLES_WITH_HANDLERS)
def test_what_handlers_bring_in_is_pending_until_the_last_of_them(role: str) -> None:
    """A run may be killed before them: the next one finds the files right, and would tell nobody."""
    names = [handler["name"] for handler in ROLES_WITH_HANDLERS[role]]
    notifying = [(place, task) for place, task in tasks() if set(names) & set(task.get("notify", []))]
    assert notifying
    for place, task in notifying:
        assert task["hostler.fleet.put_files"]["pending"] == role, place
        # In the order in which they run
        assert task["notify"] == [name for name in names if name in task["notify"]], place
        assert task["notify"][-1] == names[-1], place
    *others, last = ROLES_WITH_HANDLERS[role]
    assert set(last) == {"name", "hostler.fleet.brought_in"}
    assert last["hostler.fleet.brought_in"] == {"role": role}
    assert [handler["name"] for handler in others if "hostler.fleet.brought_in" in handler] == []


def test_there_are_roles_with_handlers_and_their_names_are_theirs_alone() -> None:
    """One of the same name in another role of the play would be run in its place."""
    names = [handler["name"] for handlers in ROLES_WITH_HANDLERS.values() for handler in handlers]
    assert len(ROLES_WITH_HANDLERS) > 2
    assert len(set(names)) == len(names)


def test_a_decision_for_all_hosts_is_not_right_in_a_block_with_an_end() -> None:
    """Where it fails, Ansible takes the other hosts out of the end too, and a lock would stay; not so from a file of its own."""
    blocks = [(place, item) for place, item in tasks() if "block" in item and {"always", "rescue"} & set(item)]
    direct = [
        f"{place} > {task.get('name')}"
        for place, block in blocks
        for task in block["block"]
        if task.get("run_once") and not {"ansible.builtin.debug", "ansible.builtin.import_tasks"} & set(task)
    ]
    assert blocks
    assert direct == []


def test_no_folder_of_tests_is_passed_over(pytestconfig: pytest.Config) -> None:
    """Of its own, pytest looks into no folder that is named build."""
    folders = {part for path in (ROOT / "tests").rglob("test_*.py") for part in path.relative_to(ROOT).parent.parts}
    assert [folder for folder in folders for pattern in pytestconfig.getini("norecursedirs") if fnmatch(folder, pattern)] == []

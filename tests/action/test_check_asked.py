"""Only ``-e`` says what a run is to do, whatever an inventory has; and what is misspelt there is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.hostler.fleet.plugins.action.check_asked import texts
from ansible_collections.hostler.fleet.plugins.module_utils.asked import OPTIONS
from tests.shared.samples import ROOT, write

# An inventory that has a variable of its own under the name of every option
OWN: dict[str, Any] = {name: f"own {name}" for name in OPTIONS}
PLAY = [
    {
        "name": "Ask",
        "hosts": "all",
        "gather_facts": False,
        "vars_files": [str(ROOT / "playbooks/vars/fleet.yml")],
        "tasks": [
            {
                "name": "Check",
                "hostler.fleet.check_asked": {"verb": "deploy", "asked": "{{ fleet.asked }}", "inventory": "{{ inventory_dir }}"},
            },
            {"name": "Tell", "ansible.builtin.debug": {"msg": "{{ fleet.asked | to_json }}"}},
        ],
    }
]


def run(folder: Path, *options: str, variables: dict[str, Any] | None = None) -> tuple[int, str]:
    """Run a play that tells what is asked for, with these variables in the inventory; return how it ended and what it said."""
    hosts = {"all": {"hosts": {"web1": {"ansible_connection": "local"}}}}
    write(folder, {"hosts.yml": yaml.safe_dump(hosts), "group_vars/all.yml": yaml.safe_dump(variables or {}), "play.yml": json.dumps(PLAY)})
    command = [sys.executable, "-m", "ansible", "playbook", str(folder / "play.yml"), "-i", str(folder / "hosts.yml"), *options]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "1000"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def asked(said: str) -> dict[str, Any]:
    """Return what the play has told."""
    found: dict[str, Any] = json.loads(next(line for line in said.splitlines() if line.strip().startswith("{")))
    return found


def test_a_variable_of_the_inventory_is_not_asked_for(tmp_path: Path) -> None:
    code, said = run(tmp_path, "-e", "message=hello", variables=OWN)
    assert (code, asked(said)) == (0, {name: option.default for name, option in OPTIONS.items()})


def test_what_is_said_by_e_counts_and_is_templated(tmp_path: Path) -> None:
    file = write(tmp_path, {"more.yml": "watch_seconds: 3\nbreak_lock: true\n"}) / "more.yml"
    code, said = run(tmp_path, "-e", f"@{file}", "-e", "app='{{ mine }}'", "-e", "mine=shop", variables=OWN)
    found = asked(said)
    assert (code, found["app"], found["watch_seconds"], found["break_lock"], found["state"]) == (0, "shop", "3", True, "")


@pytest.mark.parametrize(
    ("line", "is_said"),
    [
        ("flask create-admin", "flask create-admin"),
        ("flask create-admin --name=ana -x 'b c' host=web1 | cat; echo $HOME {{ x }}", None),
        ('"flask create-admin"', "flask create-admin"),
        ("true", "true"),
    ],
)
def test_a_command_is_taken_whole(tmp_path: Path, line: str, is_said: str | None) -> None:
    """Ansible would end it at the first blank, and have its options for variables."""
    code, said = run(tmp_path, "-e", f"command={line}", "-e", "app=shop host=web2")
    found = asked(said)
    assert (code, found["command"], found["app"], found["host"]) == (0, line if is_said is None else is_said, "shop", "web2")


@pytest.mark.parametrize(
    ("options", "sentences"),
    [
        (["canary_precent=10", "ap=hello"], ["canary_precent: there is no such option; did you mean -e canary_percent=", "ap: there is"]),
        (["canary_percent=many"], ["canary_percent: 'many' is not a whole number from 0 to 99."]),
    ],
    ids=["misspelt", "no number"],
)
def test_what_is_wrong_is_refused_at_once(tmp_path: Path, options: list[str], sentences: list[str]) -> None:
    code, said = run(tmp_path, *(part for option in options for part in ("-e", option)))
    assert code
    assert [sentence for sentence in sentences if sentence not in said] == [], said


def test_a_name_that_the_inventory_uses_is_its_own_and_an_option_of_another_verb_is_told_of(tmp_path: Path) -> None:
    code, said = run(tmp_path, "-e", "ap=hello", "-e", "state=on", variables={"greeting": "{{ ap | default('') }}"})
    assert code == 0
    assert "state is no option of deploy, and is passed over; there is app, " in said
    assert "did you mean" not in said


def test_only_what_an_inventory_reads_is_looked_into(tmp_path: Path) -> None:
    """A folder beside it may be the whole of a home, with other projects in it."""
    write(tmp_path, {"hosts.yml": "a", "group_vars/all/apps.yml": "b", "host_vars/web1": "c", "project/secret.yml": "d"})
    assert sorted(texts(tmp_path)) == ["a", "b", "c"]

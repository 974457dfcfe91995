"""Verbs that build nothing, with an inventory whose secrets nobody can read: as at 3 a.m., without the password of its vault."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared.programs import Programs
from tests.shared.samples import ROOT

HERE = {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": sys.executable}
CLOSED = "{{ lookup('ansible.builtin.file', '/none/of/this/is/there') }}"
APPS = [
    {
        "name": "hello",
        "source": str(ROOT / "app"),
        "default": True,
        "database": {"url": CLOSED},
        "env": {"A": CLOSED},
        "secrets": {"B": CLOSED},
    },
    {"name": "shop", "source": ".", "domains": ["b.example"], "ports": {"blue": 7001, "green": 7002}, "database": {"name": "shop"}},
]


def run(folder: Path, playbook: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a playbook for a fleet that has a database, which is this machine by other addresses."""
    programs = Programs(folder)
    programs.add("journalctl")
    groups = {"balancer": "balancer1", "web": "web1", "database": "db1", "backup": "backup1"}
    children = {
        group: {"hosts": {name: {**HERE, "fleet_address": f"192.0.2.{number}"}}} for number, (group, name) in enumerate(groups.items(), 1)
    }
    (folder / "hosts.json").write_text(json.dumps({"all": {"vars": {"apps": APPS}, "children": children}}), encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PATH": f"{programs.folder}:{environment['PATH']}", "COLUMNS": "1000"}
    command = [sys.executable, "-P", "-m", "ansible", "playbook", str(playbook), "-i", str(folder / "hosts.json"), *words]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.mark.parametrize("builds", [False, True])
def test_only_a_build_looks_at_them(builds: bool, tmp_path: Path) -> None:
    done = run(tmp_path, ROOT / "playbooks/parts/check.yml", "-e", json.dumps({"fleet_builds": builds}))
    assert (done.returncode != 0, "/none/of/this/is/there" in done.stdout) == (builds, builds), done.stdout


def test_a_verb_goes_through_to_its_end(tmp_path: Path) -> None:
    done = run(tmp_path, ROOT / "playbooks/logs.yml", "-e", "format=json")
    assert done.returncode == 0, done.stdout

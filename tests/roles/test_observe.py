"""What each kind of host is told of the fleet, and whom the one that watches asks: by Ansible, as the roles have it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.shared.samples import ROOT, app, write

GROUPS = {"web": ["web1", "web2"], "balancer": ["balancer1"], "monitor": ["monitor1"], "database": ["db1"], "backup": ["backup1"]}
TEMPLATES = {"observe": "etc/hostler/facts.json.j2", "monitor": "etc/prometheus/prometheus.yml.j2"}


def play(hosts: str, role: str, folder: Path) -> dict[str, Any]:
    """Return a play that writes a template of a role for hosts into a folder of this machine, each by its name."""
    of = ROOT / "roles" / role
    files = [path for path in (of / "defaults/main.yml", of / "vars/main.yml", ROOT / "playbooks/vars/fleet.yml") if path.exists()]
    facts = {"hostler": {"name": "{{ inventory_hostname }}", "address": "192.0.2.{{ 1 + groups.all.index(inventory_hostname) }}"}}
    tasks = [
        {"ansible.builtin.set_fact": {**facts, "cacheable": True}},
        {
            "ansible.builtin.template": {
                "src": str(of / "templates" / TEMPLATES[role]),
                "dest": f"{folder}/{role}-{{{{ inventory_hostname }}}}",
            }
        },
    ]
    return {"hosts": hosts, "gather_facts": False, "vars_files": list(map(str, files)), "tasks": tasks}


def told(folder: Path, backup: str) -> tuple[dict[str, Any], Any]:
    """Return what each host is told, by name, and the configuration of Prometheus, in a fleet of which this host keeps backups."""
    own = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "balancer_checked": {"ports": {"balancer_port": 80}},
    }
    inventory: dict[str, Any] = {group: {"hosts": dict.fromkeys(names, own)} for group, names in {**GROUPS, "backup": [backup]}.items()}
    inventory["all"] = {"vars": {"fleet_checked": {"apps": [app(tls="off").json()], "pages": [], "among": {}}}}
    plays = [play("all", "observe", folder), play("monitor", "monitor", folder)]
    write(folder, {"hosts.yml": json.dumps(inventory), "play.yml": json.dumps(plays)})
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    command = [sys.executable, "-P", "-m", "ansible", "playbook", str(folder / "play.yml"), "-i", str(folder / "hosts.yml")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    facts = {path.name.removeprefix("observe-"): json.loads(path.read_text()) for path in folder.glob("observe-*")}
    return facts, yaml.safe_load((folder / "monitor-monitor1").read_text())


@pytest.mark.parametrize(("backup", "role"), [("backup1", "backup"), ("monitor1", "monitor"), ("db1", "database")])
def test_every_kind_of_host_is_told_what_it_is_and_is_asked(tmp_path: Path, backup: str, role: str) -> None:
    """One that has two tasks is one host: it is told once, and asked once."""
    facts, prometheus = told(tmp_path, backup)
    roles = {name: group for group, names in GROUPS.items() if group != "backup" for name in names} | {backup: role}
    assert {name: one["role"] for name, one in facts.items()} == roles
    assert sorted(name for name, one in facts.items() if one["apps"]) == ["balancer1", "monitor1"]
    [node] = [job for job in prometheus["scrape_configs"] if job["job_name"] == "node"]
    assert [one["labels"]["instance"] for one in node["static_configs"]] == sorted(roles)
    asked = {job["job_name"]: {one["labels"]["instance"] for one in job["static_configs"]} for job in prometheus["scrape_configs"]}
    assert [name for name, hosts in asked.items() if {"db1", "backup1"} & hosts] == ["node"]

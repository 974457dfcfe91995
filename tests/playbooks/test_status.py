"""status.yml where hosts do not answer: each of them is one of the answers, whatever it is in the fleet."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared.samples import ROOT

GROUPS = {"balancer": ["balancer1"], "web": ["web1"], "monitor": ["monitor1"], "database": ["db1", "db2"]}


@pytest.mark.parametrize("backup", ["backup1", "monitor1"])
def test_every_host_that_does_not_answer_is_told_once(tmp_path: Path, backup: str) -> None:
    groups = {**GROUPS, "backup": [backup]}
    names = list(dict.fromkeys(name for of_one in groups.values() for name in of_one))
    # Each has an address of its own, by which nobody comes to it
    gone = {
        name: {"ansible_host": "127.0.0.1", "ansible_port": number, "ansible_user": "nobody", "fleet_address": f"192.0.2.{number}"}
        for number, name in enumerate(names, 1)
    }
    children = {group: {"hosts": {name: gone[name] for name in of_one}} for group, of_one in groups.items()}
    shared = {"apps": [{"name": "hello", "source": str(ROOT / "app"), "default": True, "database": True}]}
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"vars": shared, "children": children}}), encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "1000"}
    command = [sys.executable, "-P", "-m", "ansible", "playbook", "playbooks/status.yml", "-i", str(inventory), "-e", "format=json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert (done.returncode, len(found)) == (2, 1), done.stdout + done.stderr
    [report] = found
    assert [problem.partition(": The host cannot be reached: ")[0] for problem in report["problems"]] == names
    assert (list(report["hosts"]), report["databases"]) == (sorted(names), {})
    assert (report["primary"], report["standbys"]) == ("db1", ["db2"])

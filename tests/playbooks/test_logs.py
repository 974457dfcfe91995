"""logs.yml where hosts do not answer: what is told of them, with a host that watches, with one that is gone too, and without one.

This machine stands in for hosts that answer, with a journalctl of few words; nothing listens where the others are.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.shared.programs import Programs
from tests.shared.samples import ROOT

HERE = {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": sys.executable}
GONE = {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_user": "nobody"}


def entry(message: str) -> str:
    """Return a line as journalctl has it."""
    return json.dumps({"__CURSOR": message, "__REALTIME_TIMESTAMP": "1", "MESSAGE": message, "SYSLOG_IDENTIFIER": "haproxy"})


def logs(folder: Path, monitors: dict[str, Any], **data: dict[str, Any]) -> dict[str, Any]:
    """Return what is reported of a balancer that answers and a web host that does not; and of hosts with `data`, by their groups."""
    programs = Programs(folder)
    programs.add("journalctl", body=f"case \"$*\" in *--file=*) echo '{entry('kept')}';; *) echo '{entry('own')}';; esac")
    hosts = {"balancer": {"balancer1": HERE}, "web": {"web1": GONE}, "monitor": monitors, **data}
    # Each has an address of its own, by which nobody comes to it
    addresses = {name: f"192.0.2.{number}" for number, name in enumerate((name for found in hosts.values() for name in found), 1)}
    groups = {
        group: {"hosts": {name: {**how, "fleet_address": addresses[name]} for name, how in found.items()}} for group, found in hosts.items()
    }
    shared = {"apps": [{"name": "hello", "source": str(ROOT / "app"), "default": True}]}
    inventory = folder / "hosts.json"
    inventory.write_text(json.dumps({"all": {"vars": shared, "children": groups}}), encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PATH": f"{programs.folder}:{environment['PATH']}", "COLUMNS": "1000"}
    command = [sys.executable, "-P", "-m", "ansible", "playbook", "playbooks/logs.yml", "-i", str(inventory), "-e", "format=json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{"))))


@pytest.mark.parametrize(
    ("monitors", "told"),
    [
        ({}, [("balancer1", "own")]),
        ({"monitor1": {**GONE, "ansible_port": 2}}, [("balancer1", "own")]),
        ({"monitor1": HERE}, [("balancer1", "own"), ("web1", "kept")]),
    ],
    ids=["without one that watches", "one that is gone too", "one that watches"],
)
def test_what_there_is_of_it_is_told(tmp_path: Path, monitors: dict[str, Any], told: list[tuple[str, str]]) -> None:
    report = logs(tmp_path, monitors)
    assert [(one["host"], one["message"]) for one in report["entries"]] == told
    assert list(report["silent"]) == ["web1"]
    assert report["silent"]["web1"].startswith("The host cannot be reached: ")


def test_hosts_with_the_data_and_its_backups_are_asked_too(tmp_path: Path) -> None:
    monitors = {"monitor1": HERE}
    report = logs(tmp_path, monitors, database={"db1": HERE}, backup=monitors)
    assert [(one["host"], one["message"]) for one in report["entries"]] == [
        ("balancer1", "own"),
        ("db1", "own"),
        ("monitor1", "own"),
        ("web1", "kept"),
    ]

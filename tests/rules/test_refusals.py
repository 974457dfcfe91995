"""``site.yml`` itself, with inventories that are wrong: it says what and how to put it right, and no host has been contacted."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.shared.samples import ROOT, write

APP: dict[str, Any] = {"name": "hello", "source": "app", "default": True, "env": {"KEY": "hunter2"}}
HOSTS = {"web": ["web1", "web2"], "balancer": ["balancer1"]}
PLACES: dict[str, dict[str, Any]] = {
    "web1": {"ansible_host": "192.0.2.1"},
    "web2": {"ansible_host": "192.0.2.2"},
    "web9": {"ansible_host": "{{ '192.0.2.' ~ 1 }}", "ansible_port": 22},
    "balancer1": {"ansible_host": "192.0.2.3", "fleet_address": "{{ ansible_host }}"},
}


class Run:
    """A run of the shipped playbook with an inventory in `folder`, whose hosts note every contact."""

    def __init__(self, folder: Path) -> None:
        """Make an app, and an ssh that only tells that it was used."""
        self.contacts = folder / "contacts"
        self.inventory = write(
            folder,
            {"app/requirements.txt": "gunicorn\n", "ssh": f"#!/bin/sh\necho contact >>{self.contacts}\nexit 255\n"},
        )
        (folder / "ssh").chmod(0o755)

    def __call__(
        self,
        *options: str,
        apps: list[dict[str, Any]] | None = None,
        hosts: dict[str, list[str]] = HOSTS,
        page: dict[str, Any] | None = None,
    ) -> str:
        """Return the output of a run that has to fail."""
        groups = {group: {"hosts": {name: PLACES.get(name, {}) for name in names}} for group, names in hosts.items()}
        variables: dict[str, Any] = {"monitor_page": page} if page else {}
        variables |= {"apps": [APP] if apps is None else apps, "ansible_ssh_executable": str(self.inventory / "ssh")}
        write(self.inventory, {"hosts.yml": yaml.safe_dump({"all": {"children": groups}}), "group_vars/all.yml": yaml.safe_dump(variables)})
        command = [sys.executable, "-m", "ansible", "playbook", "site.yml", "--inventory", str(self.inventory / "hosts.yml"), *options]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "1000"}
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode, done.stdout
        assert "hunter2" not in done.stdout
        return done.stdout


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run with a folder of its own."""
    return Run(tmp_path)


def test_a_good_inventory_goes_on_to_its_hosts(run: Run) -> None:
    assert "The host cannot be reached" in run()
    assert run.contacts.exists()


def test_a_repository_is_looked_into_only_when_the_hosts_are_known(run: Run) -> None:
    assert "The host cannot be reached" in run(
        apps=[{"name": "hello", "default": True, "repository": "https://192.0.2.9/x.git", "ref": "v1.0"}]
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hosts": {"web": [], "balancer": ["balancer1"]}}, ["The group 'web' has no host; give it at least one"]),
        ({"hosts": {"web": ["web1"]}}, ["The group 'balancer' has no host; give it at least one"]),
        ({"hosts": {**HOSTS, "web": ["web1", "web9"]}}, ["web1 and web9 are one host, 192.0.2.1 port 22; give each an ansible_host"]),
        ({"hosts": {**HOSTS, "monitor": ["watch1", "watch2"]}}, ["The group 'monitor' has watch1, watch2; one host watches a fleet"]),
        ({"hosts": {**HOSTS, "monitor": ["web1"]}}, ["web1 is in the group 'monitor' and serves visitors too"]),
        (
            {"page": {"domain": "fleet.example.org", "tls": "selfsigned", "allow": ["192.0.2.7"], "users": "{{ nobody_has_this }}"}},
            ["monitor_page: no host is in the group 'monitor', so there is no page; add one, or take the variable out."],
        ),
        ({"hosts": {}}, ["The group 'web' has no host", "The group 'balancer' has no host"]),
        (
            {"apps": [APP, {**APP, "ports": {"blue": 80, "green": 5003}}]},
            [
                "hello and hello both have the name hello; each needs its own.",
                "apps.hello.ports.blue: 80 is outside 1024 to 65535; such as 5001.",
            ],
        ),
        (
            {"apps": [{**APP, "source": "gone"}, {**APP, "name": "shop", "source": "away"}]},
            ["apps.hello.source: there is no folder", "apps.shop.source: there is no folder"],
        ),
        (
            {"apps": [{**APP, "repository": "https://me:hunter2@example.org/x.git", "ref": "main~1", "source": "../app"}]},
            ["write 'https://example.org/x.git', and leave them to git", "apps.hello.ref: 'main~1'", "apps.hello.source: '../app'"],
        ),
        ({"apps": [{**APP, "ref": 1.10}]}, ["apps.hello.ref: 1.1 is no string to YAML; quote what you wrote."]),
        (
            {"apps": [{**APP, "colour": "red"}, None, "shop", {**APP, "name": "b", "helth": "/x", "domains": "b.example.org", "jobs": {}}]},
            [
                "    apps.hello.colour: there is no such key; there is after_migration, balance, build, build_sec",
                "    apps.#2: it has no value, and a mapping is wanted",
                "    apps.#3: it is 'shop', and a mapping is wanted",
                "    apps.b.helth: there is no such key; did you mean health?",
                "    apps.b.domains: it is 'b.example.org', and a list is wanted; write 'domains: [b.example.org]'.",
                "    apps.b.jobs: it is a mapping, and a list is wanted; begin each item with '- name: ...'.",
            ],
        ),
    ],
    ids=[
        "no web host",
        "no balancer",
        "one host twice",
        "two monitors",
        "a monitor that serves",
        "a page without a monitor",
        "no host at all",
        "name and port",
        "two sources",
        "repository",
        "number as ref",
        "keys and kinds",
    ],
)
def test_a_wrong_inventory_is_refused_before_any_host_is_contacted(run: Run, change: dict[str, Any], said: list[str]) -> None:
    output = run(**change)
    assert [words for words in said if words not in output] == [], output
    assert "cannot be reached" not in output
    assert not run.contacts.exists()


def test_a_run_that_leaves_a_host_out_is_refused_before_any_host_is_contacted(run: Run) -> None:
    output = run("--limit", "web1:balancer1")
    assert "This run leaves out web2; a fleet is deployed whole, so run it without --limit." in output
    assert not run.contacts.exists()

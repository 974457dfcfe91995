"""Playbooks of the lab, and its inventory, on hosts that are not there: what is asked for, and what the operator reads."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.shared.programs import Programs
from tests.shared.samples import ROOT, write

ENVIRONMENT = {
    key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MOLECULE_")) and not key.lower().endswith("_proxy")
}
ENVIRONMENT |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "1000"}


class Web(ThreadingHTTPServer):
    """A proxy that answers for every site, all with one status, and notes what is asked for."""

    def __init__(self) -> None:
        """Listen on a free port of this machine."""
        self.asked: list[str] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), Page)


class Page(BaseHTTPRequestHandler):
    """A site's page."""

    server: Web

    def do_GET(self) -> None:
        """Answer."""
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[Web]:
    """Return all sites there are."""
    with Web() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def address(folder: Path, web: Web, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run ``address.yml`` for two balancers with these variables."""
    hosts = {"balancer1": {"ansible_host": "192.0.2.1"}, "balancer2": {"ansible_host": "192.0.2.2"}}
    write(folder, {"hosts.yml": yaml.safe_dump({"balancer": {"hosts": hosts, "vars": variables}})})
    command = [sys.executable, "-m", "ansible", "playbook", "playbooks/lab/address.yml", "--inventory", str(folder / "hosts.yml")]
    proxy = {"http_proxy": f"http://127.0.0.1:{web.server_port}"}
    return subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT | proxy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


@pytest.mark.parametrize(("variables", "port"), [({}, ""), ({"balancer_port": "80"}, ""), ({"balancer_port": 8080}, ":8080")])
def test_the_address_that_is_said_is_where_the_page_was_got(variables: dict[str, object], port: str, web: Web, tmp_path: Path) -> None:
    done = address(tmp_path, web, **variables)
    urls = [f"http://192.0.2.1{port}/", f"http://192.0.2.2{port}/"]
    assert done.returncode == 0, done.stdout
    assert sorted(web.asked) == urls
    assert [line.partition("Browse ")[2] for line in done.stdout.splitlines() if "Browse " in line] == urls


def test_no_address_is_said_where_there_is_no_page(web: Web, tmp_path: Path) -> None:
    web.status = 503
    done = address(tmp_path, web)
    assert done.returncode != 0
    assert "Browse" not in done.stdout
    assert "503" in done.stdout


@pytest.mark.parametrize("inventory", ["lab", "molecule"])
def test_ssh_finds_the_lab_s_files_in_a_checkout_with_blanks_in_its_path(inventory: str, tmp_path: Path) -> None:
    """Two in a row, which ssh would not say again if it took one for the end of a path."""
    folder = tmp_path / "a  checkout"
    shutil.copytree(ROOT / "inventories" / inventory, folder / "inventories" / inventory)
    ssh = write(tmp_path, {"ssh": f"#!/bin/sh\nssh -G \"$@\" >'{tmp_path}/settings'\nexit 255\n"}) / "ssh"
    ssh.chmod(0o755)
    command = [sys.executable, "-m", "ansible", "adhoc", "web1", "--inventory", str(folder / "inventories" / inventory)]
    options = ["--module-name", "ansible.builtin.raw", "--args", "true", "--extra-vars", f"ansible_ssh_executable={ssh}"]
    done = subprocess.run([*command, *options], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert (tmp_path / "settings").exists(), done.stdout
    settings = dict(line.split(" ", 1) for line in (tmp_path / "settings").read_text(encoding="utf-8").splitlines())
    cache = folder / ".cache" / {"lab": "lab", "molecule": "molecule-default"}[inventory]
    found = [os.path.normpath(settings[name]) for name in ("userknownhostsfile", "identityfile")]
    assert found == [str(cache / "known_hosts"), str(cache / "id_ed25519")]
    assert settings["stricthostkeychecking"] == "true"


def test_a_machine_that_cannot_be_one_of_linux_is_refused_with_what_to_do(tmp_path: Path) -> None:
    uname = write(tmp_path, {"bin/uname": "#!/bin/sh\necho Darwin\n"}) / "bin/uname"
    uname.chmod(0o755)
    command = [sys.executable, "-m", "ansible", "playbook", "playbooks/lab/up.yml", "--check", "-e", "ansible_become=false"]
    environment = ENVIRONMENT | {"PATH": f"{tmp_path}/bin:{ENVIRONMENT['PATH']}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode != 0
    assert "which takes Linux. All else works here: see 'Your own hosts' in docs/getting-started.md" in done.stdout


def test_images_are_built_where_there_is_no_lab_yet(tmp_path: Path) -> None:
    """As `make images` does in a clean checkout: what a later step of the lab would make is not there."""
    programs = Programs(tmp_path)
    programs.add("podman", body='case "$*" in "image exists"*) exit 1 ;; esac')
    programs.add("mmdebstrap", body='for file; do :; done; echo debian >"$file"')
    cache = tmp_path / "a checkout/.cache"
    variables = json.dumps({"ansible_become": False, "lab_dir": f"{cache}/lab", "__lab_missing": []})
    command = [sys.executable, "-m", "ansible", "playbook", "playbooks/lab/up.yml", "--tags", "prepare,image", "-e", variables]
    environment = ENVIRONMENT | {"PATH": f"{programs.folder}:{ENVIRONMENT['PATH']}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert [file.name.partition("-")[0] for file in cache.rglob("*.tar")] == ["trixie"]
    assert {call[-2] for call in programs.calls if call[:2] == ["podman", "import"]} == {str(file) for file in cache.rglob("*.tar")}

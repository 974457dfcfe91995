"""Playbooks where ansible.cfg is not read: from another folder, or in a checkout that anybody may write to."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared.samples import ROOT

CURE = ["closed to others (chmod o-w .)", "ANSIBLE_CONFIG=<the checkout>/ansible.cfg in the environment"]
# Each begins with a file of its own that needs ours
PLAYBOOKS = ["site.yml", "playbooks/rollback.yml", "playbooks/run.yml", "playbooks/history.yml", "playbooks/lab/up.yml"]


def run(playbook: Path, folder: Path, config: str = "") -> str:
    """Run a playbook in a folder, for hosts that are nowhere; return what it said."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_NOCOLOR": "1", "COLUMNS": "1000", **({"ANSIBLE_CONFIG": config} if config else {})}
    # As the program ansible-playbook, which does not look into the folder where it is run
    command = [sys.executable, "-P", "-m", "ansible", "playbook", str(playbook), "-i", "web1,"]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode
    return done.stdout


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_from_another_folder_the_error_ends_with_the_cure(playbook: str, tmp_path: Path) -> None:
    said = run(ROOT / playbook, tmp_path)
    assert [words for words in CURE if words not in said] == [], said


def test_every_playbook_begins_with_one_of_these_files() -> None:
    """One that did not would say no more than what could not be found."""
    begins = {path: path.read_text(encoding="utf-8") for path in (ROOT / "playbooks").glob("*.yml")}
    assert [
        str(path) for path, text in begins.items() if not ("parts/check.yml" in text or "parts/build.yml" in text or CURE[0] in text)
    ] == []


def test_where_it_is_named_it_runs_from_any_folder(tmp_path: Path) -> None:
    assert "The group 'web' has no host" in run(ROOT / "site.yml", tmp_path, str(ROOT / "ansible.cfg"))


class TestWorldWritable:
    """A checkout on a file system that knows no owners, or made so by hand."""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        """Return one."""
        for name in ("playbooks", "roles", "ansible_collections"):
            shutil.copytree(ROOT / name, tmp_path / "checkout" / name)
        for name in ("site.yml", "ansible.cfg"):
            shutil.copyfile(ROOT / name, tmp_path / "checkout" / name)
        (tmp_path / "checkout").chmod(0o777)
        return tmp_path / "checkout"

    def test_the_error_ends_with_the_cure(self, checkout: Path) -> None:
        said = run(checkout / "site.yml", checkout)
        assert "world writable" in said
        assert [words for words in CURE if words not in said] == [], said

    def test_either_cure_cures(self, checkout: Path) -> None:
        assert "The group 'web' has no host" in run(checkout / "site.yml", checkout, str(checkout / "ansible.cfg"))
        checkout.chmod(0o755)
        assert "The group 'web' has no host" in run(checkout / "site.yml", checkout)

"""What tests of the lab begin with: a machine whose programs only note how they are called, and a lock of the test's own."""

import os
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.lab import image, network, removal
from tests.shared.programs import Programs


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Return the machine's programs; there is none yet but those of every system."""
    programs = Programs(tmp_path)
    monkeypatch.setenv("PATH", f"{programs.folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    for module in (image, network, removal):
        monkeypatch.setattr(module, "MACHINE", tmp_path)
    return programs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a lab, in a checkout with a blank in its path; it has what a lab puts there."""
    folder = tmp_path / "a checkout/.cache/lab"
    folder.mkdir(parents=True)
    for name in ("id_ed25519", "id_ed25519.pub", "known_hosts"):
        (folder / name).write_text(f"{name}\n", encoding="utf-8")
    return folder

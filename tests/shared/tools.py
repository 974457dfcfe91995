"""Programs that our configurations are held against, as Debian has them: `promtool` and `amtool`."""

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.shared.samples import ROOT

FOLDER = ROOT / ".cache/tools"
SUITES = {12: "bookworm", 13: "trixie"}


@functools.cache
def tool(name: str, debian: int = 13) -> Path:
    """Return where a program of a Debian is, fetched where it is not there yet; without apt, as on a Mac, the test is skipped."""
    if not shutil.which("apt-get"):
        pytest.skip(f"{name} is fetched as a package of Debian, by apt-get, which this machine has not")
    done = subprocess.run([ROOT / ".config/tools", FOLDER], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return FOLDER / SUITES[debian] / name

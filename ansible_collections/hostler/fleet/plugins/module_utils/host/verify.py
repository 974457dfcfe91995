"""What systemd itself says of a unit before it is installed."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

DISTRIBUTION = (Path("/usr/lib/systemd/system"), Path("/lib/systemd/system"))
# The release that a unit starts comes later, so another program stands in for it
STAND_IN = (re.compile(r"^ExecStart=.*$", re.MULTILINE), "ExecStart=/bin/true")


def complaints(unit: str, text: str) -> str:
    """Return what systemd says against a unit of ours, of this name and text; nothing where it is good."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, unit)
        path.write_text(STAND_IN[0].sub(STAND_IN[1], text), encoding="utf-8")
        return _said(path, unit.removesuffix(".service"))


def complaints_of_part(unit: str, part: str, text: str) -> str:
    """Return what systemd says against a part that is added to a unit of the distribution's; nothing where the unit is not there yet."""
    own = next((folder / unit for folder in DISTRIBUTION if (folder / unit).exists()), None)
    if not own:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, unit)
        path.write_bytes(own.read_bytes())
        added = Path(folder, f"{unit}.d", part)
        added.parent.mkdir()
        added.write_text(text, encoding="utf-8")
        return _said(path, part)


def _said(path: Path, about: str) -> str:
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if about in line]
    return "\n".join(lines) or (done.stderr if done.returncode else "")

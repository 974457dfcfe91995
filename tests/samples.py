"""What several tests begin with."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from roles.fleet.action_plugins import check_fleet

ROOT = Path(__file__).parents[1]


def app(**changes: Any) -> dict[str, Any]:
    """Return an app as ``check_fleet`` hands it to the other roles."""
    [completed] = check_fleet.complete([{"name": "hello", "source": ".", "default": True, **changes}])
    return {**completed, "check": {"path": completed["health"], "host": (completed["hosts"] or ["localhost"])[0]}}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files, by their names below a folder; return the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def git(folder: Path, *command: str) -> str:
    """Run git as the author of a repository would; return what it prints."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always"]
    return subprocess.run(["git", *identity, *command], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def repository(folder: Path) -> Path:
    """Make a folder a repository with one commit, on the branch main; return the folder."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Start")
    return folder

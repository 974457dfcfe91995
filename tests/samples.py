"""What several tests begin with."""

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

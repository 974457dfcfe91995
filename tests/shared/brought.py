"""What a role brings to a host of this package, and what its programs import there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.hostler.fleet.plugins.action import put_files
from tests.shared.samples import ROOT, write

PACKAGE = put_files.PACKAGE.replace("/", ".")


def variables(role: str) -> dict[str, Any]:
    """Return the variables of a role, as they are written."""
    return dict(yaml.safe_load((ROOT / "roles" / role / "vars/main.yml").read_text(encoding="utf-8")))


def imported(modules: list[str], programs: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Have a folder be a host's library with these modules; return which of them the programs import, with nothing else of ours at hand."""
    asked: list[dict[str, Any]] = []

    def ask(_: Any, args: dict[str, Any], __: Any) -> dict[str, Any]:
        asked.append(args)
        return {}

    monkeypatch.setattr(put_files.ActionModule, "ask", ask)
    task: Any = put_files.ActionModule.__new__(put_files.ActionModule)
    task.act({"modules": modules, "library": str(folder), "files": []}, None)
    for file in asked[0]["files"]:
        write(Path("/"), {file["path"]: file["text"]})
    # With nothing of this project or of Ansible at hand
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); import {', '.join(programs)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, capture_output=True, text=True)
    names = {name.removeprefix(f"{PACKAGE}.").replace(".", "/") for name in done.stdout.split() if name.startswith(f"{PACKAGE}.")}
    # Packages are folders there
    return {f"{name}.py" for name in names if (folder / put_files.PACKAGE / f"{name}.py").is_file()}

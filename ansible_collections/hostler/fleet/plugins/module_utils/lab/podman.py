"""How podman is told and asked, the marks on what labs have there, and where the labs of a machine wait for each other."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

LABEL = "hostler.lab"  # on all that belongs to a lab; its value is the name of the lab's network
FOLDER = "hostler.dir"  # on a network: the folder of the lab that made it, and so the checkout
REPOSITORY = "localhost/hostler-lab"
MACHINE = Path("/run")  # `only` one lab, of whatever checkout, looks for and makes or removes what all labs of the machine share


class Failed(Exception):
    """What the operator must know: one sentence, and what a program said."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command and return what came of it."""
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)


def must(*command: str) -> str:
    """Run a command that has to succeed; return its output."""
    done = run(*command)
    if done.returncode:
        raise Failed(f"{command[0]} failed: {(done.stderr.strip() or done.stdout.strip())[-3000:]}")
    return done.stdout


def listed(*arguments: str) -> list[Any]:
    """Return what podman lists."""
    return json.loads(must("podman", *arguments, "--format=json") or "[]") or []

"""Run a command of the operator's on the control node, with what there is to know of a release in its environment."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Any

SECONDS = 60
# Of the run's own environment a hook gets no more: values of an app's env may be there too
KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "no_proxy")
OWN = "HOOK_"
# What a hook is always told; empty where there is nothing to tell yet
FACTS = ("app", "verb", "release", "from", "commit", "by", "result", "why", "requests", "failed")


def environment(facts: Mapping[str, Any], inherited: Mapping[str, str]) -> dict[str, str]:
    """Return a hook's environment."""
    kept = {name: value for name, value in inherited.items() if name in KEPT or name.startswith((OWN, "LC_"))}
    return kept | {f"HOSTLER_{name.upper()}": str(facts.get(name, "")).replace("\0", "") for name in FACTS}


def run(command: str, folder: str, env: dict[str, str], seconds: float) -> tuple[str, str]:
    """Run a command, and all that it has begun no longer than `seconds`; return what is wrong (empty: nothing) and what it printed.

    What it leaves in the background is not waited for, so what is printed goes to a file.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(seconds)
            wrong = f"ended with {code}" if code else ""
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            wrong = f"did not end within {seconds:g} s"
        said.seek(0)
        return wrong, said.read().decode(errors="replace").strip()[-3000:]

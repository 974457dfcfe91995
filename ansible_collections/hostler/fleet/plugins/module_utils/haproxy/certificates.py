"""The certificates that the running HAProxy shows; apart from the rest, for it takes a while to import what reads their dates."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Runtime


def ends(runtime: Runtime) -> dict[str, int]:
    """Return until when each certificate is valid that HAProxy has, by its file's name, in seconds since 1970."""
    files = [line for line in runtime.ask("show ssl cert").splitlines() if line.startswith("/")]
    found = {file: re.search(r"^notAfter: (.+)$", runtime.ask(f"show ssl cert {file}"), re.MULTILINE) for file in files}
    return {Path(file).stem: ssl.cert_time_to_seconds(end[1]) for file, end in found.items() if end}

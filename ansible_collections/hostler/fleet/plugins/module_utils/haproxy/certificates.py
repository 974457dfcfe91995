"""The certificates that the running HAProxy shows; apart from the rest, for it takes a while to import what reads their dates."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.place import CERTIFICATES
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused, Runtime


def ends(runtime: Runtime) -> dict[str, int]:
    """Return until when each certificate is valid that HAProxy shows to visitors, by its file's name, in seconds since 1970."""
    files = [line for line in runtime.ask("show ssl cert").splitlines() if line.startswith(f"{CERTIFICATES}/")]
    found = {file: re.search(r"^notAfter: (.+)$", runtime.ask(f"show ssl cert {file}"), re.MULTILINE) for file in files}
    return {Path(file).stem: ssl.cert_time_to_seconds(end[1]) for file, end in found.items() if end}


def take(runtime: Runtime, file: Path, text: str) -> None:
    """Have the running HAProxy show another certificate, PEM with its key, as that of a file, to who comes from now on."""
    # An empty line would end it
    pem = "\n".join(line for line in text.splitlines() if line.strip())
    for command in (f"set ssl cert {file} <<\n{pem}\n", f"commit ssl cert {file}"):
        said = runtime.ask(command).strip()
        if "Transaction" not in said and "Success" not in said:
            runtime.ask(f"abort ssl cert {file}")
            raise Refused(f"HAProxy does not take {file}: {said}")

"""What a host has that nobody could make anew: secrets that Hostler made, the account for certificates, the history, which slot is live.

Nothing of an app's own is among them, and nothing that another run would write.
"""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path("/")
# By what a host is in the fleet; of a folder, all that is in it
PATHS = {
    "web": ("srv/*/secrets/*", "srv/*/history.jsonl"),
    "balancer": ("var/lib/hostler/history.jsonl", "etc/haproxy/slots.map", "etc/hostler/acme/private/*", "etc/hostler/acme/eab"),
    "authority": ("etc/ssl/hostler/authority.pem",),
}


def found(kinds: list[str], root: Path = ROOT) -> Iterator[Path]:
    """Yield the files of a host that are to be kept; what a killed run left half-written is none."""
    for kind in kinds:
        for pattern in PATHS[kind]:
            yield from (path for path in sorted(root.glob(pattern)) if path.is_file() and not path.is_symlink() and path.name[0] != ".")


def packed(kinds: list[str], root: Path = ROOT) -> str:
    """Return them as a tar in base64, the same for the same files; empty for none."""
    files = list(found(kinds, root))
    if not files:
        return ""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in files:
            _add(tar, str(path.relative_to(root)), path.read_bytes())
    return base64.b64encode(held.getvalue()).decode("ascii")


def joined(hosts: Mapping[str, str]) -> bytes:
    """Return one tar of those of several hosts, each below a folder of the host's name; the same for the same files."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as whole:
        for host, text in sorted(hosts.items()):
            if not text:
                continue
            with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text))) as tar:
                for member in tar.getmembers():
                    content = tar.extractfile(member)
                    assert content
                    _add(whole, f"{host}/{member.name}", content.read())
    return held.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file that is root's and for root alone, of no date."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))

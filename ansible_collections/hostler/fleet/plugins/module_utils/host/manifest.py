"""What a release was when it was laid out, so that a later change by hand is seen.

``release.json`` in a release's folder has a SHA-256, in hex, of each part: ``app`` and ``units``, over all of their files as in
``bundle``, and the two files ``environment`` and ``gunicorn.conf.py``. It is no seal: who may change the release may change it too.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.digest import digest
from ansible_collections.hostler.fleet.plugins.module_utils.host import assets
from ansible_collections.hostler.fleet.plugins.module_utils.named import write as put

NAME = "release.json"
FILES = ("environment", "gunicorn.conf.py")


def digests(release: Path) -> dict[str, str]:
    """Return the digest of each part of the release in a folder. What Python compiled there, or it was lent, is no part."""
    app = release / "app"
    lent = assets.noted(release)
    found = (path for path in app.rglob("*") if path.is_symlink() or path.is_file())
    own = (path.relative_to(app) for path in found if path.parent.name != "__pycache__")
    names = sorted((name for name in own if name.as_posix() not in lent), key=lambda name: name.as_posix())
    units = sorted(path.relative_to(release / "units") for path in (release / "units").glob("*/*"))
    return {
        "app": digest(app, names),
        "units": digest(release / "units", units) if units else "",
        **{name: _digest(release / name) for name in FILES},
    }


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def write(release: Path) -> None:
    """Write down what the release in a folder is now."""
    put(release / NAME, json.dumps(digests(release), indent=1) + "\n")


def changed(release: Path) -> list[str] | None:
    """Return the parts that are not what they were; none known where nothing was written down."""
    try:
        were = dict(json.loads((release / NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValueError:
        return [NAME]
    return [part for part, digest in digests(release).items() if were.get(part, "") != digest]

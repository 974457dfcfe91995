"""Renew what the repository has of npm packages, and the record of it. `make lock` runs this; it takes npm, and nothing else does."""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORD = ROOT / ".config/vendored.json"


def renew(name: str, known: dict[str, dict[str, str]]) -> dict[str, object]:
    """Fetch the newest version of a package, put its files where they are kept, and return what is on record of it then.

    npm holds the package against the registry's digest, and says it; that goes on record, beside the digest of each file.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{name}@latest", "--json", "--pack-destination", folder]
        [packed] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        files = {}
        with tarfile.open(Path(folder) / packed["filename"]) as archive:
            for kept, file in known.items():
                member = archive.extractfile(f"package/{file['from']}")
                assert member, f"{name} {packed['version']} has no {file['from']}"
                content = member.read()
                (ROOT / kept).write_bytes(content)
                files[kept] = {"from": file["from"], "sha256": hashlib.sha256(content).hexdigest()}
    return {"version": packed["version"], "integrity": packed["integrity"], "files": files}


def main() -> None:
    """Renew each package on record."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    renewed = {name: renew(name, package["files"]) for name, package in record.items()}
    RECORD.write_text(json.dumps(renewed, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

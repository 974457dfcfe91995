"""The base image of lab hosts: Debian by mmdebstrap, kept as a tarball, imported into podman."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import MACHINE, REPOSITORY, must, run
from ansible_collections.hostler.fleet.plugins.module_utils.only import only


def recipe(suite: str, packages: list[str], masked: list[str], files: dict[str, str]) -> list[str]:
    """Return mmdebstrap's options; a change of any of them makes another image. `files` has the folder there by the path here."""
    hooks = [
        *(f"copy-in {shlex.quote(path)} {folder}" for path, folder in files.items()),
        # mmdebstrap leaves the build machine's identity behind: every host makes its own
        'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname "$1"/etc/resolv.conf "$1"/etc/hosts',
        ': >"$1"/etc/machine-id',
        'echo LANG=C.UTF-8 >"$1"/etc/default/locale',
    ]
    if masked:
        links = " ".join(f"{'system-generators' if name.endswith('-generator') else 'system'}/{name}" for name in masked)
        hooks.append(f'cd "$1"/etc/systemd && mkdir -p system-generators && for link in {links}; do ln -s /dev/null $link; done')
    return ["--variant=minbase", f"--include={','.join(packages)}", *(f"--customize-hook={hook}" for hook in hooks), suite]


def make(suite: str, packages: list[str], masked: list[str], files: dict[str, str], cache: Path, check: bool) -> tuple[bool, str]:
    """Return whether the image was missing, and its name; it is then imported, and built first where `cache` has no tarball of it."""
    # The same recipe has the same digest in every checkout: files count by what they are, not by where they lie
    named = {Path(path).name: folder for path, folder in files.items()}
    told = "\n".join(recipe(suite, packages, masked, named)).encode() + b"".join(Path(path).read_bytes() for path in files)
    tag = f"{suite}-{hashlib.sha256(told).hexdigest()[:12]}"
    image, tarball, partial = f"{REPOSITORY}:{tag}", cache / f"{tag}.tar", cache / f".{tag}.tar"
    with only(MACHINE):
        missing = run("podman", "image", "exists", image).returncode != 0
        if missing and not check:
            if not tarball.exists():
                must("mmdebstrap", "--quiet", *recipe(suite, packages, masked, files), str(partial))
                for old in cache.glob(f"{suite}-*.tar"):
                    old.unlink()
                partial.rename(tarball)
            must("podman", "import", "--quiet", str(tarball), image)
    return missing, image

"""What goes with a host of a lab, and what with the last of them; only what carries the lab's label is touched."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils.lab import access
from ansible_collections.hostler.fleet.plugins.module_utils.lab.network import made_elsewhere
from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import LABEL, MACHINE, REPOSITORY, listed, must, run
from ansible_collections.hostler.fleet.plugins.module_utils.only import only

COMMANDS = {"network": ("network", "rm"), "image": ("rmi",)}


def foreign(networks: list[Any], network: str, folder: str) -> bool:
    """Tell whether the lab of that name is another folder's that is still there; `networks` are those with its label.

    What a checkout has left that was deleted or moved can be removed by any other one.
    """
    others = (made_elsewhere(each, folder) for each in networks if each["name"] == network)
    return any(other is not None and other.exists() for other in others)


def shared(networks: list[Any], images: list[Any], network: str) -> list[tuple[str, str]]:
    """Return what goes with a lab's last host, as kind and name: its network, and with the last of all labs, whose `networks` are given,
    the `images` that no container uses.
    """
    labs = {each["name"]: each["labels"][LABEL] for each in networks}
    unused = [("image", each["Names"][0]) for each in images if not each.get("Containers")]
    return [("network", name) for name, lab in labs.items() if lab == network] + (unused if set(labs.values()) <= {network} else [])


def remove(network: str, hosts: list[str] | None, folder: Path, check: bool) -> list[str]:
    """Remove hosts, or all with None, and the lab with the last; return what was removed, in words. Nothing goes of another folder's."""
    removed: list[str] = []
    if shutil.which("podman"):
        mark = f"--filter=label={LABEL}={network}"
        if foreign(listed("network", "ls", mark), network, str(folder.resolve())):
            return []
        mine = [each["Names"][0] for each in listed("ps", "--all", mark)]
        going = [name for name in mine if hosts is None or name in {f"{network}-{host}" for host in hosts}]
        removed = [f"container {name}" for name in going]
        if going and not check:
            # One that stops by itself while podman waits for it makes rm fail; one that has stopped makes kill fail, and rm works
            run("podman", "kill", *going)
            must("podman", "rm", "--force", "--time=0", "--volumes", *going)
        if set(mine) - set(going):
            return removed
        with only(MACHINE):
            networks, images = listed("network", "ls", f"--filter=label={LABEL}"), listed("images", f"--filter=reference={REPOSITORY}")
            for kind, name in shared(networks, images, network):
                removed.append(f"{kind} {name}")
                if not check:
                    must("podman", *COMMANDS[kind], name)
    files = [path for path in (folder / access.KEY, folder / access.PUBLIC, folder / access.KNOWN) if path.exists()]
    if not check:
        for path in files:
            path.unlink()
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return [*removed, *map(str, files)]

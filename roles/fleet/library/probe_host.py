# Managed by Hostler, role:fleet
"""Tell what the roles must know of a host, in one round trip and without the cost of gathering every fact."""

from __future__ import annotations

import ipaddress
import os
import platform
import pwd
import re
import socket
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: probe_host
short_description: Tell what the roles must know of a host
description:
  - Returns the fact C(hostler) with C(name), C(address), C(os), C(os_version), C(cores), C(package_lists), C(platform)
    with C(python), C(machine) and C(glibc), and C(apps), for each app that the host is prepared for its C(slots) with their releases,
    C(whole), the releases that can be started, C(venvs), C(secrets), the names of their generations, C(generations), for each release
    with secrets the one that it is to have, and C(units), the release of each of its workers and of its jobs' timers; and C(left), other
    apps that the host has a unit of ours for.
  - Fails on a host that Hostler does not support, and where an app's name belongs to something else on the host.
options:
  name: {description: Name of the host in the inventory., type: str, required: true}
  address:
    description: Address by which other hosts reach this one; where it is no IPv4 address, the host's own is found.
    type: str
    required: true
  names:
    description: Names of apps.
    type: list
    elements: str
    required: true
"""

OLDEST = {"debian": 12, "ubuntu": 22}
HOMES = Path("/srv")
UNITS = Path("/etc/systemd/system")
MARK = "# Managed by Hostler, role:web"
RELEASE = re.compile(r"^Environment=RELEASE=(\S+)$", re.MULTILINE)
UNIT_FOLDERS = ("/usr/lib/systemd/system", "/lib/systemd/system")


def os_release(path: str = "/etc/os-release") -> dict[str, str]:
    """Return the keys of os-release, unquoted. Source: os-release(5)."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return {key: value.strip("\"'") for key, _, value in (line.partition("=") for line in lines) if value}


def own_address(given: str) -> str:
    """Return `given` if it is an IPv4 address, else the address from which this host reaches out."""
    try:
        return str(ipaddress.IPv4Address(given))
    except ValueError:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("192.0.2.1", 9))  # a documentation address: a datagram socket's connect sends nothing
            return str(sock.getsockname()[0])


def owner_of(name: str) -> str:
    """Return what on this host has the name already and is not an app of ours, or an empty string."""
    try:
        home = pwd.getpwnam(name).pw_dir
        if home != str(HOMES / name):
            return f"the user {name} with the home {home}"
    except KeyError:
        if (folder := HOMES / name).exists():
            return f"the folder {folder}"
    for units in UNIT_FOLDERS:
        for unit in (f"{name}@.service", f"{name}.service"):
            if (path := Path(units, unit)).exists():
                return f"the unit {path}"
    return ""


def parts(name: str, python: str) -> dict[str, Any]:
    """Return what the host has of an app: release of each slot, releases that this `python` can start, virtual environments, secrets."""
    home = HOMES / name
    names = [path for path in (home / "releases").iterdir() if not path.name.startswith(".")]
    venvs = {path.name for path in (home / "venvs").iterdir() if not path.name.startswith(".")}
    ends = f"-python{python}"
    folder = home / "secrets"
    secrets = {path.name for path in folder.iterdir() if not path.name.startswith(".")} if folder.is_dir() else set()
    generations = {path.name: Path(os.readlink(path / "secrets")).name for path in names if (path / "secrets").is_symlink()}
    ready = [path for path in names if (venv := Path(os.readlink(path / "venv")).name).endswith(ends) and venv in venvs]
    return {
        "slots": {path.name: Path(os.readlink(path)).name for path in (home / "slots").iterdir() if path.is_symlink()},
        "whole": sorted(path.name for path in ready if generations.get(path.name) in {None, *secrets}),
        "venvs": sorted(venvs),
        "secrets": sorted(secrets),
        "generations": generations,
        "units": units(name),
    }


def units(name: str) -> dict[str, str]:
    """Return the release of each unit that an app has started with the host, for a job or a worker; empty where the unit is not whole."""
    found = {}
    for link in UNITS.glob(f"*.wants/{name}.*"):
        service = UNITS / f"{link.stem}.service"
        release = RELEASE.search(service.read_text(encoding="utf-8", errors="replace")) if link.exists() and service.exists() else None
        found[link.name] = release[1] if release else ""
    return found


def left(names: list[str]) -> list[str]:
    """Return the apps that the host has a unit of ours for, but that are none of `names`: they were taken out of the inventory."""
    units = {path.name.removesuffix("@.service"): path for path in UNITS.glob("*@.service") if path.is_file()}
    return sorted(name for name, path in units.items() if name not in names and path.read_bytes().startswith(MARK.encode()))


def facts(name: str, address: str) -> dict[str, Any]:
    """Return the facts: `cores` that this host may use, `package_lists`, whether apt knows of any package; versions such as 3.13."""
    release = os_release()
    return {
        "name": name,
        "address": own_address(address),
        "os": release.get("ID", ""),
        "os_version": release.get("VERSION_ID", ""),
        "cores": len(os.sched_getaffinity(0)),
        "package_lists": any(Path("/var/lib/apt/lists").glob("*_Packages*")),
        "platform": {
            "python": ".".join(platform.python_version_tuple()[:2]),
            "machine": platform.machine(),
            "glibc": platform.libc_ver()[1],
        },
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        {
            "name": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "names": {"type": "list", "elements": "str", "required": True},
        },
        supports_check_mode=True,
    )
    found = facts(module.params["name"], module.params["address"])
    oldest = OLDEST.get(found["os"])
    if oldest is None or float(found["os_version"] or 0) < oldest:
        module.fail_json(
            f"This host runs {found['os'] or 'an unknown system'} {found['os_version']}; Hostler supports Debian 12 and newer, "
            "and Ubuntu 22.04 and newer."
        )
    for name in module.params["names"]:
        if owner := owner_of(name):
            module.fail_json(f"apps.{name}.name: {owner} exists on this host; give the app a name of its own.")
    python = found["platform"]["python"]
    try:
        found["apps"] = {name: parts(name, python) for name in module.params["names"] if (HOMES / name / "slots").is_dir()}
        found["left"] = left(module.params["names"])
    except OSError as error:
        module.fail_json(f"What this host has of its apps cannot be read: {error}")
    module.exit_json(changed=False, ansible_facts={"hostler": found})


if __name__ == "__main__":
    main()

"""Tell what the roles must know of a host, in one round trip and without the cost of gathering every fact."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import platform
import pwd
import socket
import time
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import SRV, SYSTEM, apps
from ansible_collections.hostler.fleet.plugins.module_utils.host.room import room
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import must
from ansible_collections.hostler.fleet.plugins.module_utils.host.units import release_of
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts

OLDEST = {"debian": 12, "ubuntu": 22}
LISTS = Path("/var/lib/apt/lists")
STAMP = Path("/var/lib/apt/periodic/update-success-stamp")
DAY = 86400  # seconds
UNIT_FOLDERS = ("/usr/lib/systemd/system", "/lib/systemd/system")


def os_release(path: str = "/etc/os-release") -> dict[str, str]:
    """Return the keys of os-release, unquoted. Source: os-release(5)."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return {key: value.strip("\"'") for key, _, value in (line.partition("=") for line in lines) if value}


def own_address(given: str) -> str:
    """Return `given` if it is an address, else the one from which this host reaches out: of IPv4 where it has such, else of IPv6."""
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        # Documentation addresses: a datagram socket's connect sends nothing
        with contextlib.suppress(OSError):
            return _reaching(socket.AF_INET, "192.0.2.1")
        return _reaching(socket.AF_INET6, "2001:db8::1")


def _reaching(family: int, other: str) -> str:
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((other, 9))
        return str(sock.getsockname()[0])


def sources(others: list[str]) -> list[str]:
    """Return the addresses from which this host comes to those of others; to which no way leads, there is none."""
    found = set()
    for other in others:
        with contextlib.suppress(OSError):
            found.add(_reaching(socket.AF_INET6 if ":" in other else socket.AF_INET, other))
    return sorted(found)


def has_ipv6() -> bool:
    """Tell whether a server of this host can listen to IPv6; a kernel may have it turned off."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::", 0))
    except OSError:
        return False
    return True


def owner_of(name: str) -> str:
    """Return what on this host has the name already and is not an app of ours, or an empty string."""
    try:
        home = pwd.getpwnam(name).pw_dir
        if home != str(SRV / name):
            return f"the user {name} with the home {home}"
    except KeyError:
        if (folder := SRV / name).exists() and not _brought_back(folder):
            return f"the folder {folder}"
    for units in UNIT_FOLDERS:
        for unit in (f"{name}@.service", f"{name}.service"):
            if (path := Path(units, unit)).exists():
                return f"the unit {path}"
    return ""


def _brought_back(folder: Path) -> bool:
    """Tell whether a folder has no more than what an operator brings back of an app that was lost with the host: its secrets."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() and not folder.is_symlink() else set()
    return "secrets" in names and names <= {"secrets", "history.jsonl"}


def parts(name: str, python: str) -> Parts:
    """Return what the host has of an app; whole are the releases that this `python` can start."""
    home = SRV / name
    names = [path for path in (home / "releases").iterdir() if not path.name.startswith(".")]
    venvs = {path.name for path in (home / "venvs").iterdir() if not path.name.startswith(".")}
    ends = f"-python{python}"
    folder = home / "secrets"
    secrets = {path.name for path in folder.iterdir() if not path.name.startswith(".")} if folder.is_dir() else set()
    generations = {path.name: Path(os.readlink(path / "secrets")).name for path in names if (path / "secrets").is_symlink()}
    # A folder without that link is none of ours, and no release
    links = {path: Path(os.readlink(path / "venv")).name for path in names if (path / "venv").is_symlink()}
    ready = [path for path, venv in links.items() if venv.endswith(ends) and venv in venvs]
    return Parts(
        slots={path.name: Path(os.readlink(path)).name for path in (home / "slots").iterdir() if path.is_symlink()},
        whole=sorted(path.name for path in ready if generations.get(path.name) in {None, *secrets}),
        venvs=sorted(venvs),
        secrets=sorted(secrets),
        generations=generations,
        units=units(name),
    )


def units(name: str) -> dict[str, str]:
    """Return the release of each unit that an app has started with the host, for a job or a worker; empty where the unit is not whole."""
    found = {}
    for link in SYSTEM.glob(f"*.wants/{name}.*"):
        service = SYSTEM / f"{link.stem}.service"
        whole = link.exists() and service.exists()
        found[link.name] = release_of(service.read_text(encoding="utf-8", errors="replace")) if whole else ""
    return found


def left(names: list[str]) -> list[str]:
    """Return the apps that the host has a unit of ours for, but that are none of `names`: they were taken out of the inventory."""
    return [name for name in apps() if name not in names]


def fresh_lists() -> bool:
    """Tell whether apt has a list of packages that is no older than a day; a fresh image may have an empty one of today."""
    # What an update found unchanged keeps its date; where apt notes that it succeeded, that counts
    when = STAMP if STAMP.exists() else LISTS
    return any(LISTS.glob("*_Packages*")) and when.stat().st_mtime > time.time() - DAY


def packages(status: Path = Path("/var/lib/dpkg/status")) -> list[str]:
    """Return the names of the distribution's packages that are installed, whole, and those that they go by too.

    Source: dpkg-query(1), and deb-control(5) for what a package provides.
    """
    blocks = status.read_text(encoding="utf-8", errors="replace").split("\n\n")
    names = set()
    for block in (block for block in blocks if "\nStatus: install ok installed\n" in block):
        names.add(block.split("\n", 1)[0].removeprefix("Package: "))
        provided = block.partition("\nProvides: ")[2].partition("\n")[0]
        names.update(one.split()[0] for one in provided.split(",") if one.strip())
    return sorted(names)


def services() -> list[str]:
    """Return the services, timers and sockets that run now and that start with the host."""
    enabled = {link.name for kind in ("service", "timer", "socket") for link in SYSTEM.glob(f"*.wants/*.{kind}")}
    runs = must("systemctl", "list-units", "--type=service,timer,socket", "--state=running,waiting,listening", "--plain", "--no-legend")
    return sorted(enabled & {line.split()[0] for line in runs.splitlines()})


def facts(name: str, address: str, remote_tmp: str) -> Json:
    """Return the facts: `cores` that this host may use, `package_lists`, whether apt's are there and of today; versions such as 3.13."""
    release = os_release()
    return {
        "name": name,
        "address": own_address(address),
        "ipv6": has_ipv6(),
        "os": release.get("ID", ""),
        "os_version": release.get("VERSION_ID", ""),
        "cores": len(os.sched_getaffinity(0)),
        "package_lists": fresh_lists(),
        "packages": packages(),
        "services": services(),
        "room": room(remote_tmp),
        "platform": {
            "python": ".".join(platform.python_version_tuple()[:2]),
            "machine": platform.machine(),
            "glibc": platform.libc_ver()[1],
        },
    }

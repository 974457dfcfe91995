"""Whether what was built fits on the web hosts: said before anything is sent. No Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Build, Data, Json
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts, parts_of

MB = 2**20
# What files take on a disk for each byte in their archive is one at the least; of Python's own, 2.5 with what is compiled of them
COMPILED = 2.5
# What firmware and kernel keep for themselves: a VM of 1 GB shows 0.95 of it
KEPT = 7 / 8
SMALLEST = 64 * MB  # what Gunicorn takes with the smallest of apps
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


@dataclass(frozen=True)
class Disk(Data):
    """A folder's `path`, the `device` that it is on, and the bytes that are `free` there."""

    path: str
    device: int
    free: int


@dataclass(frozen=True)
class Room(Data):
    """What a web host has: bytes of `memory`, ``total`` and ``available``; disks, where releases are and where archives are sent to."""

    memory: dict[str, int]
    srv: Disk
    sent: Disk

    @classmethod
    def of(cls, given: Json) -> Room:
        """Return it from JSON."""
        return cls(given["memory"], Disk.of(given["srv"]), Disk.of(given["sent"]))


def limit(memory: str) -> int:
    """Return the bytes that an app's ``memory`` allows a slot; 0 where it is a share of the host's, which always fits."""
    if memory.endswith("%"):
        return 0
    return int(memory.rstrip("KMGT")) * UNITS.get(memory[-1], 1)


@dataclass(frozen=True)
class Need:
    """What a release takes on one web host, in bytes: `sent`, its archives together; `unpacked`, what is in them; `later`, one bundle's."""

    app: str
    sent: int
    unpacked: int
    later: int


def needs(app: App, built: Build, has: Parts, platform: Json) -> Need:
    """Return what a web host of this platform lacks of a release."""
    packages = next(one["archive"] for one in built.packages if one["platform"] == platform)
    lacks = [built.bundle] if built.release not in has.whole else []
    lacks += [packages] if not any(venv.startswith(f"{built.lock}-") for venv in has.venvs) else []
    sizes = [built.sizes[archive] for archive in lacks]
    yet_to_come = max(0, app.keep_releases - len({*has.whole, built.release}))
    return Need(app.name, sum(sent for sent, _ in sizes), sum(size for _, size in sizes), yet_to_come * built.sizes[built.bundle][1])


def held(apps: list[App], built: Mapping[str, Build], hosts: Mapping[str, Json]) -> tuple[list[str], list[str]]:
    """Return a sentence for each thing that cannot be, and one for each that may go wrong.

    `apps` are all that the hosts serve, `built` those that are about to come; `hosts`, what each web host has said of itself.
    """
    wrong: list[tuple[str, str]] = []
    doubtful: list[tuple[str, str]] = []
    for host, said in hosts.items():
        room, parts = Room.of(said["room"]), parts_of(said)
        needed = [needs(app, built[app.name], parts.get(app.name, Parts()), said["platform"]) for app in apps if app.name in built]
        frees = any(len(parts.get(app.name, Parts()).whole) > app.keep_releases for app in apps if app.name in built)
        full = list(_disks(room, needed))
        no = [*_memory_wrong(room, [app for app in apps if app.name in built]), *([] if frees else full)]
        perhaps = [*_memory_doubtful(room, apps, needed), *(full if frees else [] if full else _disk_doubtful(room, apps, needed))]
        wrong += [(text, host) for text in no]
        doubtful += [(text, host) for text in perhaps]
    return _by_host(wrong), _by_host(doubtful)


def _by_host(found: list[tuple[str, str]]) -> list[str]:
    """Return each sentence once, begun with the hosts that it is true of."""
    hosts: dict[str, list[str]] = {}
    for text, host in found:
        hosts.setdefault(text, []).append(host)
    return [f"{', '.join(names)}: {text}" for text, names in hosts.items()]


def _memory_wrong(room: Room, apps: list[App]) -> Iterator[str]:
    for app in apps:
        if limit(app.memory) * KEPT > room.memory["total"]:
            yield (
                f"apps.{app.name}.memory: {app.memory} for a slot is more than there is, {_mb(room.memory['total'])}, and so no limit; "
                "write '40%', for there are two slots, or take a larger host."
            )


def _memory_doubtful(room: Room, apps: list[App], needed: list[Need]) -> Iterator[str]:
    total, limits = room.memory["total"], {app.name: limit(app.memory) for app in apps}
    if sum(limits.values()) * 2 * KEPT > total:
        each = ", ".join(f"{name} twice {_mb(size)}" for name, size in limits.items() if size)
        yield (
            f"there are {_mb(total)} of memory, and both slots of its apps may take {_mb(2 * sum(limits.values()))} ({each}): where they "
            "do, the kernel ends one of them. Lower 'memory' of an app, or take a larger host."
        )
    coming = [need.app for need in needed if need.sent]
    if coming and room.memory["available"] < SMALLEST:
        yield (
            f"there are {_mb(room.memory['available'])} of memory left, too little to start {' and '.join(coming)} beside what runs; stop "
            "what is not needed there, or take a larger host."
        )


def _disks(room: Room, needed: list[Need]) -> Iterator[str]:
    """Yield what does not fit. Apps are released one after the other, and archives go as soon as they are unpacked."""
    coming = [need for need in needed if need.sent]
    apps = ", ".join(f"{need.app} {_mb(need.unpacked)}" for need in coming)
    unpacked, sent = sum(need.unpacked for need in needed), max((need.sent for need in needed), default=0)
    together = room.srv.device == room.sent.device
    if (whole := unpacked + (sent if together else 0)) > room.srv.free:
        archives = " and archives" if together else ""
        yield (
            f"{room.srv.path} has {_mb(room.srv.free)} free, and what is new needs {_mb(whole)} there ({apps}{archives}); make room on "
            "that disk or enlarge it. With a lower 'keep_releases', the next run removes older releases first."
        )
    if not together and sent > room.sent.free:
        each = " or ".join(need.app for need in coming)
        yield (
            f"{room.sent.path} has {_mb(room.sent.free)} free, and the archives of {each} need {_mb(sent)} there until they are "
            "unpacked; make room on that disk, or have Ansible use another by 'ansible_remote_tmp'."
        )


def _disk_doubtful(room: Room, apps: list[App], needed: list[Need]) -> Iterator[str]:
    """Yield what fits, but may not with what Python compiles and with the releases that are kept from then on."""
    coming = [need for need in needed if need.sent]
    most = sum(int(need.unpacked * COMPILED) + need.later for need in coming)
    if most > room.srv.free:
        keeps = ", ".join(f"{app.name} {app.keep_releases}" for app in apps if app.name in {need.app for need in coming})
        yield (
            f"{room.srv.path} has {_mb(room.srv.free)} free; what is new, with the releases that are kept from then on ({keeps}), "
            f"may come to {_mb(most)}. Lower 'keep_releases' or enlarge that disk."
        )


def _mb(size: int) -> str:
    return f"{-(-size // MB)} MB"

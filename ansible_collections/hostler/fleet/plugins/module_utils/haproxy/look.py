"""What a balancer knows: the live slot of each app, releases, servers, history; and what a run that is no more has left there."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils import agreement, slots
from ansible_collections.hostler.fleet.plugins.module_utils.acme import known
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import certificates, lock, peers, record, rotation
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import config as haproxy_config
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Down, Refused, Runtime, counters, loads, servers
from ansible_collections.hostler.fleet.plugins.module_utils.model import late
from ansible_collections.hostler.fleet.plugins.module_utils.said import Look

RETURN_SECONDS = 2  # for health checks to find a web host up that has just been put back


def end_canaries(path: Path, runtime: Runtime) -> None:
    """Take out of the running HAProxy what a run that is no more has left of a canary."""
    try:
        left = slots.of_canaries(runtime.entries(path))
    except Down:
        return
    runtime.change(path, dict.fromkeys(left, ""))


def end_rotations(runtime: Runtime) -> bool:
    """Put back the web hosts that a run that is no more has left out of rotation; tell whether there were any."""
    try:
        left = rotation.out(runtime.statistics())
    except Down:
        return False
    rotation.put_back(runtime, left)
    rotation.wait(runtime, left, RETURN_SECONDS)  # one that stays down is not this run's to judge
    return bool(left)


def look(path: Path, runtime: Runtime, config: Path) -> Look:
    """Return what there is to know."""
    entries = slots_map.read(path)
    running: dict[str, str] = {}
    rows: list[dict[str, str]] = []
    wrong = []
    runs = True
    try:
        running, rows = runtime.entries(path), runtime.statistics()
    except Down:
        runs = False
    except Refused as error:
        wrong.append(f"{error}.")
    text = config.read_text(encoding="utf-8") if config.exists() and entries else ""
    try:
        ends = certificates.ends(runtime) if " ssl crt-list " in text and running else {}
    except Refused as error:
        ends, wrong = {}, [*wrong, f"{error}."]
    names = [row["pxname"] for row in rows if row["svname"] == "BACKEND"]
    # What is late of a backend counts as its own
    backends = [name for name in names if name not in map(late, names)]
    return Look(
        entries=entries,
        runs=runs,
        wrong=wrong + agreement.contradiction(path, entries, running),
        differ=slots.differ(entries, running) if running else [],
        behind=bool(running) and slots.lacks(running, entries),
        ports=haproxy_config.ports(text),
        domains=haproxy_config.domains(text),
        servers={backend: servers(rows, backend) for backend in backends},
        counters={backend: counters(rows, backend) for backend in backends},
        loads={backend: loads(rows, backend) for backend in backends},
        history=record.recent(),
        holder=lock.holder(),
        peers=peers.heard(),
        certificates=ends,
        renewals=known.read_all(),
    )

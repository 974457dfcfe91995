# Managed by Hostler, role:balancer
"""Tell what a balancer knows, and take the fleet's lock there: the live slot of each app, releases, servers, history."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_balancer import history, lock, rotation, slots
from ansible.module_utils.hostler_balancer.runtime import Down, Refused, Runtime, counters, loads, servers

DOCUMENTATION = """
module: read_slots
short_description: Tell what a balancer knows of each app's slots
description:
  - Returns C(entries), the lines of the map of slots; C(live), for each app that was deployed its C(slot), C(release) and C(turn);
    C(behind), whether the running HAProxy lacks lines that the file has; C(differ), the lines that the two have differently; C(ports),
    the port of each backend in HAProxy's configuration; C(names), the app of each host name there, an empty one for the default app;
    C(servers), for each backend what is wrong with each server; C(counters), for each backend its C(requests) and C(failed); C(loads),
    the same for each of its servers, with C(rate), the requests of the last second; C(history), the last events; C(holder), who holds
    the lock. All are empty on a host that is no balancer yet.
  - C(runs) tells whether HAProxy runs. C(wrong) has a sentence for each thing that keeps this balancer's word from being taken.
  - With C(lock), the lock is taken first; where somebody else has it, C(holder) says who, and nothing else is returned. Then what a run
    that is no more has left is ended, a canary and web hosts out of rotation.
options:
  map: {description: The file of the map of slots., type: path, required: true}
  socket: {description: HAProxy's runtime socket., type: path, required: true}
  config: {description: HAProxy's configuration., type: path, required: true}
  lock: {description: The lock to take; the action of the same name makes it., type: dict, default: {}}
  over: {description: Id of a holder from whom the lock may be taken., type: str, default: ''}
"""

OPTIONS: dict[str, dict[str, Any]] = {
    "map": {"type": "path", "required": True},
    "socket": {"type": "path", "required": True},
    "config": {"type": "path", "required": True},
    "lock": {"type": "dict", "default": {}},
    "over": {"type": "str", "default": ""},
}
BACKEND = re.compile(r"^backend (?P<name>\S+)|^\s+server \S+ \S+:(?P<port>\d+) ", re.MULTILINE)
NAMES = re.compile(r"set-var\(txn\.app\) str\((?P<app>\S+)\) if (?:!|\{ \S+ -m str (?P<names>[^}]*)\})")
EVENTS = 1000
RETURN_SECONDS = 2  # for health checks to find a web host up that has just been put back


def live(entries: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return, for each app that has been deployed, its live slot, the release in it, and the number of its last switch."""
    apps = {key: value for key, value in entries.items() if "/" not in key}
    return {
        app: {"slot": slot, "release": entries[f"{app}/{slot}"], "turn": int(entries.get(f"{app}/turn", 0))}
        for app, slot in apps.items()
        if f"{app}/{slot}" in entries
    }


def ports(config: str) -> dict[str, int]:
    """Return the port of the servers of each backend of HAProxy's configuration."""
    found, backend = {}, ""
    for match in BACKEND.finditer(config):
        if match["name"]:
            backend = match["name"]
        else:
            found[backend] = int(match["port"])
    return found


def names(config: str) -> dict[str, str]:
    """Return the app of each host name of HAProxy's configuration, and of an empty name the default app."""
    return {name: match["app"] for match in NAMES.finditer(config) for name in (match["names"] or "").split() or [""]}


def unlike(file: dict[str, str], running: dict[str, str]) -> str:
    """Return the first app that file and memory have live differently though of the same turn: somebody's hand was there."""
    known, runs = live(file), live(running)
    both = sorted(known.keys() & runs.keys())
    return next((app for app in both if known[app]["turn"] == runs[app]["turn"] and known[app] != runs[app]), "")


def differ(file: dict[str, str], running: dict[str, str]) -> list[str]:
    """Return the lines that file and memory have differently; those of a canary are in memory alone."""
    keys = (key for key in file.keys() | running.keys() if "canary" not in key.split("/")[1:])
    return sorted(key for key in keys if file.get(key) != running.get(key))


def contradiction(path: Path, entries: dict[str, str], running: dict[str, str]) -> list[str]:
    """Return a sentence where file and memory contradict each other on what is live."""
    if not (app := unlike(entries, running)):
        return []
    says = [f"'{app} {of[app]['slot']}' with the release {of[app]['release']}" for of in (live(entries), live(running))]
    return [
        f"{path} says {says[0]}, but the running HAProxy has {says[1]}. See which one is right, write it into the file, "
        "and run 'systemctl reload haproxy' there; then run this again."
    ]


def end_canaries(path: Path, runtime: Runtime) -> None:
    """Take out of the running HAProxy what a run that is no more has left of a canary."""
    try:
        left = [key for key in runtime.entries(path) if "canary" in key.split("/")[1:]]
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


def look(path: Path, runtime: Runtime, config: Path) -> dict[str, Any]:
    """Return what there is to know."""
    entries = slots.read(path)
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
    backends = [row["pxname"] for row in rows if row["svname"] == "BACKEND"]
    return {
        "entries": entries,
        "live": live(entries),
        "runs": runs,
        "wrong": wrong + contradiction(path, entries, running),
        "differ": differ(entries, running) if running else [],
        "behind": bool(running) and any(running.get(key) != value for key, value in entries.items()),
        "ports": ports(text),
        "names": names(text),
        "servers": {backend: servers(rows, backend) for backend in backends},
        "counters": {backend: counters(rows, backend) for backend in backends},
        "loads": {backend: loads(rows, backend) for backend in backends},
        "history": history.recent(EVENTS),
        "holder": lock.holder(),
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    params = module.params
    if params["lock"] and not module.check_mode and (holder := lock.take(params["lock"], params["over"])):
        module.exit_json(changed=False, holder=holder)
    path, runtime = Path(params["map"]), Runtime(params["socket"])
    returned = False
    try:
        if params["lock"] and not module.check_mode:
            end_canaries(path, runtime)
            returned = end_rotations(runtime)
    except Refused as error:
        module.fail_json(str(error))
    module.exit_json(changed=returned, **look(path, runtime, Path(params["config"])))


if __name__ == "__main__":
    main()

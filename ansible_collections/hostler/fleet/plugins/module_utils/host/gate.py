"""Whether a host may be the one that apps write to: asked each time before its PostgreSQL starts, by ``ExecStartPre``.

``python3 -m ...host.gate VERSION NAME=ADDRESS ...``, with the fleet's other database hosts, as PostgreSQL's user. One that was written to
and comes back, as after a loss of power, does not know whether another one has taken its place meanwhile. So it asks the others, and where
none of them answers, the archive, to which a new primary brings the history of its timeline before anything else. It starts where one of
these says that nobody has, waits where nobody can say it, and stays down where somebody has.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.host import identity
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import LED, PORT, SIGNAL, Cluster, control
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, run
from ansible_collections.hostler.fleet.plugins.module_utils.named import sync

ROLE = "hostler_standby"  # as whom one host comes to another one, by its certificate; a name with which no app's role begins
SECONDS = 4
WRITES, READS, SILENT = "writes", "reads", "silent"
ABSENT = 1  # how pgBackRest ends where the archive has no such file


def main() -> None:
    """End with 0 where it may start, else with 1 and why not."""
    version, *others = sys.argv[1:]
    try:
        wrong = refusal(Cluster(version), dict(other.split("=", 1) for other in others))
    except (Failed, OSError) as error:
        wrong = f"Whether another host has taken its place cannot be told: {error}"
    if wrong:
        sys.exit(wrong)


def refusal(cluster: Cluster, others: Mapping[str, str]) -> str:
    """Return why a cluster may not start, in one sentence, empty where it may. `others` are the other hosts' addresses by name."""
    said = cluster.data / LED
    # It follows, or was never started, or an operator has just said that it is the one
    if (cluster.data / SIGNAL).exists() or not (cluster.data / "postmaster.opts").exists():
        return ""
    if said.exists():
        said.unlink()
        # It counts once, also where the host goes down now
        sync(cluster.data)
        return ""
    answers = {name: asked(address) for name, address in others.items()}
    if writing := next((name for name, answer in answers.items() if answer == WRITES), ""):
        return f"{writing} takes writes now; 'failover.yml -e rejoin=...' has this host follow it."
    if READS in answers.values() or (cluster.data / "recovery.signal").exists():
        return ""
    told = f"{' and '.join(others)} {'does' if len(others) == 1 else 'do'} not answer"
    timeline = control(cluster).get("Latest checkpoint's TimeLineID", "")
    if not timeline.isdigit():
        return f"{told}, and pg_controldata does not tell the timeline of what is in {cluster.data}; 'failover.yml' decides."
    found = archived(f"{int(timeline) + 1:08X}.history")
    if found is None:
        return f"{told}, and neither does the archive, so another host may have taken this one's place; 'failover.yml -e to=...' decides."
    return f"{told}, and the archive has what a host wrote after this one; 'failover.yml' decides." if found else ""


def asked(address: str) -> str:
    """Return what the PostgreSQL at an address does: it ``writes``, only ``reads``, or is ``silent``."""
    where = {
        "host": address, "port": PORT, "dbname": "postgres", "user": ROLE, "connect_timeout": SECONDS, "sslmode": "verify-full",
        "sslrootcert": identity.CA, "sslcert": identity.OWN, "sslkey": identity.OWN,
    }  # fmt: skip
    try:
        done = subprocess.run(
            ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", " ".join(f"{key}={value}" for key, value in where.items())),
            input="select pg_is_in_recovery()", cwd="/", text=True, capture_output=True, timeout=SECONDS + 6, check=False,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return SILENT
    return {"t": READS, "f": WRITES}.get(done.stdout.strip(), SILENT)


def archived(name: str) -> bool | None:
    """Return whether the archive has a file; None where it cannot say."""
    with tempfile.TemporaryDirectory() as folder:
        done = run(*repository.command("--log-level-console=off", "archive-get", name, str(Path(folder) / name)), timeout=60)
    return {0: True, ABSENT: False}.get(done.returncode)


if __name__ == "__main__":
    main()

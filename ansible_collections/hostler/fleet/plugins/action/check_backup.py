"""Check what is said of a fleet's backups, and whether the hosts fit each other."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.backup import bucket, repository
from ansible_collections.hostler.fleet.plugins.module_utils.inventory import SCHEDULE
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

PASSPHRASE = 20  # characters at least


class ActionModule(Decision):
    """``check_backup``: takes ``said``, what ``backup_info`` returned, by host, that of the host with the backups first; ``facts`` of these
    hosts; ``data``, what ``database_info`` said; ``restores``, whether the run is about to bring data back; ``numbers`` and ``schedules``
    of the inventory by their names, ``passphrase``, empty for one that is made, and ``s3``, what is said of a bucket.
    """

    def decide(self, args: Json) -> Json:
        """Return ``passphrase``; ``s3``, as ``backup.bucket`` has it, empty for none; and ``wrong``: the task has ``no_log``, which would
        hide a refusal.
        """
        wrong = list(_problems(args))
        known = next((said["passphrase"] for said in args["said"].values() if said.get("passphrase")), "")
        given = args["passphrase"]
        if given and known and given != known:
            wrong.append("backup_passphrase: the repository was made with another one, and could not be read with this; take the line out.")
        s3 = bucket.bucket(args["s3"], int(args["numbers"]["backup_days"][0])).json() if args["s3"] and not wrong else {}
        passphrase = given or known or next(iter(args["said"].values())).get("fresh", "")
        return {"passphrase": passphrase, "s3": s3, "wrong": "\n".join(wrong)}


def _problems(args: Json) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong."""
    for name, (value, low, high) in args["numbers"].items():
        if not low <= int(value) <= high:
            yield f"{name}: {value} is outside {low} to {high}."
    for name, value in args["schedules"].items():
        if not SCHEDULE.fullmatch(str(value)):
            yield f"{name}: {value!r} is no schedule of systemd's, such as 'Sun *-*-* 02:15:00'."
    given = args["passphrase"]
    if given and (len(given) < PASSPHRASE or not given.isascii() or not given.isprintable() or " " in given):
        yield f"backup_passphrase: use {PASSPHRASE} or more letters, digits and signs without blanks, as of 'openssl rand -base64 48'."
    yield from bucket.problems(args["s3"])
    if args["s3"] and not given:
        yield (
            "backup_s3: what is there is for the day on which both hosts are lost, and they alone know what it is encrypted by. Say it, "
            "backup_passphrase, from Ansible Vault; where backups are kept already, it is what 'sudo cat /etc/pgbackrest/passphrase' shows "
            "on the host with the data."
        )
    systems = {host: f"{facts['os']} {facts['os_version']}" for host, facts in args["facts"].items()}
    if len(set(systems.values())) > 1:
        told = " and ".join(f"{host} has {system}" for host, system in systems.items())
        yield f"{told}; pgBackRest works with its own version alone, so have one release on the hosts of 'database' and 'backup'."
    keeper, said = next(iter(args["said"].items()))
    for host, one in args["said"].items():
        if one["wrong"]:
            yield f"{host}: what it keeps cannot be read: {one['wrong']}"
    if not args["data"]["ours"] and not args["data"]["wrong"] and not args["restores"]:
        yield from _beside(keeper, said)


def _beside(keeper: str, said: Json) -> Iterator[str]:
    """Yield that no empty database is begun beside what a host keeps; also where no backup there is whole yet, or all are of a former
    version of PostgreSQL.
    """
    anew = f"to begin anew, move /var/lib/pgbackrest on {keeper} away."
    if said["backups"] or (said.get("s3") or {}).get("backups"):
        yield (
            f"{keeper} has backups of data, and the host in 'database' has no data; site.yml begins no empty database beside them. "
            f"'restore.yml -e target=latest' brings them back; {anew}"
        )
    elif said.get("here") and said["status"] in (repository.GOOD, repository.EMPTY):
        yield (
            f"{keeper} has WAL of data, and the host in 'database' has no data; site.yml begins no empty database beside it. There is no "
            f"whole backup that this version of PostgreSQL can read, so bring back the host that had the data; {anew}"
        )

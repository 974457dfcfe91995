"""The PostgreSQL of a database host: its one cluster, and how it is asked. Source: pg_createcluster(1), and PostgreSQL's manual."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must, run
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.named import lasting, write

NAME = "main"
USER = "postgres"
PORT = 5432
# What the distributions bring; a cluster that is there stays of its own version when the distribution is a newer one
VERSIONS = {("debian", "12"): "15", ("debian", "13"): "17", ("ubuntu", "22.04"): "14", ("ubuntu", "24.04"): "16"}
SETTINGS, DATA = Path("/etc/postgresql"), Path("/var/lib/postgresql")
SOCKETS = Path("/run/postgresql")
MARK = "hostler"  # a file in the data of a cluster that is ours; it goes with the data wherever these are restored
RESTORING = Path("/var/lib/hostler/restoring")  # is there while data are brought back, and says where the former ones are
FOLLOWING = Path("/var/lib/hostler/following")  # is there while a host has yet to get data, from a backup, by which it follows another one
SIGNAL = "standby.signal"  # a file in the data of one that follows
LED = "hostler-led"  # one in those of a host that is to be the primary, as an operator has just said; its next start takes it away
MAKING = Path("/var/lib/hostler/cluster")  # has the version of a cluster while that is made: what a killed run has left is no data
# What a cluster has that has run, or comes from a backup; one that is being made has none of these
LIVED = ("postmaster.opts", "backup_label", "backup_manifest", "recovery.signal", SIGNAL)
FILES = ("postgresql.conf", "pg_hba.conf", "pg_ident.conf")
SECONDS = 60.0  # for an answer
# Of one that follows, in SQL: the last byte of WAL that it has; whether it is told what another one writes, as that does; of how many
# seconds ago is what it has
RECEIVED = "coalesce(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')"
STREAMS = "exists (select from pg_stat_wal_receiver where status = 'streaming')"
LAG = """case when not pg_is_in_recovery() or pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
    else extract(epoch from clock_timestamp() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time()))::bigint end"""
POLL = 0.2  # seconds


@dataclass(frozen=True)
class Cluster:
    """The cluster of a version."""

    version: str

    @property
    def data(self) -> Path:
        """Where its data are."""
        return DATA / self.version / NAME

    @property
    def settings(self) -> Path:
        """Where its settings are."""
        return SETTINGS / self.version / NAME

    @property
    def unit(self) -> str:
        """Its unit."""
        return f"postgresql@{self.version}-{NAME}.service"

    @property
    def registered(self) -> bool:
        """Whether Debian's tools know it."""
        return (self.settings / "postgresql.conf").exists()

    @property
    def ours(self) -> bool:
        """Whether its data are ours, with or without settings."""
        return (self.data / MARK).exists() and (self.data / "PG_VERSION").exists()

    @property
    def follows(self) -> bool:
        """Whether it runs as one that follows another host's, or is to."""
        return (self.data / SIGNAL).exists() or FOLLOWING.exists()


def known() -> list[Cluster]:
    """Return all clusters called main that this host has settings or data of, the newest version last."""
    folders = (*SETTINGS.glob(f"*/{NAME}"), *DATA.glob(f"*/{NAME}"))
    versions = {path.parent.name for path in folders if path.is_dir() and any(path.iterdir())}
    return [Cluster(version) for version in sorted(versions, key=lambda version: version.zfill(4))]


def begun(cluster: Cluster) -> bool:
    """Tell whether what there is of a cluster was left by a run that was killed when it made it."""
    named = MAKING.exists() and MAKING.read_text(encoding="utf-8") == cluster.version
    return named and not cluster.ours and not any((cluster.data / name).exists() for name in LIVED)


def newest() -> Cluster | None:
    """Return the newest cluster of ours that Debian's tools know; none before there is one."""
    return next((cluster for cluster in reversed(known()) if cluster.ours and cluster.registered), None)


def foreign(cluster: Cluster) -> str:
    """Return what is in the way of this cluster and is not ours, in one sentence; empty for nothing."""
    if cluster.ours or begun(cluster) or RESTORING.exists() or FOLLOWING.exists():
        return ""
    if cluster.data.is_dir() and any(cluster.data.iterdir()):
        return (
            f"{cluster.data} has data that Hostler did not make, and it makes no cluster over them. Take another host, move them away "
            f"(pg_renamecluster {cluster.version} {NAME} former), or have Hostler take them as they are: touch {cluster.data / MARK}"
        )
    return ""


def lost(cluster: Cluster) -> str:
    """Return that the data of a cluster are not there, or not whole, in one sentence; empty where that is not so."""
    if RESTORING.exists():
        former = RESTORING.read_text(encoding="utf-8")
        kept = f"; the data that were there are in {former}" if former else ""
        return f"A run of restore.yml broke off on this host{kept}. Run it again."
    if cluster.registered and not cluster.ours and not begun(cluster) and not FOLLOWING.exists():
        return (
            f"{cluster.settings} is of a cluster without data. 'restore.yml -e target=latest' brings these back from a backup, and "
            f"'pg_dropcluster {cluster.version} {NAME}' makes room for an empty one."
        )
    return ""


def several(former: Cluster, newer: Cluster) -> str:
    """Return that there are clusters of two versions, and what is done about it, in one sentence."""
    mark = "" if newer.ours else f"'touch {newer.data / MARK}' has it be the fleet's, and "
    return (
        f"There are clusters of PostgreSQL {former.version} and {newer.version}. Once {newer.version} has the data, by pg_upgradecluster, "
        f"{mark}'pg_renamecluster {former.version} {NAME} former' keeps the former aside; where it has not, "
        f"'pg_dropcluster --stop {newer.version} {NAME}' leaves {former.version} as it is."
    )


def occupied() -> str:
    """Return that another server has the port, in one sentence; empty for none."""
    with socket.socket() as sock:
        sock.settimeout(SECONDS)
        if sock.connect_ex(("127.0.0.1", PORT)):
            return ""
    return f"Another server has port {PORT} of this host, such as a cluster that Hostler did not make (pg_lsclusters); take another host."


def found(system: str, system_version: str) -> Json:
    """Return what this host has: ``version``, of its cluster or of the one that it would get, empty where there is none for it; ``ours``,
    whether it is there; ``lost``, whether its data are not, or not whole; ``follows``, whether it is one that follows another host's, and
    ``unmade``, whether it has yet to get the data for that; ``wrong``, why it cannot be made; ``answers``; and, where it does, what
    ``state`` has, else what ``ended`` has.
    """
    clusters = known()
    mine = [cluster for cluster in clusters if cluster.ours]
    version = mine[-1].version if mine else VERSIONS.get((system, system_version), "")
    cluster = Cluster(version)
    wrong = (
        "" if version else f"Hostler does not know which PostgreSQL {system} {system_version} has; Debian 12, 13 and Ubuntu LTS are known."
    )
    # Also a newer one that is not ours yet, as pg_upgradecluster leaves it: nobody else is to decide which of them has the data
    if mine and (newer := clusters[clusters.index(mine[0]) + 1 :]):
        wrong = several(mine[0], newer[-1])
    gone = lost(cluster) if version and not wrong and not foreign(cluster) else ""
    wrong = wrong or gone or foreign(cluster) or ("" if mine else occupied())
    whole = not wrong and bool(mine) and cluster.registered
    told = state(cluster) if whole and running(cluster) else {}
    return {
        "version": version,
        "ours": whole,
        "lost": bool(gone),
        "follows": bool(version) and cluster.follows,
        "unmade": FOLLOWING.exists(),
        "wrong": wrong,
        "answers": bool(told),
        **(told or (ended(cluster) if whole else {})),
    }


def running(cluster: Cluster) -> bool:
    """Tell whether its unit runs."""
    return run("systemctl", "--quiet", "is-active", cluster.unit).returncode == 0


def unanswered(cluster: Cluster, seconds: float) -> str:
    """Wait until it answers, for so many `seconds`; return why it does not, empty where it does."""
    end = time.monotonic() + seconds
    while wrong := _silent(cluster):
        if time.monotonic() > end:
            return wrong
        time.sleep(1)
    return ""


def _silent(cluster: Cluster) -> str:
    """Return why it does not answer now; empty where it does."""
    if not running(cluster):
        return f"{cluster.unit} does not run"
    try:
        ask("select 1")
    except Failed as error:
        return str(error)
    return ""


def state(cluster: Cluster) -> Json:
    """Return what it says of itself: ``runs``, its exact version, ``connections``, how many it allows, ``used``, ``restart``, the
    settings that wait for one, and ``databases``, those that a role of the same name owns, each with the roles that are members of it.

    And where it is: ``recovers``, whether it only reads; ``streams``, whether it is told what another one writes, as that does; ``lag``, of
    how many seconds ago is what it has; ``at``, the last byte of WAL that it has.
    """
    said = ask(
        f"""
        select json_build_object(
            'recovers', pg_is_in_recovery(),
            'streams', {STREAMS},
            'lag', {LAG},
            'at', (case when pg_is_in_recovery() then {RECEIVED}
                else pg_current_wal_lsn() end - '0/0')::bigint,
            'runs', split_part(current_setting('server_version'), ' ', 1),
            'connections', current_setting('max_connections')::int,
            'used', (select count(*) from pg_stat_activity where backend_type = 'client backend'),
            'restart', (select coalesce(json_agg(name order by name), '[]') from pg_settings where pending_restart),
            'databases', (select coalesce(json_object_agg(datname, (select coalesce(json_agg(pg_get_userbyid(member) order by member), '[]')
                from pg_auth_members where roleid = datdba)), '{{}}')
                from pg_database where oid >= 16384 and pg_get_userbyid(datdba) = datname))
        """
    )
    return dict(json.loads(said))


def control(cluster: Cluster) -> dict[str, str]:
    """Return what the file that PostgreSQL keeps of itself has. Source: pg_controldata."""
    program = f"/usr/lib/postgresql/{cluster.version}/bin/pg_controldata"
    said = must(*as_user("env", "LC_ALL=C", program, str(cluster.data)))
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in said.splitlines())}


def ended(cluster: Cluster) -> Json:
    """Return of one that does not run ``at``, the last byte of WAL that it knows of, and ``clean``, whether it was stopped in order: then
    it has none after that. Data that are not whole have neither.
    """
    if not (cluster.data / "global/pg_control").exists():
        return {"at": 0, "clean": False}
    said = control(cluster)
    # In the order of what one that has led, and one that has followed, writes last
    positions = [position(said.get(key, "0/0")) for key in ("Latest checkpoint location", "Minimum recovery ending location")]
    return {"at": max(positions), "clean": said.get("Database cluster state", "").startswith("shut down")}


def position(written: str) -> int:
    """Return a place in WAL, such as ``1/6B374D8``, in bytes."""
    if not re.fullmatch(r"[0-9A-F]+/[0-9A-F]+", written):
        raise Failed(f"PostgreSQL has {written!r} for a place in WAL.")
    high, low = written.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def as_user(*command: str) -> tuple[str, ...]:
    """Return a command as PostgreSQL's own user runs it, whom we may be already."""
    return command if os.geteuid() else ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", *command)


def ask(sql: str, database: str = "postgres", sockets: Path = SOCKETS, seconds: float = SECONDS) -> str:
    """Return what a cluster answers to statements, as its superuser by its socket in a folder; Failed has what it says against them.

    They come by its standard input: what is on a command line, everybody sees.
    """
    plain = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
    try:
        done = subprocess.run(
            as_user("psql", *plain, f"--host={sockets}", f"--port={PORT}", f"--dbname={database}"),
            input=sql, cwd="/", text=True, errors="replace", capture_output=True, timeout=seconds, check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "5"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Failed(f"PostgreSQL did not answer within {seconds:g} s") from error
    if done.returncode:
        raise Failed(f"PostgreSQL refused: {done.stderr.strip()[-2000:]}")
    return done.stdout.strip()


def made(cluster: Cluster) -> bool:
    """Tell whether a cluster is there; the data of one that follows may come yet."""
    return cluster.registered and (cluster.ours or (FOLLOWING.exists() and not begun(cluster)))


def make(cluster: Cluster, follows: bool = False) -> None:
    """Make an empty cluster, or have Debian's tools know one of ours whose settings were lost. Nothing is made over data.

    One that `follows` another host's is never one by itself: that is noted first.
    """
    if wrong := foreign(cluster) or lost(cluster):
        raise Failed(wrong)
    if made(cluster):
        return
    fresh = not cluster.ours
    if fresh:
        # pg_createcluster would take half a cluster for a whole one, and pg_dropcluster leaves it where its settings are not whole
        for folder in (cluster.data, cluster.settings) if begun(cluster) else ():
            empty(folder)
        MAKING.parent.mkdir(parents=True, exist_ok=True)
        if follows:
            lasting(FOLLOWING, cluster.version)
        write(MAKING, cluster.version)
    else:
        # It moves settings from among the data, where there are none any more; what they say, the role writes
        (cluster.settings / "pg_hba.conf").unlink(missing_ok=True)
        for name in FILES:
            if not (cluster.data / name).exists():
                write(cluster.data / name, "")
    options = ("--", "--data-checksums", "--locale=C.UTF-8", "--encoding=UTF8", "--auth-local=peer") if fresh else ()
    must("pg_createcluster", f"--port={PORT}", cluster.version, NAME, *options)
    if fresh:
        mark = cluster.data / MARK
        # Backups are made, and brought back, as PostgreSQL's user
        lasting(mark, "Made by Hostler: its settings, and who comes in, are written by site.yml.\n")
    MAKING.unlink(missing_ok=True)


def empty(folder: Path) -> None:
    """Take away all that is in a folder; the folder stays, which may be a disk's own."""
    for path in list(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def wrong_files(cluster: Cluster) -> list[str]:
    """Return what the running cluster says against its files as they are now, each with its place.

    It says the same of a value that is none and of one that is in force after a restart; of the latter kind, postgres -C reads the value.
    Of one that was taken out, and is gone after a restart, it knows no place and no name.
    """
    said = ask(
        """
        select format('%s line %s: %s', sourcefile, sourceline, concat_ws(': ', name, error)) from pg_file_settings
            where error is not null and not applied and (error <> 'setting could not be applied'
            or name not in (select lower(name) from pg_settings where context = 'postmaster'))
            and (name is not null or error !~ '^parameter ".*" cannot be changed without restarting the server$')
        union all
        select format('pg_hba.conf line %s: %s', line_number, error) from pg_hba_file_rules where error is not null
        """
    )
    return said.splitlines()


def why_not(log: list[str]) -> str:
    """Return why a restored cluster does not start, in one sentence, by what it logged."""
    # As it says to who asks too early
    wrong = [line for line in log if ("FATAL" in line or "PANIC" in line) and "is starting up" not in line]
    if any("recovery ended before configured recovery target" in line for line in wrong):
        last = [line.partition("at log time ")[2] for line in log if "last completed transaction was at log time" in line]
        when = f"; its last transaction is of {last[-1]}" if last else ""
        return f"what is in the archive ends before that{when}. Say an earlier moment, or -e target=latest."
    return f"PostgreSQL does not start on what was restored: {' '.join((wrong or log)[-3:])[-1500:]}"


def archive(cluster: Cluster, seconds: float = SECONDS) -> str:
    """Have all that was written until now go to the archive; return why that is not so, in one sentence, empty where it is.

    A transaction of ours comes last, so that one is known to be later than any moment until now.
    """
    if not (cluster.ours and running(cluster)):
        return "PostgreSQL does not run here"
    ask("select pg_logical_emit_message(true, 'hostler', 'archive')")
    name = ask("select pg_walfile_name(pg_switch_wal())")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        # Names of one timeline sort as they came to be
        if ask("select coalesce(last_archived_wal, '') from pg_stat_archiver")[:24] >= name:
            return ""
        time.sleep(POLL)
    return f"{name} did not come to the archive within {seconds:g} s; the journal of {cluster.unit} has why"


def started(cluster: Cluster) -> float:
    """Return when its unit was started, seconds since 1970."""
    return float(
        must("systemctl", "show", "--timestamp=unix", "--property=ExecMainStartTimestamp", "--value", cluster.unit).strip().lstrip("@") or 0
    )


def stale(paths: list[Path]) -> bool:
    """Tell whether the running cluster has read its files before one of them was last written."""
    read = _read()
    return any(path.stat().st_mtime > read for path in paths if path.exists())


def reload(cluster: Cluster) -> None:
    """Have the running cluster read its files, and wait until it has, for it is only told to; Failed where it does not take them."""
    before = _read()
    must("systemctl", "reload", cluster.unit)
    end = time.monotonic() + SECONDS
    while _read() == before:
        if time.monotonic() > end:
            raise Failed(f"PostgreSQL has not read its files within {SECONDS:g} s; see 'journalctl --unit={cluster.unit}'")
        time.sleep(POLL / 4)


def _read() -> float:
    """Return when the running cluster has last read its files, in seconds since 1970."""
    return float(ask("select extract(epoch from pg_conf_load_time())"))

"""Two PostgreSQLs, of which one follows the other and takes its place: what is done to them does there what is counted on."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.database.primary import Host, primary
from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres, recovery, standby
from ansible_collections.hostler.fleet.plugins.module_utils.host.gate import ROLE
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import MARK, SIGNAL, Cluster
from tests.shared import postgres as shared
from tests.shared.postgres import SUPERUSER, Server
from tests.shared.samples import write

HBA = f"local all,replication {SUPERUSER},{ROLE} trust\n"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
wal_level = replica
max_wal_senders = 4
shared_buffers = 16MB
fsync = off
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 100ms
primary_conninfo = 'host={other} user={role} target_session_attrs=read-write'
primary_slot_name = '{slot}'
restore_command = 'cp {archive}/%f "%p"'
recovery_target_timeline = 'latest'
archive_mode = on
archive_command = 'cp %p {archive}/%f'
"""


class Fleet:
    """Two hosts, and an archive. What is done is done on one of them at a time."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have neither have anything."""
        self.folder, self.patch = folder, monkeypatch
        programs = Path(str(shared.FOUND)).parent
        self.hosts = {name: Server(folder / name, programs) for name in ("db1", "db2")}
        self.cluster = Cluster(self.hosts["db1"].must("postgres", "--version").split()[-1].split(".")[0])
        (folder / "archive").mkdir()
        self.own(folder / "archive")
        for module, name, instead in (
            (standby, "must", self.must),
            (recovery, "must", self.must),
            (recovery, "run", lambda *_: None),
            (recovery, "show", lambda names, *_: {names[0]: {"NRestarts": "0", "ActiveState": self.active, "Job": ""}}),
            (standby, "running", lambda _: self.active == "active"),
            (standby, "ask", lambda sql, **options: postgres.ask(sql, sockets=self.server.folder, **options)),
            (postgres, "as_user", self.as_user),
            (postgres, "PORT", 5432),
            (repository, "must", self.restore),
            (repository, "known", lambda: (0, ["F"])),
            (shutil, "chown", lambda *_: None),
        ):
            monkeypatch.setattr(module, name, instead)
        for server in self.hosts.values():
            server.folder.mkdir()
            self.own(server.folder)
        self.on("db1")

    @property
    def server(self) -> Server:
        """The host that is at work."""
        return self.hosts[self.name]

    @property
    def data(self) -> Path:
        """Where its data are."""
        return self.cluster.data

    def on(self, name: str) -> None:
        """Have what comes be done on a host."""
        self.name = name
        self.patch.setattr(postgres, "DATA", self.server.folder / "var")
        for module in (postgres, standby):
            self.patch.setattr(module, "FOLLOWING", self.server.folder / "lib/following")

    @staticmethod
    def own(path: Path) -> None:
        """Have a file be of the user as whom PostgreSQL runs here."""
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(path, user.pw_uid, user.pw_gid)

    def make(self) -> None:
        """Make the cluster of the host that is at work."""
        self.data.mkdir(parents=True)
        for path in (self.data, self.data.parent, self.data.parents[1]):
            self.own(path)
        self.server.must("initdb", "-D", str(self.data), "-U", SUPERUSER, "--no-sync", "--locale=C.UTF-8")
        write(self.data, {MARK: "", "pg_hba.conf": HBA})
        self.own(self.data / MARK)
        self.must("systemctl", "start")

    @property
    def active(self) -> str:
        """What systemd has of it."""
        return "active" if self.server.run("pg_ctl", "-D", str(self.data), "status").returncode == 0 else "inactive"

    def must(self, program: str, verb: str, *_: str) -> str:
        """Do as systemd does, and the host's settings with it."""
        if program == "journalctl":
            return (self.server.folder / "log").read_text()
        if verb in ("stop", "restart") and self.active == "active":
            self.server.must("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")
        if verb in ("start", "restart"):
            [other] = [server.folder for name, server in self.hosts.items() if name != self.name]
            own = SETTINGS.format(
                folder=self.server.folder, other=other, role=ROLE, slot=standby.slot(self.name), archive=self.folder / "archive"
            )
            write(self.server.folder, {"own.conf": own})
            options = f"-c config_file={self.server.folder}/own.conf -c hba_file={self.data}/pg_hba.conf"
            self.server.must("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.server.folder / "log"), "-o", options, "start")
        return ""

    def as_user(self, program: str, *words: str) -> tuple[str, ...]:
        """Return a command of PostgreSQL's as it is run here."""
        if program == "psql":
            return (str(self.server.programs / program), f"--username={SUPERUSER}", *words)
        return (str(self.server.programs / "pg_controldata"), words[-1])

    def restore(self, *words: str) -> str:
        """Have the data be those of the other host now, in place of a backup."""
        postgres.empty(self.data)
        self.own(self.data)
        self.own(self.data.parent)
        [other] = [server.folder for name, server in self.hosts.items() if name != self.name]
        self.server.must("pg_basebackup", "-D", str(self.data), "-h", str(other), "-U", SUPERUSER, "-c", "fast", "--no-sync")
        write(self.data, {SIGNAL: ""})
        return ""

    def kill(self) -> None:
        """Have it end as by a loss of power."""
        self.server.must("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")

    def ask(self, sql: str) -> str:
        return postgres.ask(sql, sockets=self.server.folder)

    def found(self) -> dict[str, Host]:
        """Return what each host says of itself."""
        before, said = self.name, {}
        for name in self.hosts:
            self.on(name)
            if self.active == "active":
                self.patch.setattr(postgres, "ask", partial(ASK, sockets=self.server.folder))
                told: dict[str, Any] = {"answers": True, **postgres.state(self.cluster)}
                self.patch.setattr(postgres, "ask", ASK)
            else:
                told = postgres.ended(self.cluster)
            said[name] = Host.of({"ours": self.cluster.ours, "follows": self.cluster.follows, **told})
        self.on(before)
        return said


ASK = postgres.ask


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    """Return two hosts, of which db2 follows db1, which has a table with one row."""
    shared.needed()
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        Path(name).chmod(0o755)
        fleet = Fleet(Path(name), monkeypatch)
        try:
            fleet.make()
            fleet.ask("create table rows as select 1 as id")
            assert standby.admit(["db2"], look=False)
            fleet.on("db2")
            assert standby.follow(fleet.cluster, anew=False, look=False)
            assert standby.streams(fleet.cluster, 20)
            yield fleet
        finally:
            for host in fleet.hosts:
                fleet.on(host)
                if fleet.active == "active":
                    fleet.kill()


def test_it_is_handed_on_in_order_there_and_back_and_nothing_is_lost(fleet: Fleet) -> None:
    for turn, (former, leads) in enumerate([("db1", "db2"), ("db2", "db1")], 2):
        assert primary(fleet.found()) == (former, "")
        fleet.on(former)
        fleet.ask(f"insert into rows values ({turn})")
        assert not standby.admit([leads], look=True)
        last, began = standby.hand_over(fleet.cluster)
        assert time.time() - began < 60
        # What both say of themselves then is that neither has less
        found = fleet.found()
        assert (found[former].clean, found[former].follows, found[leads].at >= found[former].at) == (True, True, True)
        fleet.on(leads)
        assert standby.behind(fleet.cluster, last) == ""
        standby.take_over(fleet.cluster)
        assert fleet.ask("insert into rows values (0); select count(*) from rows where id > 0") == str(turn)
        assert standby.admit([former], look=False)
        assert fleet.ask("select string_agg(slot_name, ' ') from pg_replication_slots") == standby.slot(former)
        fleet.on(former)
        assert standby.follow(fleet.cluster, anew=False, look=False)
        # With the data it has, on the new timeline
        assert standby.streams(fleet.cluster, 20)
        assert fleet.ask("select count(*) from pg_replication_slots") == "0"
        assert not standby.follow(fleet.cluster, anew=False, look=False)


def test_one_that_was_lost_comes_back_and_follows_with_data_anew(fleet: Fleet) -> None:
    fleet.on("db1")
    fleet.kill()
    assert not fleet.found()["db1"].clean
    fleet.on("db2")
    standby.take_over(fleet.cluster)
    fleet.ask("insert into rows values (2)")
    standby.admit(["db1"], look=False)
    leads, wrong = primary(fleet.found())
    assert (leads, wrong.partition(" and waits")[0]) == ("db2", "db1 was written to before db2 was,")
    # By the history of its timeline, the gate of the former one knows
    end = time.monotonic() + 20
    while not (fleet.folder / "archive/00000002.history").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    fleet.on("db1")
    assert standby.follow(fleet.cluster, anew=True, look=False)
    assert standby.streams(fleet.cluster, 20)
    assert fleet.ask("select count(*) from rows") == "2"
    assert primary(fleet.found()) == ("db2", "")


def test_one_that_was_not_sent_all_does_not_take_over_and_the_former_one_goes_on(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "BETWEEN", 0.5)
    fleet.on("db2")
    fleet.ask("alter system set primary_conninfo = ''; ")
    fleet.ask("alter system set restore_command = '/bin/false'")
    fleet.must("systemctl", "restart")
    fleet.on("db1")
    fleet.ask("insert into rows values (2)")
    last, _ = standby.hand_over(fleet.cluster)
    fleet.on("db2")
    assert standby.behind(fleet.cluster, last).startswith("it has WAL up to byte ")
    found = fleet.found()
    assert found["db1"].at > found["db2"].at
    fleet.on("db1")
    standby.take_back(fleet.cluster)
    assert fleet.ask("insert into rows values (3); select count(*) from rows") == "3"
    assert primary(fleet.found()) == ("db1", "")


def test_who_follows_is_admitted_once_and_whoever_has_left_is_not_kept_for(fleet: Fleet) -> None:
    fleet.on("db1")
    asked = "select string_agg(slot_name || ' ' || (restart_lsn is not null), ',' order by slot_name) from pg_replication_slots"
    assert not standby.admit(["db2"], look=False)
    assert standby.admit(["db2", "DB-3"], look=True)
    assert fleet.ask(asked) == "hostler_db2 true"
    assert standby.admit(["db2", "DB-3"], look=False)
    assert fleet.ask(asked) == "hostler_db2 true,hostler_db_3 true"
    # Also one that is being read from, by a host that is let in no more
    write(fleet.data, {"pg_hba.conf": f"local all {SUPERUSER} trust\n"})
    fleet.ask("select pg_reload_conf()")
    assert standby.admit(["DB-3"], look=False)
    assert fleet.ask(asked) == "hostler_db_3 true"
    fleet.ask("select pg_create_physical_replication_slot('theirs')")
    assert standby.admit([], look=False)
    assert fleet.ask("select slot_name from pg_replication_slots") == "theirs"
    found = fleet.ask(f"select rolcanlogin, rolreplication, rolsuper from pg_roles where rolname = '{ROLE}'")
    assert found == "t|t|f"


def test_for_one_that_was_away_too_long_a_slot_is_made_anew(fleet: Fleet) -> None:
    """By one whose WAL is gone nobody follows any more; what is between, the archive has."""
    fleet.on("db2")
    fleet.kill()
    fleet.on("db1")
    fleet.ask("alter system set max_slot_wal_keep_size = '1MB'; ")
    fleet.ask("select pg_reload_conf()")
    for _ in range(4):
        fleet.ask("select pg_switch_wal() from pg_logical_emit_message(true, 'a', 'b')")
    fleet.ask("checkpoint")
    status = "select wal_status from pg_replication_slots"
    assert fleet.ask(status) == "lost"
    assert standby.admit(["db2"], look=True)
    assert fleet.ask(status) == "lost"
    assert standby.admit(["db2"], look=False)
    assert fleet.ask(status) == "reserved"
    assert not standby.admit(["db2"], look=False)

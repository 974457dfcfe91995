"""What a host with the data or backups tells, by what was asked for it."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import drill, noted, repository
from ansible_collections.hostler.fleet.plugins.module_utils.backup.drill import Drill
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.observe import asks, place
from ansible_collections.hostler.fleet.plugins.module_utils.observe.asks import Part, leave
from ansible_collections.hostler.fleet.plugins.module_utils.observe.data import OLD_SECONDS, Stored
from tests.observe.told import told

NOW = 1_795_831_200
SAID = {"used": 7, "allowed": 197, "oldest": 90, "waiting": 2, "archived": NOW - 30, "restart": 1}
SAID |= {"writes": True, "follows": False, "streams": False, "lag": 0}
FOLLOWS = {**SAID, "writes": False, "follows": True, "streams": True, "lag": 4}


class Host:
    """A host of both, of which PostgreSQL and pgBackRest say what a test has them say; an error is raised."""

    def __init__(self, path: Path) -> None:
        """Take where it is left."""
        self.path, self.says = path, dict[str, Any]()
        self.says |= {"select 1": "1", asks.STATE: json.dumps(SAID), asks.SIZES: '{"hello": 7000000}', "known": (0, []), "drill": None}

    def say(self, what: str) -> Any:
        """Say it."""
        if isinstance(said := self.says[what], Exception):
            raise said
        return said

    def tells(self, part: str, now: float = NOW) -> dict[str, float]:
        """Return what its facts have of a part, once all was asked and left."""
        asked = asks.parts(["database", "backup"])
        for one in asked.values():
            one.see(0)
        leave(self.path, asked, NOW)
        return told(Stored(["database", "backup"], lambda: now).parts()[part]())


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return a host."""
    found = Host(tmp_path / "told.json")
    monkeypatch.setattr(place, "DATA", found.path)
    monkeypatch.setattr(postgres, "FOLLOWING", tmp_path / "following")
    monkeypatch.setattr(Cluster, "registered", True)
    monkeypatch.setattr(postgres, "known", lambda: [Cluster("17")])
    monkeypatch.setattr(postgres, "ask", lambda sql, **_: found.say(sql))
    monkeypatch.setattr(repository, "here", lambda: True)
    monkeypatch.setattr(repository, "known", lambda: found.say("known"))
    monkeypatch.setattr(repository, "SETTINGS", tmp_path / "pgbackrest.conf")
    repository.SETTINGS.write_text("[global]\nrepo1-path=/x\n")
    monkeypatch.setattr(drill, "FOLDER", tmp_path)
    monkeypatch.setattr(drill, "last", lambda: found.say("drill"))
    return found


def test_what_postgresql_says_is_told(host: Host) -> None:
    assert host.tells("database") == {
        "hostler_database_up": 1,
        "hostler_database_connections": 7,
        "hostler_database_connections_allowed": 197,
        "hostler_database_oldest_transaction_seconds": 90,
        "hostler_database_restart_settings": 1,
        "hostler_database_primary": 1,
        "hostler_wal_waiting_files": 2,
        "hostler_wal_archived_timestamp_seconds": NOW - 30,
    }
    assert host.tells("sizes") == {'hostler_database_size_bytes{database="hello"}': 7_000_000}


def test_of_one_that_follows_it_is_told_how_and_nothing_of_the_archive(host: Host) -> None:
    """To that it brought something when it was the primary, and what waits since is nobody's matter."""
    host.says[asks.STATE] = json.dumps(FOLLOWS)
    assert host.tells("database") == {
        "hostler_database_up": 1,
        "hostler_database_connections": 7,
        "hostler_database_connections_allowed": 197,
        "hostler_database_oldest_transaction_seconds": 90,
        "hostler_database_restart_settings": 1,
        "hostler_database_primary": 0,
        "hostler_replication_streams": 1,
        "hostler_replication_lag_seconds": 4,
    }


def test_how_far_behind_it_is_is_told_only_while_it_knows(host: Host) -> None:
    host.says[asks.STATE] = json.dumps({**FOLLOWS, "streams": False, "lag": 0})
    told = host.tells("database")
    assert told["hostler_replication_streams"] == 0
    assert "hostler_replication_lag_seconds" not in told


def test_one_whose_data_are_being_brought_back_neither_leads_nor_follows(host: Host) -> None:
    host.says[asks.STATE] = json.dumps({**SAID, "writes": False})
    told = host.tells("database")
    assert [name for name in told if "primary" in name or "replication" in name] == []


@pytest.mark.parametrize("answer", ["1", Failed("connection refused")], ids=["answers", "does not"])
def test_one_that_has_yet_to_get_its_data_is_not_down(host: Host, answer: str | Failed) -> None:
    host.says["select 1"] = answer
    postgres.FOLLOWING.write_text("17")
    assert host.tells("database") == {"hostler_replication_unmade": 1}


def test_what_it_does_not_know_is_not_told_as_long_ago(host: Host) -> None:
    """It forgets with a crash when the archive last got something."""
    host.says[asks.STATE] = json.dumps({**SAID, "archived": 0})
    assert "hostler_wal_archived_timestamp_seconds" not in host.tells("database")


def test_one_that_does_not_answer_is_down_and_not_unknown(host: Host) -> None:
    host.says["select 1"] = Failed("connection refused")
    assert host.tells("database") == {"hostler_database_up": 0}
    assert host.tells("sizes") == {}


def test_one_that_answers_otherwise_is_unknown_and_not_down(host: Host) -> None:
    host.says[asks.STATE] = Failed("PostgreSQL refused: no such function")
    with pytest.raises(Failed, match="no such function"):
        host.tells("database")
    assert host.tells("sizes")


def test_before_there_is_one_nothing_is_down(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "known", list)
    with pytest.raises(Failed, match="no PostgreSQL of Hostler's"):
        host.tells("database")


def test_data_that_are_gone_are_down(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its settings are there, and say that there were some."""
    monkeypatch.setattr(Cluster, "ours", False)
    host.says["select 1"] = Failed("connection refused")
    assert host.tells("database") == {"hostler_database_up": 0}


def backup(label: str, kind: str, at: int, damaged: bool = False) -> Backup:
    """Return a backup."""
    return Backup(label, kind, at, 1000, damaged)


def test_what_is_kept_is_told_and_the_newest_that_is_good(host: Host) -> None:
    assert host.tells("backup") == {"hostler_backups": 0, "hostler_backups_damaged": 0}
    kept = [backup("a", "full", 100), backup("b", "full", 200), backup("c", "diff", 300), backup("d", "full", 400, damaged=True)]
    host.says["known"] = (0, kept)
    assert host.tells("backup") == {
        "hostler_backups": 4,
        "hostler_backups_damaged": 1,
        "hostler_backup_first_timestamp_seconds": 100,
        'hostler_backup_timestamp_seconds{kind="any"}': 300,
        'hostler_backup_timestamp_seconds{kind="full"}': 200,
    }
    host.says["known"] = (0, kept[-1:])
    assert 'hostler_backup_timestamp_seconds{kind="any"}' not in host.tells("backup")


def test_what_was_noted_of_a_bucket_is_told_while_there_is_one(host: Host) -> None:
    """By who made a backup there: who asks comes into no network."""
    kept = [backup("a", "full", 100), backup("b", "diff", 200), backup("c", "diff", 300, damaged=True)]
    told = 'hostler_backup_timestamp_seconds{kind="s3"}'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repository, "known", lambda number: (0, kept) if number == repository.S3 else (0, []))
        noted.main()
    assert told not in host.tells("backup")
    repository.SETTINGS.write_text("[global]\nrepo2-type=s3\n")
    assert host.tells("backup")[told] == 200
    (drill.FOLDER / noted.NAME).write_text("spoilt")
    assert told not in host.tells("backup")


def test_a_drill_is_told_with_when_one_last_succeeded(host: Host) -> None:
    assert host.tells("drill") == {}
    host.says["drill"] = Drill(900, 70, "the repository is damaged", 0, "", {}, 0)
    failed = {"hostler_drill_failed": 1, "hostler_drill_seconds": 70}
    assert host.tells("drill") == failed
    host.says["drill"] = Drill(900, 70, "the repository is damaged", 300, "", {}, 0)
    assert host.tells("drill") == {**failed, "hostler_drill_success_timestamp_seconds": 300}
    host.says["drill"] = Drill(900, 70, "", 900, "", {}, 0)
    assert host.tells("drill") == {
        "hostler_drill_failed": 0,
        "hostler_drill_seconds": 70,
        "hostler_drill_success_timestamp_seconds": 900,
    }


@pytest.mark.parametrize(
    "error", [Failed("pgBackRest: ERROR: no such file"), OSError("no such program"), ValueError("spoilt"), KeyError("at")]
)
def test_what_cannot_be_asked_is_said_and_the_others_are_told(host: Host, error: Exception) -> None:
    host.says["known"] = error
    with pytest.raises(Failed, match=str(error).strip("'")):
        host.tells("backup")
    assert host.tells("database")


def test_what_is_of_old_or_of_nobody_is_not_told(host: Host) -> None:
    for part in ("database", "sizes", "backup", "drill"):
        host.path.unlink(missing_ok=True)
        with pytest.raises(Failed, match="asked nothing yet"):
            told(Stored(["database", "backup"]).parts()[part]())
        with pytest.raises(Failed, match="asked nothing for 180 s"):
            host.tells(part, NOW + OLD_SECONDS + 1)


def test_what_is_slow_is_asked_rarely_also_where_it_fails() -> None:
    asked: list[int] = []

    def ask() -> dict[str, Any]:
        asked.append(1)
        if len(asked) > 1:
            raise Failed("no")
        return {"a": 1}

    part = Part(ask, 300)
    seen = []
    for now in (0.0, 15.0, 299.0, 300.0, 315.0, 600.0):
        part.see(now)
        seen.append((len(asked), part.told, part.wrong))
    assert seen == [(1, {"a": 1}, "")] * 3 + [(2, None, "no")] * 2 + [(3, None, "no")]


PROGRAMS = next((path for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) if (path / "initdb").exists()), Path("/"))


def nobody() -> dict[str, Any]:
    """Return how a program of PostgreSQL's is run, which refuses to be root's."""
    who = pwd.getpwnam("nobody")
    return {"cwd": "/", **({"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {})}


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    """Have one run with the data in a folder, and its socket there; it archives nothing."""
    options = ["-k", str(folder), "-c", "listen_addresses=", "-c", "archive_mode=on", "-c", "archive_command=/bin/false", "-c", "fsync=off"]
    with subprocess.Popen([PROGRAMS / "postgres", "-D", folder / "data", *options], stderr=subprocess.DEVNULL, **nobody()) as server:
        try:
            yield folder
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder for one, of somebody who is not root."""
    if not (PROGRAMS / "initdb").exists() or not shutil.which("psql"):
        pytest.skip("PostgreSQL is not installed here")
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        if os.geteuid() == 0:
            shutil.chown(name, "nobody")
        yield Path(name)


@pytest.fixture
def cluster(request: pytest.FixtureRequest, folder: Path) -> Iterator[Path]:
    """Return where the socket of a PostgreSQL is that runs here; with files of these names in its data."""
    made: list[str | Path] = [PROGRAMS / "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "-N"]
    subprocess.run(made, check=True, capture_output=True, **nobody())
    for name in getattr(request, "param", ()):
        (folder / "data" / name).touch()
    with running(folder):
        yield folder


def asked(cluster: Path, sql: str) -> str:
    """Return what it answers, once it does."""
    command = ["psql", "-XqtA", f"--host={cluster}", "--username=postgres", "--dbname=postgres", "--set=ON_ERROR_STOP=1"]
    for _ in range(100):
        done = subprocess.run(command, input=sql, text=True, capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout
        time.sleep(0.1)
    raise AssertionError(done.stderr)


def test_one_that_does_not_get_through_says_how_far_behind_it_is(cluster: Path) -> None:
    """Also where it has got through nothing since its start, and knows of no time when it did."""

    def state(**keys: Any) -> Json:
        for _ in range(150):
            said: Json = json.loads(asked(other, asks.STATE))
            if all(said[key] == value for key, value in keys.items()):
                break
            time.sleep(0.1)
        return {key: said[key] for key in ("writes", "follows", "streams")} | {"late": said["lag"] > 0}

    asked(cluster, "select 1")
    other = cluster / "other"
    other.mkdir()
    if os.geteuid() == 0:
        shutil.chown(other, "nobody")
    copy: list[str | Path] = [PROGRAMS / "pg_basebackup", "-h", cluster, "-U", "postgres", "-D", other / "data", "-R", "-c", "fast"]
    subprocess.run(copy, check=True, capture_output=True, **nobody())
    with running(other):
        follows = {"writes": False, "follows": True, "streams": True}
        assert state(streams=True, lag=0) == {**follows, "late": False}
        asked(other, "select pg_wal_replay_pause()")
        asked(cluster, "create table seen (x int)")
        assert state(lag=2) == {**follows, "late": True}
        asked(other, "select pg_wal_replay_resume()")
        assert state(lag=0) == {**follows, "late": False}


@pytest.mark.parametrize("cluster", [[postgres.SIGNAL]], indirect=True, ids=["follows"])
def test_one_that_follows_says_so_until_it_takes_over(cluster: Path) -> None:
    said = json.loads(asked(cluster, asks.STATE))
    assert (said["writes"], said["follows"], said["streams"]) == (False, True, False)
    asked(cluster, "select pg_promote(true)")
    said = json.loads(asked(cluster, asks.STATE))
    assert (said["writes"], said["follows"]) == (True, False)


def test_postgresql_itself_answers_what_is_asked(cluster: Path) -> None:
    def ask(sql: str) -> str:
        return asked(cluster, sql)

    said = json.loads(ask(asks.STATE))
    leads = {"writes": True, "follows": False, "streams": False, "lag": 0}
    assert said == {"used": 0, "allowed": 97, "oldest": 0, "waiting": 0, "archived": 0, "restart": 0, **leads}
    ask("select pg_switch_wal() from pg_logical_emit_message(true, 'a', 'b')")
    ask("alter system set max_connections = 50; select pg_reload_conf()")
    for _ in range(100):
        said = json.loads(ask(asks.STATE))
        if said["waiting"] and said["restart"]:
            break
        time.sleep(0.1)
    assert (said["waiting"] >= 1, said["restart"]) == (True, 1)
    assert json.loads(ask(asks.SIZES))["postgres"] > 1e6

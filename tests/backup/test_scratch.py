"""A scratch cluster: what it is made with, that it is deleted whatever happens, and what is told of a target that it does not reach."""

import fcntl
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import look, repository, scratch
from ansible_collections.hostler.fleet.plugins.module_utils.backup.scratch import Counted, Found
from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed

RUNS = "exec sleep 60"
ENDS = "echo 'FATAL:  recovery ended before configured recovery target was reached' >&2; exit 1"


class Host:
    """A host with a PostgreSQL of few words."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have it run once it is started."""
        self.patch, self.folder = monkeypatch, folder / "scratch"
        # The program's place has the version in it
        self.version = os.path.relpath(folder / "17", "/usr/lib/postgresql")
        self.program = folder / "17/bin/postgres"
        self.program.parent.mkdir(parents=True)
        self.server(RUNS)
        self.options: list[Sequence[str]] = []
        self.configs: list[str] = []  # below /etc/pgbackrest
        self.reaches = [True]  # one restore after the other, the last for ever
        self.free = 1200
        monkeypatch.setattr(scratch, "FOLDER", self.folder)
        monkeypatch.setattr(scratch, "POLL", 0.01)
        monkeypatch.setattr(repository, "must", self.pgbackrest)
        monkeypatch.setattr(postgres, "ask", self.ask)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=self.free))

    def server(self, body: str) -> None:
        """Have PostgreSQL do that, once it has noted who it is, and with what."""
        self.program.write_text(f'#!/bin/sh\necho "$@" >{self.folder}/asked\necho $$ >{self.folder}/pid\n{body}\n')
        self.program.chmod(0o755)

    def pgbackrest(self, *words: str, config: Path) -> str:
        """Restore."""
        self.configs.append(config.name)
        self.options.append(words)
        (self.folder / "data" / postgres.MARK).write_text("")
        reaches = self.reaches.pop(0) if len(self.reaches) > 1 else self.reaches[0]
        self.server(RUNS if reaches else ENDS)
        return ""

    def ask(self, sql: str, database: str = "postgres", sockets: Path = Path(), seconds: float = 0) -> str:
        """Answer by the socket of the scratch alone."""
        assert sockets == self.folder
        if not (self.folder / "pid").exists():
            raise Failed("no server")
        if "datname" in sql:
            return "ledger\nshop"
        if "json_build_object" in sql:
            return json.dumps({"tables": 1, "rows": len(database), "bytes": 9})
        return "17" if "replay" in sql else "f"

    @property
    def alive(self) -> bool:
        """Whether its PostgreSQL runs."""
        return Path(f"/proc/{(self.folder / 'pid').read_text().strip()}").exists()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return a host."""
    return Host(tmp_path, monkeypatch)


def settings(text: str) -> dict[str, str]:
    """Return what a postgresql.conf sets."""
    return dict(line.split(" = ", 1) for line in text.splitlines() if line)


def test_it_runs_apart_from_everything_and_is_deleted_after_that(host: Host) -> None:
    with scratch.restored(host.version, 1000, ("--type=name", "--target=x")) as sockets:
        assert sockets == host.folder
        assert host.options == [(f"--pg1-path={host.folder}/data", "--archive-mode=off", "--type=name", "--target=x", "restore")]
        assert (host.folder / "data").stat().st_mode & 0o777 == 0o700
        assert not (host.folder / "data" / postgres.MARK).exists()
        found = settings((host.folder / "postgresql.conf").read_text())
        asked = (host.folder / "asked").read_text()
    assert asked.split() == ["-D", f"{host.folder}/data", "-c", f"config_file={host.folder}/postgresql.conf"]
    closed = {"archive_mode": "off", "listen_addresses": "''", "unix_socket_directories": f"'{host.folder}'"}
    assert closed.items() <= found.items()
    assert not host.alive
    assert not (host.folder / "data").exists()


def test_it_is_deleted_where_its_looker_fails(host: Host) -> None:
    with pytest.raises(ZeroDivisionError), scratch.restored(host.version, 1000):
        raise ZeroDivisionError
    assert not host.alive
    assert not (host.folder / "data").exists()


def test_where_pgbackrest_fails_nothing_is_left(host: Host) -> None:
    host.patch.setattr(repository, "must", lambda *_, **__: (_ for _ in ()).throw(Failed("pgBackRest: ERROR")))
    with pytest.raises(Failed, match="pgBackRest: ERROR"), scratch.restored(host.version, 1000):
        pass
    assert not (host.folder / "data").exists()


def test_one_that_does_not_start_says_why_by_its_log(host: Host) -> None:
    host.reaches = [False]
    host.patch.setattr(postgres, "ask", lambda *_, **__: (_ for _ in ()).throw(Failed("no server")))
    with pytest.raises(Failed, match="what is in the archive ends before that"), scratch.restored(host.version, 1000):
        pass
    assert not (host.folder / "data").exists()


def test_one_that_never_ends_is_given_up(host: Host) -> None:
    host.patch.setattr(postgres, "ask", lambda *_, **__: "t")
    host.patch.setattr(scratch, "SECONDS", 0.1)
    with pytest.raises(Failed, match="has not taken up all WAL within 0.1 s"), scratch.restored(host.version, 1000):
        pass
    assert not (host.folder / "data").exists()


def test_what_a_killed_one_has_left_is_deleted_before_room_is_looked_for(host: Host) -> None:
    (host.folder / "data").mkdir(parents=True)
    (host.folder / "data/old").write_text("")
    host.patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0 if (host.folder / "data/old").exists() else 1200))
    with scratch.restored(host.version, 1000):
        assert not (host.folder / "data/old").exists()


def test_without_room_nothing_is_restored(host: Host) -> None:
    host.free = 1199
    with pytest.raises(Failed, match="make room there."), scratch.restored(host.version, 1000):
        pass
    assert host.options == []


def test_two_at_once_are_refused_and_the_first_goes_on(host: Host) -> None:
    host.folder.mkdir()
    (host.folder / "data").mkdir()
    with (host.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Failed, match="A drill or a restore is at work on this host"), scratch.restored(host.version, 1000):
            pass
    assert (host.folder / "data").exists()


def test_each_database_is_counted(host: Host) -> None:
    with scratch.restored(host.version, 1000) as sockets:
        assert scratch.look(sockets) == Found({"ledger": Counted(1, 6, 9), "shop": Counted(1, 4, 9)}, 17)


class TestLook:
    """What ``restore.yml`` asks for before it asks the operator."""

    def target(self, *sets: str) -> dict[str, Any]:
        """Return a target, with backups to begin from."""
        return {"options": ["--type=name", "--target=x"], "sets": list(sets), "size": 1000, "said": "x", "repository": 1}

    @pytest.fixture(autouse=True)
    def _fresh(self, host: Host) -> None:
        """Have no server of the restore before answer."""
        real = host.pgbackrest

        def pgbackrest(*words: str, config: Path) -> str:
            (host.folder / "pid").unlink(missing_ok=True)
            said = real(*words, config=config)
            host.patch.setattr(postgres, "ask", host.ask if RUNS in host.program.read_text() else self.silent)
            return said

        host.patch.setattr(repository, "must", pgbackrest)

    def silent(self, *_: object, **__: object) -> str:
        """Answer nothing."""
        raise Failed("no server")

    def test_it_tells_what_is_found_and_by_which_options(self, host: Host) -> None:
        found = look.look(host.version, self.target())
        assert (found["wrong"], found["options"], found["newest"]) == ("", ["--repo=1", "--type=name", "--target=x"], 17)
        assert found["databases"]["shop"] == {"tables": 1, "rows": 4, "bytes": 9}

    @pytest.mark.parametrize(("repository", "config"), [(1, "scratch.conf"), (2, "scratch-s3.conf")])
    def test_it_looks_into_the_repository_that_is_meant_alone(self, repository: int, config: str, host: Host) -> None:
        found = look.look(host.version, {**self.target(), "repository": repository})
        assert host.configs == [config]
        # In there it is the only one; elsewhere it has its number
        assert [word for words in host.options for word in words if word.startswith("--repo")] == []
        assert found["options"][0] == f"--repo={repository}"

    def test_the_newest_backup_that_leads_there_is_taken(self, host: Host) -> None:
        host.reaches = [False, True]
        found = look.look(host.version, self.target("C", "B", "A"))
        assert (found["wrong"], found["options"]) == ("", ["--repo=1", "--type=name", "--target=x", "--set=B"])
        assert [words[-2] for words in host.options] == ["--set=C", "--set=B"]

    def test_where_none_leads_there_it_says_why(self, host: Host) -> None:
        host.reaches = [False]
        found = look.look(host.version, self.target("B", "A"))
        assert list(found) == ["wrong"]
        assert "ends before that" in found["wrong"]
        assert len(host.options) == 2

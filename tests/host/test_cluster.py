"""The modules of a database host: what it has, its cluster made, its files in force."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.modules import database_info, make_cluster, settle_cluster
from tests.shared.clusters import Debian
from tests.shared.postgres import Server
from tests.shared.samples import run_module, write

OURS = Cluster("15")
CHECK = pytest.mark.parametrize("check", [True, False], ids=["in check mode", "for good"])


class TestInfo:
    """``database_info``."""

    @pytest.fixture(autouse=True)
    def system(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
        system = {"ID": "debian", "VERSION_ID": "12"}
        monkeypatch.setattr(database_info, "os_release", lambda: system)
        return system

    @CHECK
    def test_it_tells_what_there_is(self, check: bool, debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
        told = run_module(database_info, monkeypatch, check)
        assert told == {
            "failed": False, "changed": False, "version": "15", "ours": False, "lost": False, "follows": False, "unmade": False,
            "wrong": "", "answers": False,
        }  # fmt: skip
        debian.has("15")
        assert "has data that Hostler did not make" in run_module(database_info, monkeypatch, check)["wrong"]

    def test_a_system_that_says_nothing_of_itself_is_one_that_nobody_knows(
        self, system: dict[str, str], debian: Debian, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        system.clear()
        assert run_module(database_info, monkeypatch)["wrong"].startswith("Hostler does not know which PostgreSQL ")

    def test_one_that_runs_and_does_not_answer_is_no_riddle(self, debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_: Cluster) -> dict[str, Any]:
            raise Failed("PostgreSQL refused: too many clients already")

        debian.has("15", ours=True)
        debian.start("15")
        monkeypatch.setattr(postgres, "state", refuse)
        said = run_module(database_info, monkeypatch)
        assert said == {
            "failed": True,
            "msg": "What PostgreSQL this host has cannot be told: PostgreSQL refused: too many clients already",
        }


class TestMake:
    """``make_cluster``."""

    @CHECK
    def test_one_is_made_where_there_is_none(self, check: bool, debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
        assert run_module(make_cluster, monkeypatch, check, version="15") == {"failed": False, "changed": True}
        assert (OURS.ours, bool(debian.done)) == (not check, not check)
        assert run_module(make_cluster, monkeypatch, check, version="15")["changed"] == check

    @CHECK
    def test_one_that_is_to_follow_is_made_once_though_its_data_are_yet_to_come(
        self, check: bool, debian: Debian, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert run_module(make_cluster, monkeypatch, check, version="15", follows=True) == {"failed": False, "changed": True}
        assert (OURS.follows, bool(debian.done)) == (not check, not check)
        if not check:
            (OURS.data / postgres.MARK).unlink()
        assert run_module(make_cluster, monkeypatch, check, version="15", follows=True)["changed"] == check

    @CHECK
    def test_one_of_ours_is_left_as_it_is(self, check: bool, debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
        debian.has("15", ours=True)
        assert run_module(make_cluster, monkeypatch, check, version="15") == {"failed": False, "changed": False}
        assert debian.done == []
        debian.kept()

    @CHECK
    def test_what_is_somebody_else_s_is_refused(self, check: bool, debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
        debian.has("15")
        said = run_module(make_cluster, monkeypatch, check, version="15")
        assert said["failed"]
        assert "has data that Hostler did not make" in said["msg"]
        debian.kept()

    def test_what_the_system_says_is_told(self, debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
        write(postgres.MAKING.parents[1], {"hostler": "a file where the folder should be"})
        said = run_module(make_cluster, monkeypatch, version="15")
        assert said["failed"]
        assert str(postgres.MAKING.parent) in said["msg"]
        assert debian.done == []


Done = list[str]


@pytest.fixture
def done(file: Path, asked: Any, server: Server, monkeypatch: pytest.MonkeyPatch) -> Done:
    """Have a PostgreSQL that runs be the host's, which reads `file`; return what systemd was told."""
    told: Done = []

    def must(program: str, verb: str, *_: str) -> None:
        assert program == "systemctl"
        told.append(verb)
        if verb == "reload":
            # It is told, and goes on in its own time
            threading.Timer(0.3, server.reload).start()
        elif verb in ("restart", "start"):
            server.must("pg_ctl", "-D", str(server.data), "-w", "-m", "fast", "-l", str(server.folder / "log"), "restart")

    for module in (settle_cluster, postgres):
        monkeypatch.setattr(module, "must", must)
    monkeypatch.setattr(postgres, "run", lambda *command: subprocess.CompletedProcess(command, 0, ""))
    monkeypatch.setattr(postgres, "SETTINGS", file.parents[2])
    write(file.parents[2], {"15/main/postgresql.conf": ""})
    return told


class TestSettle:
    """``settle_cluster``, with a PostgreSQL that runs."""

    @pytest.fixture
    def unit(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Return our part of its unit, which is older than what runs."""
        monkeypatch.setattr(settle_cluster, "started", lambda _: time.time() + 10)
        return write(tmp_path, {"hostler.conf": ""}) / "hostler.conf"

    @pytest.fixture
    def settle(self, done: Done, file: Path, unit: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module."""

        def settle(check: bool = False, restart: bool = False) -> dict[str, Any]:
            files = {"files": [str(file)], "unit": str(unit)}
            return run_module(settle_cluster, monkeypatch, check, version="15", restart=restart, **files)

        return settle

    @CHECK
    def test_one_that_has_read_its_files_is_left_alone(self, check: bool, settle: Any, done: Done) -> None:
        assert settle(check) == {"failed": False, "changed": False, "restart": []}
        assert done == []

    @CHECK
    def test_a_file_that_is_newer_is_read(self, check: bool, settle: Any, done: Done, file: Path, server: Server) -> None:
        file.write_text("work_mem = '7MB'")
        assert settle(check) == {"failed": False, "changed": True, "restart": []}
        assert done == ([] if check else ["daemon-reload", "reload"])
        assert server.ask("show work_mem") == ("4MB" if check else "7MB")
        assert settle(check)["changed"] == check

    def test_a_file_that_it_does_not_take_is_not_read(self, settle: Any, done: Done, file: Path, server: Server) -> None:
        file.write_text("work_mem = '7MB'\njit = 'maybe'\n")
        said = settle()
        assert said["failed"]
        assert said["msg"].startswith("PostgreSQL does not take its files, and goes on with those that it has read:\n")
        assert f"{file} line 2: jit: " in said["msg"]
        assert (done, server.ask("show work_mem")) == ([], "4MB")

    def test_what_waits_for_a_restart_is_told_at_once_and_each_time(self, settle: Any, done: Done, file: Path) -> None:
        """Though it has only been told to read its files when it is asked."""
        file.write_text("max_connections = 90\n")
        first, second = settle(), settle()
        assert (first["changed"], second["changed"]) == (True, False)
        for said in (first, second):
            assert said["restart"] == ["max_connections"]
            assert said["warnings"] == [
                "PostgreSQL goes on with its former max_connections until it is restarted, which ends every connection: "
                "site.yml -e restart_database=true"
            ]
        assert "restart" not in done

    def test_it_is_restarted_where_that_is_asked_for_and_due(self, settle: Any, done: Done, file: Path, server: Server) -> None:
        assert settle(restart=True) == {"failed": False, "changed": False, "restart": []}
        file.write_text("max_connections = 90\n")
        assert settle(restart=True) == {"failed": False, "changed": True, "restart": []}
        assert (done, server.ask("show max_connections")) == (["daemon-reload", "reload", "daemon-reload", "restart"], "90")
        file.write_text("")
        settle(restart=True)
        assert server.ask("show max_connections") == "100"

    def test_so_it_is_with_a_sandbox_that_is_newer_than_what_runs(
        self, settle: Any, done: Done, unit: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settle_cluster, "started", lambda _: unit.stat().st_mtime - 1)
        assert settle()["restart"] == ["sandbox"]
        assert settle(check=True, restart=True)["changed"]
        assert done == []
        assert settle(restart=True)["changed"]
        assert done == ["daemon-reload", "restart"]

    def test_who_only_looks_may_find_none_of_our_files_yet(self, settle: Any, done: Done, unit: Path) -> None:
        """As of a cluster that Hostler has just been told to take as it is."""
        unit.unlink()
        assert settle(check=True)["restart"] == ["sandbox"]

    def test_who_only_looks_is_told_that_it_would_be(self, settle: Any, done: Done, file: Path, server: Server) -> None:
        file.write_text("max_connections = 90\n")
        server.reload()
        assert settle(check=True, restart=True)["changed"]
        assert (done, server.ask("show max_connections")) == ([], "100")

    def test_one_that_does_not_read_is_no_riddle(self, settle: Any, done: Done, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "SECONDS", 0.2)
        monkeypatch.setattr(postgres, "must", lambda *_: None)
        file.write_text("work_mem = '7MB'")
        said = settle()
        assert (said["failed"], said["msg"].partition(";")[0]) == (True, "PostgreSQL has not read its files within 0.2 s")

    @CHECK
    def test_one_that_does_not_run_is_started(self, check: bool, settle: Any, done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "run", lambda *command: subprocess.CompletedProcess(command, 3, ""))
        assert settle(check) == {"failed": False, "changed": True, "restart": []}
        assert done == ([] if check else ["daemon-reload", "start"])

    def test_in_check_mode_there_need_not_be_one_yet(self, settle: Any, done: Done) -> None:
        (OURS.settings / "postgresql.conf").unlink()
        assert settle(check=True) == {"failed": False, "changed": True, "restart": []}
        assert done == []


class TestFollowers:
    """``settle_cluster``, on one of two hosts with the data."""

    @pytest.fixture
    def admitted(self, done: Done, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], bool]]:
        """Return whom it has let follow, and whether it has only looked."""
        found: list[tuple[list[str], bool]] = []

        def admit(hosts: list[str], look: bool) -> bool:
            found.append((hosts, look))
            return True

        monkeypatch.setattr(settle_cluster, "admit", admit)
        monkeypatch.setattr(settle_cluster, "stay", lambda *_: False)
        monkeypatch.setattr(settle_cluster, "started", lambda _: time.time() + 10)
        return found

    @pytest.fixture
    def settle(self, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module, with another host that follows."""
        unit = write(tmp_path, {"hostler.conf": ""}) / "hostler.conf"
        given: dict[str, Any] = {"version": "15", "files": [str(file)], "unit": str(unit), "standbys": ["db2"]}
        return lambda check: run_module(settle_cluster, monkeypatch, check, **given)

    @CHECK
    def test_a_primary_lets_the_other_one_follow(self, check: bool, settle: Any, admitted: list[Any], done: Done) -> None:
        assert settle(check) == {"failed": False, "changed": True, "restart": []}
        assert (admitted, done) == ([(["db2"], check)], [])

    @CHECK
    @pytest.mark.parametrize("runs", [True, False])
    def test_one_that_follows_lets_nobody_and_is_not_started(
        self, runs: bool, check: bool, settle: Any, admitted: list[Any], done: Done, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether it has what it is to start with, who has it follow sees to."""
        monkeypatch.setattr(Cluster, "follows", True)
        if not runs:
            monkeypatch.setattr(postgres, "run", lambda *command: subprocess.CompletedProcess(command, 3, ""))
        assert settle(check) == {"failed": False, "changed": False, "restart": []}
        assert (admitted, done) == ([], [])

    @CHECK
    def test_one_that_was_to_hand_over_and_did_not_is_a_primary_again(
        self, check: bool, settle: Any, admitted: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looks: list[bool] = []

        def stay(_: Cluster, look: bool) -> bool:
            looks.append(look)
            return True

        monkeypatch.setattr(settle_cluster, "stay", stay)
        monkeypatch.setattr(Cluster, "follows", property(lambda _: looks != [False]))
        assert settle(check)["changed"]
        assert (looks, admitted) == ([check], [] if check else [(["db2"], False)])

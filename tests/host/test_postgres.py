"""The cluster of a database host: what is there is told apart from what is ours, and nothing is made over data."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.shared.clusters import Debian
from tests.shared.postgres import Server
from tests.shared.samples import write

Calls = list[tuple[list[str], dict[str, Any]]]
OURS, NEW = Cluster("15"), Cluster("17")
# What is told of a host that has nothing
NOTHING: dict[str, Any] = {
    "version": "15", "ours": False, "lost": False, "follows": False, "unmade": False, "wrong": "", "answers": False,
}  # fmt: skip


class TestFound:
    """What there is on a host, and what it would get."""

    @pytest.mark.parametrize(
        ("system", "version"),
        [(("debian", "12"), "15"), (("debian", "13"), "17"), (("ubuntu", "22.04"), "14"), (("ubuntu", "24.04"), "16")],
    )
    def test_a_host_with_nothing_gets_what_its_distribution_has(self, system: tuple[str, str], version: str, debian: Debian) -> None:
        assert postgres.found(*system) == {**NOTHING, "version": version}

    def test_a_distribution_that_nobody_knows_is_named(self, debian: Debian) -> None:
        found = postgres.found("debian", "14")
        assert found["wrong"].startswith("Hostler does not know which PostgreSQL debian 14 has; ")
        assert (found["version"], found["ours"]) == ("", False)

    def test_a_cluster_of_ours_is_told_with_what_it_says(self, debian: Debian) -> None:
        debian.has("15", ours=True)
        assert postgres.found("debian", "12") == {**NOTHING, "ours": True, "at": 0, "clean": False}
        debian.start("15")
        answer = {"connections": 100, "used": 1, "restart": []}
        assert postgres.found("debian", "12") == {**NOTHING, "ours": True, "answers": True, **answer}

    def test_it_stays_of_its_version_when_the_distribution_is_a_newer_one(self, debian: Debian) -> None:
        debian.has("99", ours=True)
        assert (postgres.found("debian", "13")["version"], postgres.found("debian", "14")["wrong"]) == ("99", "")

    def test_one_of_ours_whose_settings_were_lost_is_to_be_made_known_again(self, debian: Debian) -> None:
        debian.has("15", ours=True, settings=False)
        assert postgres.found("debian", "13") == NOTHING

    def test_two_of_ours_are_one_too_many(self, debian: Debian) -> None:
        """By their numbers, not by how these are spelt."""
        debian.has("99", ours=True)
        debian.has("100", ours=True)
        found = postgres.found("debian", "12")
        assert found["wrong"] == (
            "There are clusters of PostgreSQL 99 and 100. Once 100 has the data, by pg_upgradecluster, 'pg_renamecluster 99 main former' "
            "keeps the former aside; where it has not, 'pg_dropcluster --stop 100 main' leaves 99 as it is."
        )
        assert (found["version"], found["ours"]) == ("100", False)

    def test_a_newer_one_that_is_not_ours_yet_is_one_too_many(self, debian: Debian) -> None:
        """As pg_upgradecluster leaves it: the former would be started beside it."""
        debian.has("15", ours=True)
        debian.has("17")
        found = postgres.found("debian", "13")
        assert f"'touch {NEW.data}/hostler' has it be the fleet's, and 'pg_renamecluster 15 main former' keeps" in found["wrong"]
        assert not found["ours"]
        debian.kept()

    def test_an_older_one_that_is_not_ours_is_somebody_else_s(self, debian: Debian) -> None:
        debian.has("15")
        debian.has("17", ours=True)
        assert (postgres.found("debian", "13")["wrong"], postgres.found("debian", "13")["version"]) == ("", "17")

    def test_another_server_s_port_is_not_taken(self, debian: Debian) -> None:
        debian.listen()
        assert postgres.found("debian", "12")["wrong"].startswith(f"Another server has port {postgres.PORT} of this host, ")

    def test_our_own_has_its_port(self, debian: Debian) -> None:
        debian.has("15", ours=True)
        debian.listen()
        assert postgres.found("debian", "12")["wrong"] == ""

    def test_empty_folders_are_no_cluster(self, debian: Debian) -> None:
        """As Debian's packages leave them."""
        OURS.data.mkdir(parents=True)
        OURS.settings.mkdir(parents=True)
        assert (postgres.known(), postgres.foreign(OURS)) == ([], "")
        (postgres.DATA / "13/other").mkdir(parents=True)
        assert postgres.known() == []

    def test_one_that_follows_is_told_from_one_that_is_to(self, debian: Debian) -> None:
        debian.has("15", ours=True)
        write(OURS.data, {postgres.SIGNAL: ""})
        found = postgres.found("debian", "12")
        assert (found["ours"], found["follows"], found["unmade"], found["wrong"]) == (True, True, False, "")
        write(postgres.FOLLOWING.parent, {postgres.FOLLOWING.name: "15"})
        assert postgres.found("debian", "12")["unmade"]
        (OURS.data / postgres.SIGNAL).unlink()
        assert postgres.found("debian", "12")["follows"]

    @pytest.mark.parametrize("kind", [{}, {"ours": True}, {"data": False}], ids=["half", "whole", "nothing"])
    def test_data_that_are_yet_to_come_are_in_nobody_s_way_and_not_lost(self, kind: dict[str, bool], debian: Debian) -> None:
        """Whatever a run has left of them that was killed."""
        debian.has("15", **kind)
        write(postgres.FOLLOWING.parent, {postgres.FOLLOWING.name: "15"})
        found = postgres.found("debian", "12")
        assert (found["wrong"], found["lost"], found["follows"], found["unmade"]) == ("", False, True, True)


class TestForeign:
    """What is in the way of a cluster."""

    @pytest.mark.parametrize("settings", [True, False], ids=["registered", "data alone"])
    def test_data_of_somebody_else_s_stay(self, settings: bool, debian: Debian) -> None:
        debian.has("15", settings=settings)
        said = postgres.found("debian", "12")["wrong"]
        assert said.startswith(f"{OURS.data} has data that Hostler did not make, and it makes no cluster over them.")
        for words in ("pg_renamecluster 15 main former", f"touch {OURS.data}/hostler"):
            assert words in said
        debian.kept()

    def test_any_file_is_data(self, debian: Debian) -> None:
        """As where a restore was broken off, or the wrong disk is mounted there."""
        write(OURS.data, {"lost+found/x": ""})
        assert postgres.foreign(OURS).startswith(f"{OURS.data} has data that Hostler did not make")
        debian.kept()

    def test_the_mark_alone_makes_no_cluster_ours(self, debian: Debian) -> None:
        write(OURS.data, {"hostler": "", "base/1": ""})
        assert "has data that Hostler did not make" in postgres.foreign(OURS)
        debian.kept()

    def test_what_the_sentence_says_has_hostler_take_them(self, debian: Debian) -> None:
        debian.has("15")
        write(OURS.data, {"hostler": ""})
        assert postgres.found("debian", "12")["wrong"] == ""
        assert postgres.found("debian", "12")["ours"]

    def test_settings_without_data_may_be_of_data_that_were_lost(self, debian: Debian) -> None:
        debian.has("15", data=False)
        found = postgres.found("debian", "12")
        assert found["wrong"].startswith(f"{OURS.settings} is of a cluster without data. 'restore.yml -e target=latest' brings these back")
        assert (found["lost"], found["ours"], postgres.foreign(OURS)) == (True, False, "")
        debian.kept()

    @pytest.mark.parametrize("former", ["", "/var/lib/postgresql/15/main.former-1"])
    def test_data_that_were_being_brought_back_are_not_whole(self, former: str, debian: Debian) -> None:
        debian.has("15", ours=True)
        write(postgres.RESTORING.parent, {postgres.RESTORING.name: former})
        found = postgres.found("debian", "12")
        assert found["wrong"].startswith("A run of restore.yml broke off on this host")
        assert (found["lost"], found["ours"], former in found["wrong"]) == (True, False, True)
        with pytest.raises(Failed, match="broke off"):
            postgres.make(OURS)
        debian.kept()

    def test_one_that_is_in_nobody_s_way_is_nothing_to_us(self, debian: Debian) -> None:
        debian.has("13")
        assert (postgres.foreign(OURS), postgres.found("debian", "12")["version"]) == ("", "15")


class TestMake:
    """A cluster is made where there is none."""

    def test_it_has_checksums_and_is_ours(self, debian: Debian) -> None:
        postgres.make(OURS)
        [command] = debian.done
        assert command[:5] == ["pg_createcluster", f"--port={postgres.PORT}", "15", "main", "--"]
        assert {"--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=peer"} == set(command[5:])
        assert (OURS.ours, OURS.registered, postgres.MAKING.exists()) == (True, True, False)
        assert postgres.foreign(OURS) == ""

    def test_who_makes_backups_of_the_data_can_read_all_of_them(self, debian: Debian) -> None:
        """It runs as PostgreSQL does. What a host makes may be closed to others than root."""
        before = os.umask(0o077)
        try:
            postgres.make(OURS)
        finally:
            os.umask(before)
        mode = (OURS.data / postgres.MARK).stat().st_mode
        assert mode & stat.S_IROTH

    def test_one_of_ours_without_settings_is_made_known_with_its_data(self, debian: Debian) -> None:
        debian.has("15", ours=True, settings=False)
        postgres.make(OURS)
        assert debian.done == [["pg_createcluster", f"--port={postgres.PORT}", "15", "main"]]
        assert OURS.registered
        assert (OURS.data / "base/1").read_text() == "precious"

    def test_so_it_is_where_a_part_of_the_settings_is_there(self, debian: Debian) -> None:
        debian.has("15", ours=True, settings=False)
        write(OURS.settings, {"pg_hba.conf": "local all all trust", "conf.d/hostler.conf": "port = 5432"})
        postgres.make(OURS)
        assert OURS.registered
        assert (OURS.data / "base/1").read_text() == "precious"

    @pytest.mark.parametrize("step", range(6))
    def test_a_run_that_is_killed_at_it_has_the_next_one_make_it(self, step: int, debian: Debian) -> None:
        debian.killed_at(step)
        with pytest.raises(KeyboardInterrupt):
            postgres.make(OURS)
        debian.killed_at(None)
        found = postgres.found("debian", "12")
        assert (found["wrong"], found["version"]) == ("", "15")
        if not found["ours"]:
            postgres.make(OURS)
        assert (OURS.ours, OURS.registered) == (True, True)
        # Made whole, and not gone on with
        assert (OURS.data / "base/1").read_text() == "whole"

    def test_one_that_is_to_follow_is_noted_as_such_before_there_is_any_of_it(self, debian: Debian) -> None:
        """So that nobody takes it for a primary, or starts it as one."""
        postgres.make(OURS, follows=True)
        assert (OURS.ours, OURS.registered, OURS.follows, postgres.FOLLOWING.read_text()) == (True, True, True, "15")
        assert postgres.made(OURS)

    @pytest.mark.parametrize("step", range(7))
    def test_so_it_is_wherever_a_run_is_killed_at_it(self, step: int, debian: Debian) -> None:
        debian.killed_at(step)
        with pytest.raises(KeyboardInterrupt):
            postgres.make(OURS, follows=True)
        debian.killed_at(None)
        assert OURS.follows or not OURS.data.exists()
        assert postgres.found("debian", "12")["wrong"] == ""
        postgres.make(OURS, follows=True)
        assert (postgres.made(OURS), OURS.ours, OURS.follows) == (True, True, True)
        assert (OURS.data / "base/1").read_text() == "whole"

    def test_its_data_may_be_gone_for_others_to_come(self, debian: Debian) -> None:
        """A run that was killed when it got them has left them half; nothing is made over what comes."""
        postgres.make(OURS, follows=True)
        (OURS.data / postgres.MARK).unlink()
        debian.done.clear()
        postgres.make(OURS, follows=True)
        assert debian.done == []

    @pytest.mark.parametrize("sign", ["postmaster.opts", "backup_label", "backup_manifest", "standby.signal", "recovery.signal"])
    @pytest.mark.parametrize("settings", [True, False])
    def test_what_a_killed_run_has_left_does_not_open_the_way_to_data(self, sign: str, settings: bool, debian: Debian) -> None:
        """Somebody has put a cluster in place since, which has run, or is about to come out of a backup."""
        debian.killed_at(1)
        with pytest.raises(KeyboardInterrupt):
            postgres.make(OURS)
        debian.killed_at(None)
        debian.has("15", settings=settings)
        write(OURS.data, {sign: ""})
        debian.done.clear()
        assert "has data that Hostler did not make" in postgres.found("debian", "12")["wrong"]
        with pytest.raises(Failed, match="has data that Hostler did not make"):
            postgres.make(OURS)
        debian.kept()
        assert debian.done == []

    def test_one_that_is_whole_is_left_as_it_is(self, debian: Debian) -> None:
        debian.has("15", ours=True)
        write(OURS.settings, {"pg_hba.conf": "ours"})
        postgres.make(OURS)
        assert (debian.done, (OURS.settings / "pg_hba.conf").read_text()) == ([], "ours")

    def test_what_is_said_of_one_version_is_not_of_another(self, debian: Debian) -> None:
        debian.killed_at(1)
        with pytest.raises(KeyboardInterrupt):
            postgres.make(OURS)
        debian.killed_at(None)
        debian.has("17")
        assert "has data that Hostler did not make" in postgres.foreign(NEW)

    @pytest.mark.parametrize("kind", [{"settings": True}, {"settings": False}, {"data": False}])
    def test_nothing_is_made_over_anything(self, kind: dict[str, bool], debian: Debian) -> None:
        debian.has("15", **kind)
        with pytest.raises(Failed, match="Hostler did not make|without data"):
            postgres.make(OURS)
        assert debian.done == []
        debian.kept()

    def test_what_debian_s_program_says_is_told(self, debian: Debian) -> None:
        debian.refuses = "Error: no initdb program for version 15 found"
        with pytest.raises(Failed, match="no initdb program for version 15 found"):
            postgres.make(OURS)
        debian.refuses = ""
        postgres.make(OURS)
        assert OURS.ours


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("pg_createcluster"), reason="Debian's tools are not here, or not root's")
def test_debian_s_own_program_does_what_is_counted_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes a cluster, knows one again whose settings were lost, and makes whole what a killed run has left of one."""
    folder = server.folder / "debian"
    cluster = Cluster(server.programs.parent.name)
    for name, place in {"SETTINGS": "etc", "DATA": "var", "MAKING": "hostler/cluster"}.items():
        monkeypatch.setattr(postgres, name, folder / place)
    for path in (cluster.data, cluster.settings):
        path.parent.mkdir(parents=True)
    monkeypatch.setenv("PG_CLUSTER_CONF_ROOT", str(postgres.SETTINGS))

    def must(program: str, *words: str) -> None:
        own = ("-u", "nobody", "-d", str(cluster.data), "-l", str(folder / "log"))
        quick = ("--no-sync",) if "--" in words else ()
        done = subprocess.run((program, *own, *words, *quick), check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def reads(name: str) -> str:
        return server.must("postgres", "-C", name, "-D", str(cluster.data), "-c", f"config_file={cluster.settings}/postgresql.conf").strip()

    monkeypatch.setattr(postgres, "must", must)
    postgres.make(cluster)
    assert (cluster.ours, cluster.registered, reads("data_checksums")) == (True, True, "on")
    catalogue = (cluster.data / "global/pg_control").read_bytes()
    shutil.rmtree(cluster.settings)
    postgres.make(cluster)
    assert (reads("port"), reads("data_checksums"), (cluster.data / "global/pg_control").read_bytes()) == ("5432", "on", catalogue)
    for path in (cluster.data / "global/pg_control", cluster.data / postgres.MARK, cluster.settings / "postgresql.conf"):
        path.unlink()
    write(postgres.MAKING.parent, {postgres.MAKING.name: cluster.version})
    postgres.make(cluster)
    assert (cluster.ours, reads("data_checksums")) == (True, "on")


class TestAsk:
    """How the cluster is asked: by a PostgreSQL that runs."""

    def test_it_answers_as_text(self, asked: Calls, fresh: Server) -> None:
        assert postgres.ask("select 1, 'a b' union select 2, null order by 1") == "1|a b\n2|"
        assert postgres.ask("create table pg_temp.x (y int)") == ""

    def test_it_is_asked_in_a_database(self, asked: Calls, fresh: Server) -> None:
        postgres.ask("create database shop")
        assert postgres.ask("select current_database()", "shop") == "shop"

    def test_nothing_of_a_statement_is_on_the_command_line_or_in_the_environment(self, asked: Calls) -> None:
        """Everybody on the host sees these."""
        postgres.ask("select 'hunter2'")
        [(command, options)] = asked
        assert "hunter2" not in f"{command} {options['env']}"
        # Whose statements they are, PostgreSQL tells by the user
        assert command[: command.index("psql")] == (
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        )

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("select nothing", 'column "nothing" does not exist'),
            ("select 1; select 1/0; select 2", "division by zero"),
            ("selec", "syntax error"),
            ('create role "public"', "reserved"),
        ],
    )
    def test_what_it_says_against_a_statement_is_told(self, sql: str, said: str, asked: Calls) -> None:
        with pytest.raises(Failed, match=f"^PostgreSQL refused: (?s:.*){said}"):
            postgres.ask(sql)

    def test_nothing_after_a_statement_that_failed_is_done(self, asked: Calls, fresh: Server) -> None:
        with pytest.raises(Failed):
            postgres.ask("select 1/0; create role left_over;\nselect 1/0;\ncreate role left_over;")
        assert postgres.ask("select count(*) from pg_roles where rolname = 'left_over'") == "0"

    def test_a_database_that_there_is_not_is_told(self, asked: Calls) -> None:
        with pytest.raises(Failed, match='database "gone" does not exist'):
            postgres.ask("select 1", "gone")

    def test_one_that_does_not_answer_is_no_riddle(self, asked: Calls) -> None:
        with pytest.raises(Failed, match=r"^PostgreSQL did not answer within 0\.2 s$"):
            postgres.ask("select pg_sleep(0.6)", seconds=0.2)

    def test_it_tells_its_state(self, asked: Calls, server: Server) -> None:
        found = postgres.state(OURS)
        assert found.pop("used") >= 1
        assert found.pop("runs").split(".")[0].isdigit()
        assert found.pop("at") > 0
        assert found == {"connections": 100, "restart": [], "databases": {}, "recovers": False, "streams": False, "lag": 0}


class TestPosition:
    """Where in WAL something is."""

    @pytest.mark.parametrize(
        ("written", "place"), [("0/0", 0), ("0/1", 1), ("1/0", 2**32), ("1/6B374D8", 2**32 + 0x6B374D8), ("FFFFFFFF/FFFFFFFF", 2**64 - 1)]
    )
    def test_it_is_a_number_of_bytes(self, written: str, place: int) -> None:
        assert postgres.position(written) == place

    def test_postgresql_counts_the_same(self, asked: Calls) -> None:
        for written in ("0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"):
            assert int(postgres.ask(f"select '{written}'::pg_lsn - '0/0'")) == postgres.position(written)

    @pytest.mark.parametrize("written", ["", "0", "0/", "/0", "0/g", "0/0/0", "1/6b374d8", "-1/0", "(none)", " 0/0"])
    def test_what_is_none_is_no_riddle(self, written: str) -> None:
        with pytest.raises(Failed, match=r"^PostgreSQL has '.*' for a place in WAL\.$"):
            postgres.position(written)


# Of pg_controldata 17, as LC_ALL=C has it: one that was stopped as a primary, and one that followed and was killed
CONTROL = """\
pg_control version number:            1700
Catalog version number:               202406281
Database system identifier:           7577913337719273839
Database cluster state:               {state}
pg_control last modified:             Sat Nov 28 16:18:01 2026
Latest checkpoint location:           {checkpoint}
Latest checkpoint's REDO location:    0/4000028
Latest checkpoint's REDO WAL file:    000000010000000000000004
Latest checkpoint's TimeLineID:       1
Latest checkpoint's PrevTimeLineID:   1
Time of latest checkpoint:            Sat Nov 28 16:18:01 2026
Minimum recovery ending location:     {minimum}
Min recovery ending loc's timeline:   1
Backup start location:                0/0
"""


class TestEnded:
    """How far one came that does not run."""

    @pytest.fixture
    def tells(self, debian: Debian, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Return what has pg_controldata tell something."""
        debian.has("17", ours=True)
        write(NEW.data, {"global/pg_control": ""})

        def tell(state: str, checkpoint: str = "0/0", minimum: str = "0/0") -> None:
            said = CONTROL.format(state=state, checkpoint=checkpoint, minimum=minimum)
            monkeypatch.setattr(postgres, "must", lambda *_: said)

        return tell

    @pytest.mark.parametrize(
        ("state", "clean"),
        [
            ("shut down", True), ("shut down in recovery", True), ("in production", False), ("in archive recovery", False),
            ("in crash recovery", False), ("starting up", False), ("shutting down", False),
        ],
    )  # fmt: skip
    def test_whether_it_was_stopped_in_order_is_told(self, state: str, clean: bool, tells: Callable[..., None]) -> None:
        tells(state, "0/40000D8")
        assert postgres.ended(NEW) == {"at": 0x40000D8, "clean": clean}

    @pytest.mark.parametrize(("checkpoint", "minimum"), [("0/5000000", "0/0"), ("0/4000060", "0/5000000")], ids=["led", "followed"])
    def test_what_it_wrote_last_counts(self, checkpoint: str, minimum: str, tells: Callable[..., None]) -> None:
        tells("shut down", checkpoint, minimum)
        assert postgres.ended(NEW)["at"] == 0x5000000

    def test_data_that_are_not_whole_have_none(self, debian: Debian) -> None:
        debian.has("17", ours=True)
        assert postgres.ended(NEW) == {"at": 0, "clean": False}

    def test_what_has_no_place_is_no_riddle(self, tells: Callable[..., None]) -> None:
        tells("shut down", "nowhere")
        with pytest.raises(Failed, match="'nowhere' for a place in WAL"):
            postgres.ended(NEW)

    def test_a_host_s_own_language_is_none_of_it(self, debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
        commands: list[tuple[str, ...]] = []

        def must(*command: str) -> str:
            commands.append(command)
            return ""

        monkeypatch.setattr(postgres, "must", must)
        assert postgres.control(NEW) == {}
        [command] = commands
        assert command[-4:] == ("env", "LC_ALL=C", "/usr/lib/postgresql/17/bin/pg_controldata", str(NEW.data))

    def test_postgresql_s_own_says_all_that_is_read(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        said = server.must("pg_controldata", str(server.data))
        monkeypatch.setattr(postgres, "must", lambda *_: said)
        read = postgres.control(NEW)
        assert postgres.position(read["Latest checkpoint location"]) > 0
        assert postgres.position(read["Minimum recovery ending location"]) == 0
        assert (read["Database cluster state"], read["Latest checkpoint's TimeLineID"]) == ("in production", "1")


class TestFiles:
    """Its files, as they are now, held against what runs."""

    def test_it_has_read_them_until_one_is_newer(self, file: Path, asked: Calls, server: Server) -> None:
        gone = file.with_name("gone.conf")
        assert not postgres.stale([file, gone])
        time.sleep(0.01)
        file.write_text("work_mem = '5MB'")
        assert postgres.stale([gone, file])
        server.reload()
        assert not postgres.stale([file, gone])

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("no_such_setting = 1", "line 1: no_such_setting: unrecognized configuration parameter"),
            ("\nwork_mem = 'lots'", "line 2: work_mem: setting could not be applied"),
            ("work_mem = '1kB'", "line 1: work_mem: setting could not be applied"),
            ("jit = 'maybe'", "line 1: jit: setting could not be applied"),
            ("work_mem '", "line 1: syntax error"),
        ],
    )
    def test_what_it_does_not_take_is_told_with_its_place(self, text: str, said: str, file: Path, asked: Calls) -> None:
        file.write_text(f"{text}\n")
        [line] = postgres.wrong_files(OURS)
        assert line.startswith(f"{file} {said}")

    def test_who_may_come_in_is_read_too(self, file: Path, asked: Calls, server: Server) -> None:
        hba = server.data / "pg_hba.conf"
        hba.write_text(f"{hba.read_text()}\nlocal all all no-such-method\n")
        [line] = postgres.wrong_files(OURS)
        assert line.startswith("pg_hba.conf line 4: invalid authentication method")

    def test_what_waits_for_a_restart_is_no_fault(self, file: Path, asked: Calls, server: Server) -> None:
        file.write_text("max_connections = 90\nwork_mem = '5MB'\n")
        assert postgres.wrong_files(OURS) == []
        server.reload()
        assert (postgres.wrong_files(OURS), postgres.state(OURS)["restart"]) == ([], ["max_connections"])

    def test_nor_is_what_was_taken_out_and_is_in_force_until_one(self, file: Path, asked: Calls, server: Server) -> None:
        """As when a host that followed leaves the fleet."""
        file.write_text("recovery_target_timeline = 'latest'\n")
        server.restart()
        file.write_text("work_mem = '5MB'\n")
        assert postgres.wrong_files(OURS) == []
        server.reload()
        assert postgres.state(OURS)["restart"] == ["recovery_target_timeline"]
        # Other tests ask this server too
        server.restart()

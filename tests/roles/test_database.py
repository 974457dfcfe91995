"""The files of a database host, held against PostgreSQL and systemd where those are here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from ansible_collections.hostler.fleet.plugins.module_utils.database import tuning
from ansible_collections.hostler.fleet.plugins.module_utils.database.tuning import GB
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import FOLLOWING, SIGNAL
from ansible_collections.hostler.fleet.plugins.module_utils.model import App
from tests.shared.brought import variables
from tests.shared.postgres import Server
from tests.shared.rendered import render
from tests.shared.samples import app, write

CLIENTS = ["192.0.2.21", "192.0.2.22", "2001:db8::21"]
APPS = [app(), app(name="a-shop", database=True), app(name="all", database={"name": "shop_1"}), app(name="away", database={"url": "x"})]
FOUND = {"version": "15"}
FACTS: dict[str, dict[str, Any]] = {
    "db1": {"address": "192.0.2.41", "sources": ["192.0.2.41"]},
    "db2": {"address": "2001:db8::42", "sources": ["2001:db8::42", "192.0.2.42"]},
}
GIVEN = {"log_line_prefix": "it's \\ %m", "jit": False, "work_mem": "16MB"}


def fleet(apps: list[App], clients: list[str] = CLIENTS, backups: tuple[str, ...] = (), others: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "facts": FACTS,
        "standbys": list(others)[:1],
        "apps": [one.json() for one in apps],
        "clients": clients,
        "backups": list(backups),
        "ports": {"database": 5432},
        "identity": "/etc/ssl/hostler",
    }


def text(template: str, others: tuple[str, ...] = (), **variables: Any) -> str:
    """Return a template as a host has it that has the data with `others`, none where it is alone."""
    own: dict[str, Any] = {
        "database_found": FOUND,
        "__database_others": list(others),
        "__database_slot": "hostler_db1",
        "__database_version": "15",
    }
    return render("database", template, **{**own, "fleet": fleet(APPS, others=others), **variables})


def hba(apps: list[App], clients: list[str] = CLIENTS, others: tuple[str, ...] = ()) -> str:
    return text("etc/postgresql/main/pg_hba.conf.j2", others, fleet=fleet(apps, clients, others=others))


def settings(given: dict[str, Any] | None = None, backups: tuple[str, ...] = (), others: tuple[str, ...] = ()) -> str:
    checked = {"settings": tuning.settings(4 * GB, 2, 200, given or {})}
    where = {"fleet": fleet(APPS, backups=backups, others=others), "database_checked": checked}
    return text("etc/postgresql/main/conf.d/hostler.conf.j2", others, **where)


def rules(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


class TestHba:
    """Who comes in."""

    def test_each_app_comes_from_each_web_host_and_nobody_else(self) -> None:
        first, *others = rules(hba(APPS))
        assert first == ["local", "all", "postgres", "peer"]
        addresses = ["192.0.2.21/32", "192.0.2.22/32", "2001:db8::21/128"]
        assert others == [["hostssl", name, f"+{name}", address, "scram-sha-256"] for name in ("a_shop", "shop_1") for address in addresses]

    @pytest.mark.parametrize(("apps", "clients"), [([app()], CLIENTS), (APPS, [])], ids=["no app with a database", "no web host"])
    def test_where_nobody_needs_it_nobody_comes_in(self, apps: list[App], clients: list[str]) -> None:
        assert rules(hba(apps, clients)) == [["local", "all", "postgres", "peer"]]

    def test_the_other_host_comes_in_by_its_certificate_alone_from_where_it_may_come(self) -> None:
        """To follow, and to ask who takes writes."""
        found = [rule for rule in rules(hba(APPS, others=("db2",))) if "hostler_standby" in rule]
        assert found == [
            ["hostssl", database, "hostler_standby", address, "cert", "map=hostler"]
            for address in ("2001:db8::42/128", "192.0.2.42/32")
            for database in ("replication", "postgres")
        ]
        assert [rule for rule in rules(hba(APPS, others=("db2",))) if rule not in found] == rules(hba(APPS))

    def test_its_name_is_that_of_its_certificate(self) -> None:
        """Which has no more of it; and of an only host, nobody's."""
        ident = "etc/postgresql/main/pg_ident.conf.j2"
        assert rules(text(ident, ("db2",))) == [["hostler", '"db2"', "hostler_standby"]]
        assert rules(text(ident, ("d" * 65,))) == [["hostler", f'"{"d" * 64}"', "hostler_standby"]]
        assert rules(text(ident)) == []

    def test_postgresql_reads_as_whom_it_comes(self, fresh: Server) -> None:
        path = fresh.data / "pg_ident.conf"
        before = path.read_text()
        path.write_text(text("etc/postgresql/main/pg_ident.conf.j2", ("db-2.example.com",)))
        try:
            with fresh.connect() as connection:
                found = connection.execute("select map_name, sys_name, pg_username, error from pg_ident_file_mappings").fetchall()
        finally:
            path.write_text(before)
        assert found == [("hostler", "db-2.example.com", "hostler_standby", None)]

    def test_postgresql_reads_what_is_meant(self, fresh: Server) -> None:
        path = fresh.data / "pg_hba.conf"
        before = path.read_text()
        path.write_text(hba(APPS))
        try:
            with fresh.connect() as connection:
                found = connection.execute(
                    "select type, database, user_name, address, netmask, auth_method, error from pg_hba_file_rules"
                ).fetchall()
        finally:
            path.write_text(before)
        # The tests' own has no certificate
        assert {row[-1] for row in found} <= {None, "hostssl record cannot match because SSL is disabled"}
        assert len(found) == len(rules(hba(APPS)))
        v4, v6 = "255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        assert found[0][:-1] == ("local", ["all"], ["postgres"], None, None, "peer")
        assert [row[:-1] for row in found[1:4]] == [
            ("hostssl", ["a_shop"], ["+a_shop"], address, v6 if ":" in address else v4, "scram-sha-256") for address in CLIENTS
        ]


# Hosts with backups, and others with the data: two have the former in any case
HOSTS = [((), ()), (("backup1",), ()), (("backup1",), ("db2",))]


class TestSettings:
    """PostgreSQL's settings."""

    @pytest.mark.parametrize(("backups", "others"), HOSTS)
    def test_nothing_stands_twice_and_what_the_role_sets_is_refused_to_the_operator(
        self, backups: tuple[str, ...], others: tuple[str, ...]
    ) -> None:
        lines = [line for line in settings(GIVEN, backups, others).splitlines() if line and not line.startswith("#")]
        names = [line.split(" = ")[0] for line in lines]
        assert len(names) == len(set(names))
        own = set(names) - set(tuning.tuned(4 * GB, 2, 200)) - set(GIVEN)
        assert own
        assert own - tuning.OURS == set()

    @pytest.mark.parametrize(("backups", "others"), HOSTS)
    def test_postgresql_takes_it(self, backups: tuple[str, ...], others: tuple[str, ...], server: Server) -> None:
        file = server.folder / "whole.conf"
        file.write_text(settings(GIVEN, backups, others), encoding="utf-8")
        file.chmod(0o644)
        read = {"port": "5432", "max_connections": "200", "ssl_min_protocol_version": "TLSv1.3", "log_line_prefix": "it's \\ %m"}
        if others:
            read |= {"primary_slot_name": "hostler_db1", "restore_command": 'pgbackrest --stanza=main archive-get %f "%p"'}
        for name, value in read.items():
            done = server.run("postgres", "-C", name, "-D", str(server.data), "-c", f"config_file={file}")
            assert (done.stdout, done.stderr) == (f"{value}\n", "")
        file.unlink()

    def test_it_comes_to_whoever_of_the_others_takes_writes_by_its_certificate(self, server: Server) -> None:
        """As libpq reads it, of what PostgreSQL reads."""
        file = server.folder / "whole.conf"
        file.write_text(settings(backups=("backup1",), others=("db2",)), encoding="utf-8")
        file.chmod(0o644)
        read = server.must("postgres", "-C", "primary_conninfo", "-D", str(server.data), "-c", f"config_file={file}").strip()
        file.unlink()
        assert conninfo_to_dict(read) == {
            "host": "2001:db8::42",
            "port": "5432",
            "user": "hostler_standby",
            "target_session_attrs": "read-write",
            "connect_timeout": "5",
            "sslmode": "verify-full",
            "sslrootcert": "/etc/ssl/hostler/ca.crt",
            "sslcert": "/etc/ssl/hostler/host.pem",
            "sslkey": "/etc/ssl/hostler/host.pem",
        }

    def test_one_that_is_alone_comes_to_nobody(self) -> None:
        assert not re.search(r"(?m)^(primary_|restore_command)", settings(backups=("backup1",)))

    def test_only_tls_1_3_is_spoken_and_only_scram_kept(self) -> None:
        text = settings()
        for line in ("ssl = on", "ssl_min_protocol_version = 'TLSv1.3'", "password_encryption = 'scram-sha-256'", "max_connections = 200"):
            assert f"\n{line}\n" in text

    def test_what_is_written_goes_to_the_backups_where_there_are_any(self) -> None:
        assert "archive_command = 'pgbackrest --stanza=main archive-push %p'\n" in settings(backups=("backup1",))
        assert "archive_command = '/bin/true'\n" in settings()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
class TestUnit:
    """What systemd reads: its own settings, not whether PostgreSQL is here."""

    @staticmethod
    def part(name: str, **more: Any) -> str:
        """Return a part of the unit, with programs that each machine has."""
        own = {"programs": "/bin", "data": "/var/lib/postgresql/15/main", "etc": "/etc/postgresql/15/main"}
        given = {f"__database_{key}": value for key, value in own.items()}
        made = text(f"etc/systemd/system/postgresql@main.service.d/{name}.conf.j2", ("db2",), **given, **more)
        return re.sub(r"(?m)^(Exec\w+)=/\S+/(postgres|python3) ", r"\1=/bin/true ", made)

    @pytest.mark.parametrize("parts", [["hostler"], ["hostler", "gate"]], ids=["alone", "one of two"])
    def test_systemd_takes_each_part_of_it(self, parts: list[str], tmp_path: Path) -> None:
        write(tmp_path, {"x.service": "[Service]\nExecStart=/bin/false\n"})
        write(tmp_path / "x.service.d", {f"{name}.conf": self.part(name) for name in parts})
        done = subprocess.run(["systemd-analyze", "verify", str(tmp_path / "x.service")], check=False, capture_output=True, text=True)
        assert [line for line in (done.stdout + done.stderr).splitlines() if "x.service" in line] == []

    def test_the_gate_is_asked_of_all_the_others(self) -> None:
        [line] = [line for line in self.part("gate", __database_others=["db2", "db1"]).splitlines() if line.startswith("ExecStartPre=")]
        assert line.split()[1:] == ["-m", variables("database")["__database_gate_module"], "15", "db2=2001:db8::42", "db1=192.0.2.41"]

    def test_it_starts_with_what_it_has_unless_that_is_not_to_be(self) -> None:
        """Of the two, one is enough: nothing has yet to come, or what has come follows."""
        found = [line.partition("=")[2] for line in self.part("gate").splitlines() if line.startswith("AssertPathExists=")]
        assert found == [f"|!{FOLLOWING}", f"|/var/lib/postgresql/15/main/{SIGNAL}"]

"""The files of a database host, held against PostgreSQL and systemd where those are here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.database import tuning
from ansible_collections.hostler.fleet.plugins.module_utils.database.tuning import GB
from ansible_collections.hostler.fleet.plugins.module_utils.model import App
from tests.shared.postgres import Server
from tests.shared.rendered import render
from tests.shared.samples import app, write

CLIENTS = ["192.0.2.21", "192.0.2.22", "2001:db8::21"]
APPS = [app(), app(name="a-shop", database=True), app(name="all", database={"name": "shop_1"}), app(name="away", database={"url": "x"})]
FOUND = {"version": "15"}
FACTS = {
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
    own = {"database_found": FOUND, "__database_others": list(others), "__database_slot": "hostler_db1", "__database_version": "15"}
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


class TestSettings:
    """PostgreSQL's settings."""

    @pytest.mark.parametrize("backups", [(), ("backup1",)])
    def test_nothing_stands_twice_and_what_the_role_sets_is_refused_to_the_operator(self, backups: tuple[str, ...]) -> None:
        lines = [line for line in settings(GIVEN, backups).splitlines() if line and not line.startswith("#")]
        names = [line.split(" = ")[0] for line in lines]
        assert len(names) == len(set(names))
        own = set(names) - set(tuning.tuned(4 * GB, 2, 200)) - set(GIVEN)
        assert own
        assert own - tuning.OURS == set()

    @pytest.mark.parametrize("backups", [(), ("backup1",)])
    def test_postgresql_takes_it(self, backups: tuple[str, ...], server: Server) -> None:
        file = server.folder / "whole.conf"
        file.write_text(settings(GIVEN, backups), encoding="utf-8")
        file.chmod(0o644)
        read = {"port": "5432", "max_connections": "200", "ssl_min_protocol_version": "TLSv1.3", "log_line_prefix": "it's \\ %m"}
        for name, value in read.items():
            done = server.run("postgres", "-C", name, "-D", str(server.data), "-c", f"config_file={file}")
            assert (done.stdout, done.stderr) == (f"{value}\n", "")
        file.unlink()

    def test_only_tls_1_3_is_spoken_and_only_scram_kept(self) -> None:
        text = settings()
        for line in ("ssl = on", "ssl_min_protocol_version = 'TLSv1.3'", "password_encryption = 'scram-sha-256'", "max_connections = 200"):
            assert f"\n{line}\n" in text

    def test_what_is_written_goes_to_the_backups_where_there_are_any(self) -> None:
        assert "archive_command = 'pgbackrest --stanza=main archive-push %p'\n" in settings(backups=("backup1",))
        assert "archive_command = '/bin/true'\n" in settings()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_takes_its_part_of_the_unit(tmp_path: Path) -> None:
    """Its own settings, not whether PostgreSQL is here."""
    variables = {
        "__database_programs": "/bin",
        "__database_data": "/var/lib/postgresql/15/main",
        "__database_etc": "/etc/postgresql/15/main",
    }
    text = render("database", "etc/systemd/system/postgresql@main.service.d/hostler.conf.j2", database_found=FOUND, **variables)
    text = re.sub(r"(?m)^ExecStart=/bin/postgres ", "ExecStart=/bin/true ", text)
    write(tmp_path, {"x.service": "[Service]\nExecStart=/bin/false\n", "x.service.d/hostler.conf": text})
    done = subprocess.run(["systemd-analyze", "verify", str(tmp_path / "x.service")], check=False, capture_output=True, text=True)
    assert [line for line in (done.stdout + done.stderr).splitlines() if "x.service" in line] == []

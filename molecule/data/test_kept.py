"""What is kept on the backup host beside the backups: what nobody could make anew, and the last backup of a database that goes."""

from __future__ import annotations

import shlex
from pathlib import Path

import fleet
import pytest
import yaml
from fleet import DATA, KEEPERS, WEB, on, sql

HERE = Path(__file__).parent
[KEEPER] = KEEPERS
APP = "hello"
APPS = HERE / "vars/apps.yml"
# Decrypts the newest of a folder's files that end so
OPEN = "openssl enc -d -aes-256-cbc -pbkdf2 -pass file:/etc/pgbackrest/passphrase -in $(ls /var/lib/hostler-backup/{}/*.{} | tail -n 1)"


def databases() -> dict[str, set[str]]:
    """Return the databases and roles of the app that each host has."""
    names = f"select datname from pg_database where datname = '{APP}' union all select rolname from pg_roles where rolname ~ '^{APP}(_|$)'"
    return {host: set(sql(names, "postgres", host).splitlines()) for host in DATA}


def test_secrets_are_kept_as_the_web_hosts_have_them() -> None:
    """By the last run that was to keep them; one web host that is left gives them to a new one, and these are for when none is."""
    fleet.play("deploy", "-e", f"@{APPS}", app=APP).well()
    unpacked = f"d=$(mktemp -d) && {OPEN.format('kept', 'tar')} | tar -x -C $d && cd $d"
    kept = on(KEEPER, f"{unpacked} && find . -type f -exec sha256sum {{}} +; rm -r $d").splitlines()
    found = {name: digest for digest, _, name in (line.partition("  ./") for line in kept)}
    for host in WEB:
        mine = {name: digest for name, digest in found.items() if name.startswith(f"{host}/srv/")}
        assert {name.split("/")[2] for name in mine} == {APP, "ledger"}
        paths = shlex.join(f"/{name.partition('/')[2]}" for name in mine)
        assert [line.split()[0] for line in on(host, f"sha256sum {paths}").splitlines()] == list(mine.values())
    assert {"balancer1/var/lib/hostler/history.jsonl", "balancer2/var/lib/hostler/history.jsonl"} <= found.keys()


@pytest.mark.long
def test_a_database_goes_with_its_app_once_a_last_backup_is_kept() -> None:
    host = next(host for host in DATA if fleet.leads(host))
    rows = sql("select count(*) from entries", APP, host)
    assert int(rows) > 0
    before = databases()
    rest = [app for app in yaml.safe_load(APPS.read_text())["apps"] if app["name"] != APP]
    removal = {"apps": rest, "app": APP, "confirm": APP}
    # Another app's is not meant
    run = fleet.play("remove", **removal, drop_database="ledger")
    assert run.code != 0
    assert "drop_database: " in run.output
    assert not any(run.changed.values())
    assert databases() == before
    run = fleet.play("remove", **removal, drop_database=APP).well()
    assert f"{APP} was dropped on {host}" in run.output
    assert fleet.until(lambda: not any(databases().values()))
    # The way back, into a database of another name
    sql(f"create role {APP} nologin", "postgres", host)
    sql(f"create database back owner {APP}", "postgres", host)
    told = on(KEEPER, f"{OPEN.format('dropped', 'dump')} | sudo -u postgres pg_restore --no-owner --role={APP} -f -")
    sql(told, "back", host)
    assert sql("select count(*) from entries", "back", host) == rows
    sql("drop database back", "postgres", host)
    sql(f"drop role {APP}", "postgres", host)

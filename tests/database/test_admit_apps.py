"""``admit_apps``, with a PostgreSQL that runs; and what it is handed."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from ansible_collections.hostler.fleet.plugins.filter.admitted import admitted
from ansible_collections.hostler.fleet.plugins.filter.secrets import secrets
from ansible_collections.hostler.fleet.plugins.module_utils.database import dsn
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.modules import admit_apps
from tests.shared.postgres import Server
from tests.shared.samples import run_module

DATABASE = {"connections": 5, "statement_seconds": 30, "idle_seconds": 60, "former": True}
SHOP = {"app": "a-shop", "name": "shop", **DATABASE}
OTHER = {"app": "other", "name": "other", **DATABASE}
CHECK = pytest.mark.parametrize("check", [True, False], ids=["in check mode", "for good"])


def made(**passwords: str) -> dict[str, dict[str, str]]:
    """Return what ``hostler.fleet.generated`` returns for apps with these passwords, by the names of their databases."""
    apps = {one["name"]: str(one["app"]) for one in (SHOP, OTHER)}
    return {apps[name]: {"KEY": "x", dsn.NAME: dsn.dsn(name, password, ["192.0.2.41"])} for name, password in passwords.items()}


class TestAdmitted:
    """The filter ``hostler.fleet.admitted``."""

    def test_each_gets_the_password_in_its_app_s_url(self) -> None:
        generated = made(shop="first", other="a b/%ü")
        assert [one["password"] for one in admitted([SHOP, OTHER], generated, "")] == ["first", "a b/%ü"]

    def test_an_app_whose_secrets_this_run_does_not_know_is_left_out(self) -> None:
        assert [one["app"] for one in admitted([SHOP, OTHER], made(other="x"), "")] == ["other"]

    def test_so_is_one_that_the_run_is_not_about(self) -> None:
        """Of one that was never deployed, the password is new at each run, and nobody would keep it."""
        assert [one["app"] for one in admitted([SHOP, OTHER], made(shop="x", other="y"), "a-shop")] == ["a-shop"]


def test_a_database_that_is_elsewhere_is_a_secret() -> None:
    url = "postgresql://me:hunter2@db.example/shop"
    apps: list[dict[str, Any]] = [
        {"name": "a", "secrets": {"KEY": "x"}, "database": {"url": url}},
        {"name": "b", "database": {"url": url}},
        {"name": "c", "secrets": {"KEY": "x"}, "database": True},
        {"name": "d", "database": {"name": "x"}},
        {"name": "e", "database": False},
        {"name": "f"},
    ]
    assert secrets(apps) == {"a": {"KEY": "x", dsn.NAME: url}, "b": {dsn.NAME: url}, "c": {"KEY": "x"}, "d": {}, "e": {}, "f": {}}


@pytest.fixture
def admit(fresh: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module."""

    def ask(question: str, database: str = "postgres") -> str:
        try:
            with fresh.connect(database) as connection:
                answer = connection.execute(question.encode())
                row = answer.fetchone() if answer.description else None
        except psycopg.Error as error:
            raise Failed(f"PostgreSQL refused: {error}") from error
        return json.dumps(row[0]) if row else ""

    monkeypatch.setattr(admit_apps, "ask", ask)

    def admit(check: bool = False, shut: bool = False, **passwords: str) -> dict[str, Any]:
        apps = json.dumps(admitted([SHOP, OTHER], made(**passwords), ""))
        return run_module(admit_apps, monkeypatch, check, apps=apps, shut=shut)

    return admit


def can(server: Server, name: str, password: str) -> bool:
    """Tell whether an app comes in."""
    try:
        server.connect(name, dsn.login(name, password), password).close()
    except psycopg.OperationalError:
        return False
    return True


@CHECK
def test_apps_are_let_in_once(check: bool, admit: Any, fresh: Server) -> None:
    assert admit(check, shop="first", other="x") == {"failed": False, "changed": True, "wrong": ""}
    assert (can(fresh, "shop", "first"), can(fresh, "other", "x")) == (not check, not check)
    assert admit(check, shop="first", other="x")["changed"] == check
    assert not admit(check, shut=True, shop="first", other="x")["changed"]


@CHECK
def test_former_ones_are_taken_away_once(check: bool, admit: Any, fresh: Server) -> None:
    for password in ("first", "second", "third"):
        admit(shop=password, other="x")
    assert admit(check, shut=True, shop="third", other="x") == {"failed": False, "changed": True, "wrong": ""}
    assert [can(fresh, "shop", password) for password in ("first", "second", "third")] == [check, True, True]
    assert admit(check, shut=True, shop="third", other="x")["changed"] == check


def test_what_postgresql_says_against_it_is_told(admit: Any, fresh: Server) -> None:
    """Not as a failure, whose sentence ``no_log`` would hide; and no password is in it."""
    with fresh.connect() as connection:
        connection.execute("create role shop nologin")
        connection.execute("alter system set default_transaction_read_only = on")
        connection.execute("select pg_reload_conf()")
    fresh.reload()
    try:
        said = admit(shop="hunter2")
    finally:
        with fresh.connect() as connection:
            connection.execute("set default_transaction_read_only = off")
            connection.execute("alter system reset all")
        fresh.reload()
    assert (said["failed"], said["changed"]) == (False, False)
    assert said["wrong"].startswith("PostgreSQL refused: cannot execute CREATE DATABASE in a read-only transaction")
    assert "hunter2" not in said["wrong"]


@CHECK
def test_where_there_is_no_postgresql_only_a_look_is_patient(check: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a virgin host."""

    def ask(*_: str) -> str:
        raise Failed("PostgreSQL refused: no such file")

    monkeypatch.setattr(admit_apps, "ask", ask)
    said = run_module(admit_apps, monkeypatch, check, apps=json.dumps([{**SHOP, "password": "x"}]))
    assert said == {"failed": False, "changed": check, "wrong": "" if check else "PostgreSQL refused: no such file"}

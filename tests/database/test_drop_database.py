"""``drop_database``, with a PostgreSQL that runs: all of the one that is meant goes, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.modules import drop_database
from tests.shared.postgres import Server
from tests.shared.samples import run_module

LOGIN = "shop_0a1b2c3d"


@pytest.fixture
def shop(fresh: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Return a server with the databases of two apps, and somebody who reads one of them."""
    for name in ("shop", "shop_eu"):
        for statement in (
            f"create role {name} nologin",
            f"create database {name} owner {name}",
            f"create role {name}_0a1b2c3d in role {name}",
        ):
            fresh.ask(statement)
    fresh.ask("create role ann in role shop")
    fresh.ask("set role shop; create table orders as select generate_series(1, 7) as id", "shop")

    def ask(sql: str, database: str = "postgres", **_: float) -> str:
        with fresh.connect(database) as connection:
            answer = connection.execute(sql.encode())
            row = answer.fetchone() if answer.description else None
        return json.dumps(row[0]) if row else ""

    monkeypatch.setattr(drop_database, "ask", ask)
    return fresh


def names(server: Server) -> tuple[str, str]:
    """Return the databases and the roles that there are."""
    databases = server.ask("select string_agg(datname, ' ' order by datname::text collate ucs_basic) from pg_database where oid >= 16384")
    return databases, server.ask(
        "select string_agg(rolname, ' ' order by rolname::text collate ucs_basic) from pg_roles where oid >= 16384"
    )


BEFORE = ("shop shop_eu", "ann shop shop_0a1b2c3d shop_eu shop_eu_0a1b2c3d")


def drop(monkeypatch: pytest.MonkeyPatch, check: bool = False, **options: Any) -> dict[str, Any]:
    """Run the module."""
    return run_module(drop_database, monkeypatch, check=check, name="shop", logins=[LOGIN], **options)


def test_it_goes_with_its_owner_and_its_logins_and_nobody_else(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = drop(monkeypatch, look=True)["counted"]
    assert (counted["tables"], counted["rows"], names(shop)) == (1, 7, BEFORE)
    with shop.connect("shop"):  # whoever is still there
        assert drop(monkeypatch, expected=counted)["changed"]
    assert names(shop) == ("shop_eu", "ann shop_eu shop_eu_0a1b2c3d")


def test_check_mode_says_what_would_be_and_leaves_it(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drop(monkeypatch, check=True, expected={"tables": 1, "rows": 7})["changed"]
    assert names(shop) == BEFORE


@pytest.mark.parametrize("expected", [{"tables": 1, "rows": 6}, {"tables": 2, "rows": 7}, {}], ids=["rows", "tables", "nothing is kept"])
def test_what_is_not_all_kept_stays(expected: dict[str, int], shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    result = drop(monkeypatch, expected=expected)
    assert result["failed"]
    assert result["msg"].startswith("shop was not dropped: ")
    assert names(shop) == BEFORE

"""Who owns what and who comes in, on a PostgreSQL that runs: what is due is done, once, and from wherever a run broke off."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import errors

from ansible_collections.hostler.fleet.plugins.module_utils.database import scram
from ansible_collections.hostler.fleet.plugins.module_utils.database.admitted import STATE, Admitted, former, shut, statements
from ansible_collections.hostler.fleet.plugins.module_utils.inventory import DATABASE, NOT_DATABASES
from tests.shared.postgres import SUPERUSER, Server

SHOP = Admitted(name="shop", password="first", connections=5, statement_seconds=30, idle_seconds=60, former=True)
SECOND, THIRD = replace(SHOP, password="second"), replace(SHOP, password="third")
ALIKE = Admitted(name="shop_a", password="first", connections=3, statement_seconds=0, idle_seconds=0, former=True)
Lines = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have passwords be tried without the work that makes it slow to guess them."""
    monkeypatch.setattr(scram.verifier, "__defaults__", (None, 1))


def state(server: Server) -> Any:
    with server.connect() as connection:
        [[found]] = connection.execute(STATE.encode()).fetchall()
    return json.loads(json.dumps(found))


def run(server: Server, lines: Iterable[tuple[str, str]]) -> None:
    """Run each statement where it belongs; a connection each, as the module does it."""
    for database, statement in lines:
        with server.connect(database) as connection:
            connection.execute(statement.encode())


def due(server: Server, *wanted: Admitted) -> Lines:
    return [line for one in wanted for line in statements(one, state(server))]


def admit(server: Server, *wanted: Admitted) -> None:
    for one in wanted:
        run(server, due(server, one))


def close(server: Server, wanted: Admitted) -> list[str]:
    """Take former logins away; return them."""
    gone = former(wanted, state(server))
    run(server, shut(wanted.name, gone))
    return gone


def come_in(server: Server, wanted: Admitted, database: str = "") -> psycopg.Connection[Any]:
    return server.connect(database or wanted.name, wanted.login, wanted.password)


def can(server: Server, wanted: Admitted, database: str = "") -> bool:
    """Tell whether an app comes in."""
    try:
        come_in(server, wanted, database).close()
    except psycopg.OperationalError:
        return False
    return True


def logins(server: Server) -> set[str]:
    return {role["name"] for role in state(server)["roles"] if role["logs_in"]}


class TestAdmit:
    """From what there is to what is to be."""

    def test_from_nothing_an_app_comes_in_and_acts_as_the_owner(self, fresh: Server) -> None:
        admit(fresh, SHOP)
        with come_in(fresh, SHOP) as connection:
            connection.execute("create table lines (line text)")
            [found] = connection.execute(
                "select current_user, session_user, current_setting('statement_timeout'), "
                "current_setting('idle_in_transaction_session_timeout'), (select tableowner from pg_tables where tablename = 'lines')"
            ).fetchall()
        assert found == ("shop", SHOP.login, "30s", "1min", "shop")
        [role] = [role for role in state(fresh)["roles"] if role["name"] == SHOP.login]
        assert (role["limit"], role["member"], role["logs_in"]) == (5, ["shop"], True)
        assert state(fresh)["databases"] == {"shop": {"owner": "shop", "open": False}}
        assert logins(fresh) == {SHOP.login}

    def test_a_second_run_has_nothing_to_do(self, fresh: Server) -> None:
        admit(fresh, SHOP, ALIKE)
        assert due(fresh, SHOP, ALIKE) == []
        with come_in(fresh, SHOP) as connection:
            connection.execute("create table lines (line text)")
        assert due(fresh, SHOP, ALIKE) == []

    def test_from_wherever_a_run_broke_off_the_next_one_ends_whole(self, fresh: Server) -> None:
        """And till the end, nobody comes in who would find less than all."""
        whole = due(fresh, SHOP)
        for done in range(len(whole)):
            run(fresh, whole[:done])
            assert not can(fresh, SHOP)
            run(fresh, due(fresh, SHOP))
            assert (due(fresh, SHOP), can(fresh, SHOP)) == ([], True)
            fresh.clear()

    def test_so_it_is_with_a_second_login_and_the_first_one_stays_in(self, fresh: Server) -> None:
        admit(fresh, SHOP)
        whole = due(fresh, SECOND)
        assert whole
        for done in range(len(whole)):
            run(fresh, whole[:done])
            assert (can(fresh, SHOP), can(fresh, SECOND)) == (True, False)
            admit(fresh, SECOND)
            assert (due(fresh, SECOND), can(fresh, SECOND)) == ([], True)
            run(fresh, shut("shop", [SECOND.login]))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"connections": 7}, ["connection limit 7"]),
            ({"statement_seconds": 0}, ["statement_timeout = '0s'"]),
            ({"idle_seconds": 5}, ["idle_in_transaction_session_timeout = '5s'"]),
            ({"former": False}, []),
        ],
    )
    def test_other_limits_are_all_that_is_changed(self, change: dict[str, Any], words: list[str], fresh: Server) -> None:
        admit(fresh, SHOP)
        changed = replace(SHOP, **change)
        lines = due(fresh, changed)
        assert len(lines) == len(words)
        assert all(word in statement for word, (_, statement) in zip(words, lines, strict=True))
        run(fresh, lines)
        assert (due(fresh, changed), can(fresh, SHOP)) == ([], True)

    @pytest.mark.parametrize(
        "spoilt",
        [
            'alter role "{login}" nologin',
            'alter role "{login}" connection limit 99',
            "alter role \"{login}\" password 'other'",
            'alter role "{login}" password null',
            'alter role "{login}" reset all',
            "alter role \"{login}\" set statement_timeout = '1s'",
            'revoke shop from "{login}"',
            "grant connect on database shop to public",
            "alter database shop owner to postgres",
        ],
    )
    def test_what_somebody_has_changed_by_hand_is_put_right(self, spoilt: str, fresh: Server) -> None:
        admit(fresh, SHOP)
        before = state(fresh)
        run(fresh, [("postgres", spoilt.format(login=SHOP.login))])
        assert state(fresh) != before
        admit(fresh, SHOP)
        assert (due(fresh, SHOP), can(fresh, SHOP)) == ([], True)
        after = state(fresh)
        assert after["databases"] == before["databases"]
        assert [role["settings"] for role in after["roles"]] == [role["settings"] for role in before["roles"]] or "set " in spoilt

    def test_a_login_that_has_its_limits_by_hand_as_well_keeps_what_is_not_ours(self, fresh: Server) -> None:
        admit(fresh, SHOP)
        run(fresh, [("postgres", f"alter role \"{SHOP.login}\" set search_path = 'shop, public'")])
        assert due(fresh, SHOP) == []

    def test_no_password_is_in_any_statement_nor_in_what_is_printed(self, fresh: Server) -> None:
        """PostgreSQL logs a statement that fails, or takes long."""
        secret = replace(SHOP, password="hunter2")
        lines = due(fresh, secret)
        admit(fresh, secret)
        assert "hunter2" not in f"{lines} {state(fresh)} {secret!r}"
        assert can(fresh, secret)

    def test_apps_do_not_come_to_each_other_s_data(self, fresh: Server) -> None:
        """Though their names begin alike."""
        admit(fresh, SHOP, ALIKE)
        for one, other in ((SHOP, ALIKE), (ALIKE, SHOP)):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                come_in(fresh, one, other.name)
            with come_in(fresh, one) as connection, pytest.raises(errors.InsufficientPrivilege):
                connection.execute(f'set role "{other.name}"'.encode())

    def test_an_app_has_no_more_rights_than_it_needs(self, fresh: Server) -> None:
        admit(fresh, SHOP)
        with come_in(fresh, SHOP) as connection:
            for statement in (b"create role other", b"create database other", b"set role postgres", b"select * from pg_authid"):
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(statement)

    def test_more_connections_than_it_may_have_it_does_not_get(self, fresh: Server) -> None:
        one = replace(SHOP, connections=1)
        admit(fresh, one)
        with come_in(fresh, one):
            assert not can(fresh, one)

    @pytest.mark.parametrize("name", ["a", "a_b", "a1_", "shop_12345678", "user", "select", "x" * 31])
    def test_an_app_is_let_in_whatever_its_name(self, name: str, fresh: Server) -> None:
        one = replace(SHOP, name=name)
        admit(fresh, one)
        assert (due(fresh, one), can(fresh, one)) == ([], True)


def test_every_name_that_an_inventory_may_have_is_one_for_postgresql(fresh: Server) -> None:
    """Each word that PostgreSQL knows: of SQL, its own roles and databases, and those that have a meaning for it somewhere."""
    questions = ("select word from pg_get_keywords()", "select rolname from pg_roles", "select datname from pg_database")
    with fresh.connect() as connection:
        known = {word for question in questions for (word,) in connection.execute(question.encode()).fetchall()}
        words = sorted(word for word in {*known, "public", "none"} if DATABASE.fullmatch(word) and word not in NOT_DATABASES)
        assert len(words) > 400
        refused = []
        for word in words:
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(f'create role "{word}" nologin'.encode())
            except psycopg.Error as error:
                refused.append(str(error))
    assert refused == []


class TestRenewed:
    """A new password is a new login beside the one before."""

    def test_both_come_in_and_have_one_another_s_tables(self, fresh: Server) -> None:
        admit(fresh, SHOP)
        with come_in(fresh, SHOP) as old:
            old.execute("create table lines (line text)")
            admit(fresh, SECOND)
            with come_in(fresh, SECOND) as new:
                new.execute("insert into lines values ('new')")
                new.execute("create table more (line text)")
            old.execute("alter table more add column old text")
            old.execute("insert into more values ('old', 'old')")
        assert (can(fresh, SHOP), due(fresh, SHOP), due(fresh, SECOND)) == (True, [], [])

    @pytest.mark.parametrize(
        ("own", "stays", "left"),
        [
            (THIRD, True, {SECOND, THIRD}),
            (THIRD, False, {THIRD}),
            # Those after it are of a run that is about to begin with them
            (SECOND, True, {SHOP, SECOND, THIRD}),
            (SECOND, False, {SECOND, THIRD}),
            (SHOP, False, {SHOP, SECOND, THIRD}),
            # Of which there is nothing, nothing is known
            (replace(SHOP, password="fourth"), False, {SHOP, SECOND, THIRD}),
        ],
    )
    def test_those_before_go_but_for_the_last_where_it_may_stay(
        self, own: Admitted, stays: bool, left: set[Admitted], fresh: Server
    ) -> None:
        admit(fresh, SHOP, SECOND, THIRD, ALIKE)
        wanted = replace(own, former=stays)
        gone = close(fresh, wanted)
        assert logins(fresh) == {ALIKE.login, *(one.login for one in left)}
        assert all(can(fresh, one) for one in (*left, ALIKE))
        assert {"shop", "shop_a"} <= {role["name"] for role in state(fresh)["roles"]}
        assert set(gone) == {one.login for one in (SHOP, SECOND, THIRD)} - {one.login for one in left}
        assert former(wanted, state(fresh)) == []

    def test_what_a_former_login_owns_goes_to_the_owner(self, fresh: Server) -> None:
        """As where an app has said SET ROLE NONE, or somebody has come in by its login."""
        admit(fresh, SHOP, SECOND)
        with come_in(fresh, SHOP) as connection:
            connection.execute("set role none")
            for statement in ("create schema own", "create table own.lines (line text)", "create table public.more (line text)",
                              "grant select on public.more to shop", "select lo_create(4711)",
                              "alter default privileges grant select on tables to shop"):  # fmt: skip
                connection.execute(statement.encode())
            connection.execute("insert into own.lines values ('kept')")
        fresh.ask(f'grant connect on database shop to "{SHOP.login}"')
        assert close(fresh, replace(SECOND, former=False)) == [SHOP.login]
        with come_in(fresh, SECOND) as connection:
            assert connection.execute("select line from own.lines").fetchall() == [("kept",)]
            owners = connection.execute("select distinct tableowner from pg_tables where schemaname in ('own', 'public')").fetchall()
        assert owners == [("shop",)]

    def test_its_sessions_end_and_no_others(self, fresh: Server) -> None:
        admit(fresh, SHOP, SECOND, ALIKE)
        with come_in(fresh, SHOP) as old, come_in(fresh, SECOND) as new, come_in(fresh, ALIKE) as other:
            old.execute("begin")
            old.execute("create table lines (line text)")
            close(fresh, replace(SECOND, former=False))
            with pytest.raises(psycopg.OperationalError):
                old.execute("select 1")
            for one in (new, other):
                assert one.execute("select 1").fetchall() == [(1,)]
            assert new.execute("select 1 from pg_tables where tablename = 'lines'").fetchall() == []
        assert not can(fresh, SHOP)

    def test_from_wherever_it_broke_off_the_next_run_takes_it_away(self, fresh: Server) -> None:
        admit(fresh, SECOND)
        alone = replace(THIRD, former=False)
        for done in range(5):
            admit(fresh, one := replace(SHOP, password=f"before{done}"), last := replace(alone, password=f"own{done}"))
            whole = list(shut("shop", [one.login]))
            assert len(whole) == 5
            run(fresh, whole[:done])
            close(fresh, last)
            assert logins(fresh) == {last.login}

    @pytest.mark.parametrize("name", ["shop_reports", "shop_a", "shop_1234567", "shop_123456789", "shop_ABCDEF01", "shop_a_12345678"])
    def test_a_role_of_somebody_else_s_stays_though_its_name_begins_alike(self, name: str, fresh: Server) -> None:
        """An operator may let one read what an app has, or a second app."""
        run(fresh, [("postgres", 'create role "shop" nologin'), ("postgres", f'create role "{name}" login in role "shop"')])
        admit(fresh, SHOP)
        assert former(replace(SHOP, former=False), state(fresh)) == []


def test_a_fleet_of_many_is_looked_at_at_once(fresh: Server) -> None:
    """The state is one JSON text also where there is nothing, or a role with all that one can have."""
    assert state(fresh) == {"roles": [], "databases": {}}
    run(
        fresh,
        [("postgres", 'create role "o\'dd ""x" connection limit 3'), ("postgres", 'alter role "o\'dd ""x" set search_path = \'a, "b"\'')],
    )
    run(fresh, [("postgres", 'create database "o\'dd"')])
    [role] = state(fresh)["roles"]
    assert (role["name"], role["limit"], role["verifier"], role["logs_in"]) == ("o'dd \"x", 3, "", False)
    assert state(fresh)["databases"] == {"o'dd": {"owner": SUPERUSER, "open": True}}
    admit(fresh, SHOP)
    assert due(fresh, SHOP) == []

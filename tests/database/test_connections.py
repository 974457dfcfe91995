"""How many connections apps may have: counted from what runs, and held against what the server has."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.database.connections import KEPT, needed, pool, problems
from tests.shared.samples import app

JOB: dict[str, Any] = {"name": "report", "command": "flask report", "schedule": "hourly"}
MAIL: dict[str, Any] = {"name": "mail", "command": "celery"}
CORES = {"web1": 1, "web2": 8}


@pytest.mark.parametrize(
    ("changes", "each"),
    [
        ({}, 8),
        ({"threads": 1}, 1),
        ({"threads": 100}, 16),
        ({"interface": "asgi"}, 16),
        ({"database": {"connections": 3}}, 3),
        ({"threads": 2, "database": {"connections": 30}}, 30),
    ],
)
def test_a_process_has_one_for_each_request_that_it_answers_at_once(changes: dict[str, Any], each: int) -> None:
    assert pool(app(**{"database": True, **changes})) == each


@pytest.mark.parametrize(
    ("changes", "cores", "processes"),
    [
        # Both slots of each host, and what runs before a release: so many processes as Gunicorn starts
        ({}, [1], 2 * 2 + 1),
        ({}, [1, 8], 2 * 2 + 2 * 8 + 1),
        ({"processes": 3}, [1, 8], 2 * 3 + 2 * 3 + 1),
        # On one web host, or on each
        ({"processes": 1, "jobs": [{**JOB, "once": True}]}, [4, 4, 4], 3 * 2 + 1 + 1),
        ({"processes": 1, "jobs": [{**JOB, "once": False}]}, [4, 4, 4], 3 * 2 + 3 + 1),
        ({"processes": 1, "workers": [{**MAIL, "once": True}], "jobs": [{**JOB, "once": False}]}, [4, 4], 2 * 2 + 1 + 2 + 1),
        ({"processes": 1, "workers": [{**MAIL, "once": False}]}, [4, 4], 2 * 2 + 2 + 1),
        ({"processes": 1, "release_command": "x", "release_command_once": False}, [4, 4], 2 * 2 + 2),
    ],
)
def test_each_process_has_its_own(changes: dict[str, Any], cores: list[int], processes: int) -> None:
    assert needed(app(database={"connections": 5}, **changes), cores) == 5 * processes


def test_apps_are_held_against_the_server_together() -> None:
    """But for those without a database, and for what is kept for who operates it."""
    apps = [app(database=True), app(name="shop", processes=2, database={"connections": 4}), app(name="other")]
    hello, shop = 8 * (2 * (2 + 8) + 1), 4 * (2 * (2 + 2) + 1)
    assert list(problems(apps, CORES, hello + shop + KEPT)) == []
    [said] = problems(apps, CORES, hello + shop + KEPT - 1)
    assert said.startswith(f"database_connections: the apps may come to {hello + shop} connections (hello {hello} and shop {shop}: ")
    assert f" on 2 web hosts, job and worker), and the server has {hello + shop + KEPT - 1}, 10 of them for who operates it." in said
    assert f"Set database_connections to {hello + shop + KEPT} or more" in said
    assert "other" not in said


def test_a_fleet_whose_apps_have_no_database_takes_none() -> None:
    assert list(problems([app()], CORES, 0 + KEPT)) == []

"""Settings by what a host has: within PostgreSQL's limits whatever that is, and read as they are meant."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils.database import tuning
from ansible_collections.hostler.fleet.plugins.module_utils.database.tuning import GB, MB
from tests.shared.postgres import Server

MEMORY = [25 * MB, 256 * MB, 512 * MB, GB, 2 * GB, 7 * GB + 123, 16 * GB, 64 * GB, 512 * GB]
CORES = [1, 2, 3, 4, 8, 16, 33, 128]
CONNECTIONS = [20, 200, 10_000]
HOSTS = list(itertools.product(MEMORY, CORES, CONNECTIONS))
# The least and the most host, the usual ones, and those at which a limit of ours takes over
SOME = [(256 * MB, 1, 20), (256 * MB, 128, 10_000), (2 * GB, 2, 200), (64 * GB, 16, 200), (512 * GB, 128, 20), (512 * GB, 1, 10_000)]
UNITS = {"B": 1, "kB": 2**10, "8kB": 2**13, "MB": 2**20, "GB": 2**30, "ms": 1, "s": 1000, "min": 60_000}


@pytest.fixture(scope="module")
def limits(server: Server) -> dict[str, tuple[str, str, str, str]]:
    """Return for each setting of PostgreSQL its kind, its unit, the least and the most."""
    with server.connect() as connection:
        rows = connection.execute("select name, vartype, coalesce(unit, ''), min_val, max_val from pg_settings").fetchall()
    return {name: (kind, unit, least, most) for name, kind, unit, least, most in rows}


def number(value: str, unit: str) -> float:
    """Return a value as the number that PostgreSQL holds against its limits."""
    found = re.fullmatch(r"(-?[0-9.]+)(\w*)", value)
    assert found
    return float(found[1]) * (UNITS[found[2]] / UNITS[unit] if found[2] else 1)


@pytest.mark.parametrize(("memory", "cores", "connections"), HOSTS)
def test_no_host_has_a_setting_that_postgresql_does_not_take(
    memory: int, cores: int, connections: int, limits: dict[str, tuple[str, str, str, str]]
) -> None:
    for name, value in tuning.tuned(memory, cores, connections).items():
        kind, unit, least, most = limits[name]
        if kind in ("integer", "real"):
            assert float(least) <= number(value, unit) <= float(most), name
        else:
            assert kind != "bool" or value in ("on", "off"), name


@pytest.mark.parametrize(("memory", "cores", "connections"), HOSTS)
def test_it_takes_no_more_than_the_host_has(memory: int, cores: int, connections: int) -> None:
    """But for what PostgreSQL does not go below."""
    found = {name: number(value, "MB") for name, value in tuning.tuned(memory, cores, connections).items() if value.endswith("MB")}
    whole = memory / MB
    assert found["shared_buffers"] <= max(32, whole / 4)
    assert found["shared_buffers"] + found["work_mem"] * connections <= whole or found["work_mem"] == 4
    assert found["maintenance_work_mem"] <= max(16, whole / 8)
    assert found["effective_cache_size"] < whole


def test_more_of_a_host_is_never_less_of_a_setting() -> None:
    keys = ("shared_buffers", "effective_cache_size", "maintenance_work_mem", "work_mem", "max_worker_processes", "max_parallel_workers")
    for connections in CONNECTIONS:
        rows = [[number(tuning.tuned(memory, cores, connections)[key].removesuffix("MB"), "") for key in keys]
                for memory, cores in zip(MEMORY, [*CORES, 128], strict=True)]  # fmt: skip
        for less, more in itertools.pairwise(rows):
            assert all(a <= b for a, b in zip(less, more, strict=True))


def test_of_a_large_host_no_more_is_taken_than_is_of_use() -> None:
    """Beyond, PostgreSQL gains nothing by it, and the system's own cache lacks it."""
    found = tuning.tuned(512 * GB, 128, 20)
    assert [found[key] for key in ("shared_buffers", "work_mem", "maintenance_work_mem")] == ["16384MB", "256MB", "2048MB"]
    assert [found[key] for key in ("max_worker_processes", "max_parallel_workers", "max_parallel_workers_per_gather")] == ["32", "32", "4"]


@pytest.fixture
def whole(server: Server) -> Iterator[Any]:
    """Return a function from settings, as the template has them, to what PostgreSQL says to one of them in a file of its own."""
    file = server.folder / "hostler.conf"

    def asked(settings: list[dict[str, str]], name: str) -> str:
        file.write_text("".join(f"{one['name']} = {one['value']}\n" for one in settings), encoding="utf-8")
        file.chmod(0o644)
        done = server.run("postgres", "-C", name, "-D", str(server.data), "-c", f"config_file={file}")
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.removesuffix("\n")

    yield asked
    file.unlink()


@pytest.mark.parametrize(("memory", "cores", "connections"), SOME)
def test_postgresql_itself_takes_them(memory: int, cores: int, connections: int, whole: Any) -> None:
    settings = tuning.settings(memory, cores, connections, {})
    assert [one["name"] for one in settings] == sorted(tuning.tuned(memory, cores, connections))
    assert whole(settings, "checkpoint_completion_target") == "0.9"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("log_line_prefix: '%m it''s \"so\" '", '%m it\'s "so" '),
        (r"log_line_prefix: 'a\tb\\c\'", r"a\tb\\c" + "\\"),
        (r"log_line_prefix: '\'", "\\"),
        ("log_line_prefix: 'ü # no comment'", "ü # no comment"),
        ("log_line_prefix: ''", ""),
        ("work_mem: 16MB", "16384"),
        ("work_mem: 16384", "16384"),
        ("jit: false", "off"),
        ("jit: on", "on"),
        ("random_page_cost: 4", "4"),
        ("random_page_cost: 1.5e-1", "0.15"),
        ("shared_preload_libraries: 'a, b'", "a, b"),
        ("my.own: 2026-11-28", "2026-11-28"),
    ],
)
def test_what_the_operator_writes_is_what_postgresql_reads(written: str, read: str, whole: Any) -> None:
    given = yaml.safe_load(written)
    assert list(tuning.problems(given)) == []
    settings = tuning.settings(GB, 2, 200, given)
    names = [one["name"] for one in settings]
    assert len(names) == len(set(names))
    [name] = given
    assert whole(settings, name) == read


@given(st.text(st.one_of(st.sampled_from("'\\\\nb1 #"), st.characters(exclude_categories=["Cc", "Cs"]))))
def test_a_value_never_ends_before_its_end(value: str) -> None:
    """As PostgreSQL reads a text in quotes: a quote stands twice, and what comes after a backslash stands for something else.

    Source: ``DeescapeQuotedString`` in guc-file.l.
    """
    [one] = [one for one in tuning.settings(GB, 2, 200, {"log_line_prefix": value}) if one["name"] == "log_line_prefix"]
    text = one["value"]
    assert (text[0], text[-1]) == ("'", "'")
    assert re.sub(r"''|\\\\", lambda found: found[0][0], text[1:-1]) == value
    assert not re.search(r"['\\]", re.sub(r"''|\\\\", "", text[1:-1]))


@pytest.mark.parametrize("given", [None, "work_mem: 16MB", ["work_mem"], 5, True])
def test_what_is_no_mapping_is_refused(given: object) -> None:
    assert list(tuning.problems(given)) == ["database_settings: it is no mapping; write a line for each, such as 'work_mem: 16MB'."]


@pytest.mark.parametrize(
    "name", ["", "Work_mem", "work-mem", "work mem", "1a", "work_mem ", "work_mem\n", "a.b.c", ".a", "a=1\nb", "ü", 5, None, True]
)
def test_what_is_no_name_is_refused(name: object) -> None:
    [said] = tuning.problems({name: 1})
    assert said == f"database_settings: {name!r} is no name of a setting, such as 'work_mem'."


@pytest.mark.parametrize("value", [None, [], ["16MB"], {}, {"a": 1}, "a\nb", "\0", "a\tb", "\u2028"])
def test_what_is_no_single_value_is_refused(value: object) -> None:
    assert list(tuning.problems({"work_mem": value})) == ["database_settings.work_mem: it is no single value, such as '16MB'."]


def test_what_the_role_sets_is_refused_each_with_the_way_if_there_is_one() -> None:
    said = list(tuning.problems(dict.fromkeys(sorted(tuning.OURS), "x")))
    assert [line.split(":")[0].removeprefix("database_settings.") for line in said] == sorted(tuning.OURS)
    [one] = tuning.problems({"max_connections": 500})
    assert one == "database_settings.max_connections: the role sets this itself; take the line out, and set database_connections."


def test_each_thing_that_is_wrong_is_said() -> None:
    assert len(list(tuning.problems({"port": 1, "X": 1, "work_mem": [], "jit": False}))) == 3


def test_nothing_that_hostler_takes_is_refused_to_the_operator_nor_set_by_the_role() -> None:
    assert not set(tuning.tuned(GB, 2, 200)) & tuning.OURS

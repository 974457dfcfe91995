"""The action ``check_database``: all that is wrong with what is said of the database and with its host, at once."""

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.hostler.fleet.plugins.action import check_database
from ansible_collections.hostler.fleet.plugins.module_utils.database.connections import KEPT, needed
from ansible_collections.hostler.fleet.plugins.module_utils.database.tuning import GB
from tests.shared.samples import action, app

SHOP = app(name="shop", processes=1, database={"connections": 10, "statement_seconds": 5})
RUNS: dict[str, Any] = {
    "version": "15",
    "ours": True,
    "lost": False,
    "wrong": "",
    "answers": True,
    "connections": 200,
    "used": 3,
    "restart": [],
}
NONE: dict[str, Any] = {"version": "15", "ours": False, "lost": False, "wrong": "", "answers": False}
STREAMS: dict[str, Any] = {**RUNS, "follows": True, "recovers": True, "streams": True}
CORES = {"web1": 2, "web2": 2}
WHOLE = needed(SHOP, CORES.values()) + KEPT
GOOD: dict[str, Any] = {
    "apps": [app().json(), SHOP.json()],
    "said": {"db1": RUNS},
    "host": "db1",
    "cores": CORES,
    "memory": 4 * GB,
    "host_cores": 2,
    "connections": 200,
    "settings": {},
    "memory_percent": 100,
    "prepares": True,
    "restarts": False,
    "restores": False,
    "looks": False,
}


def check(**changes: Any) -> dict[str, Any]:
    """Return what is decided; `found` is what the only host has said."""
    given = {"said": {"db1": changes.pop("found")}} if "found" in changes else {}
    made: dict[str, Any] = action(check_database.ActionModule, **{**GOOD, **given, **changes}).run()
    return made


def refused(**changes: Any) -> list[str]:
    with pytest.raises(AnsibleActionFail) as refusal:
        check(**changes)
    return str(refusal.value).splitlines()


def test_what_is_right_is_what_hosts_are_told() -> None:
    result = check()
    assert result["apps"] == [
        {
            "app": "shop",
            "name": "shop",
            "connections": WHOLE - KEPT,
            "statement_seconds": 5,
            "idle_seconds": 60,
            "former": False,
        }
    ]
    assert {"name": "shared_buffers", "value": "'1024MB'"} in result["settings"]
    assert not result["changed"]


def test_it_takes_so_much_of_the_host_as_the_operator_says() -> None:
    assert {"name": "shared_buffers", "value": "'512MB'"} in check(memory_percent=50)["settings"]


def test_what_yaml_or_a_host_has_as_text_is_a_number() -> None:
    """Ansible makes texts of what it puts together."""
    assert check(connections="200", memory=str(4 * GB), host_cores="2", memory_percent="100", cores={"web1": "2", "web2": "2"}) == check()


def test_one_that_is_to_be_made_is_fine_before_hosts_are_prepared_and_not_before_a_deploy() -> None:
    assert check(found=NONE)["apps"]
    [said] = refused(found=NONE, prepares=False)
    assert said.startswith("PostgreSQL of this host does not answer; have site.yml make it run")


def test_data_that_are_lost_are_no_hindrance_to_who_brings_them_back() -> None:
    lost = {**NONE, "lost": True, "wrong": "The data are not there."}
    assert check(found=lost, restores=True)["apps"]
    assert refused(found=lost) == ["The data are not there."]
    assert refused(found={**NONE, "wrong": "Something is in the way."}, restores=True) == ["Something is in the way."]


def test_every_problem_is_told_at_once() -> None:
    said = refused(
        found={**NONE, "wrong": "The host has something in the way."},
        connections=19,
        memory_percent=101,
        settings={"port": 1, "work_mem": []},
        prepares=False,
    )
    assert [line.split(" ")[0] for line in said] == [
        "The",
        "database_connections:",
        "database_memory_percent:",
        "database_settings.port:",
        "database_settings.work_mem:",
        "PostgreSQL",
        "database_connections:",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"connections": 10_001}, "database_connections: 10001 is outside 20 to 10000."),
        ({"memory_percent": 9}, "database_memory_percent: 9 is outside 10 to 100."),
        ({"settings": ["work_mem"]}, "database_settings: it is no mapping; write a line for each, such as 'work_mem: 16MB'."),
        ({"found": {**RUNS, "wrong": "Something is in the way."}}, "Something is in the way."),
    ],
)
def test_one_problem_is_one_sentence(change: dict[str, Any], said: str) -> None:
    assert refused(**change) == [said]


@pytest.mark.parametrize(
    ("prepares", "restarts", "answers", "has", "wanted", "good"),
    [
        # What is in force counts
        (False, False, True, WHOLE, WHOLE, True),
        (False, False, True, WHOLE - 1, WHOLE - 1, False),
        # What the inventory says is in force after a restart, be it ours or the host's own
        (False, False, True, WHOLE - 1, WHOLE, False),
        (True, False, True, WHOLE - 1, WHOLE, False),
        (True, True, True, WHOLE - 1, WHOLE, True),
        (True, False, True, WHOLE, WHOLE - 1, False),
        (True, True, True, WHOLE, WHOLE - 1, False),
        # Of one that is to be made or started
        (True, False, False, 0, WHOLE, True),
        (True, False, False, 0, WHOLE - 1, False),
    ],
)
def test_apps_are_held_against_what_the_server_has_and_will_have(
    prepares: bool, restarts: bool, answers: bool, has: int, wanted: int, good: bool
) -> None:
    found = {**RUNS, "connections": has} if answers else NONE
    changes = {"prepares": prepares, "restarts": restarts, "found": found, "connections": wanted}
    if good:
        assert check(**changes)["apps"]
    else:
        [said] = refused(**changes)
        assert f"Set database_connections to {WHOLE} or more" in said


class TestTwo:
    """Two hosts, of which one follows."""

    @pytest.mark.parametrize("host", ["db1", "db2"])
    @pytest.mark.parametrize("leads", ["db1", "db2"])
    def test_each_is_told_who_is_the_primary(self, leads: str, host: str) -> None:
        said = {"db1": STREAMS, "db2": STREAMS, leads: RUNS}
        assert check(said=said, host=host)["primary"] == leads

    def test_apps_are_held_against_the_primary_alone(self) -> None:
        """Whoever follows may wait for its data, and a deploy needs none of it."""
        said = {"db1": RUNS, "db2": {**NONE, "follows": True, "unmade": True}}
        assert check(said=said, host="db2", prepares=False)["primary"] == "db1"
        assert len(refused(said={**said, "db1": NONE}, host="db1", prepares=False)) == 1

    @pytest.mark.parametrize("first", [RUNS, {**NONE, "ours": True}], ids=["both write", "one comes back"])
    def test_what_is_unclear_is_said_once_and_before_hosts_are_prepared(self, first: dict[str, Any]) -> None:
        said = {"db1": first, "db2": RUNS}
        assert [len(refused(said=said)), check(said=said, host="db2")["primary"]] == [1, "db1" if first is RUNS else "db2"]

    def test_a_deploy_goes_on_while_somebody_takes_writes(self) -> None:
        assert check(said={"db1": {**NONE, "ours": True}, "db2": RUNS}, host="db1", prepares=False)["primary"] == "db2"
        [said] = refused(said={"db1": STREAMS, "db2": STREAMS}, prepares=False)
        assert said.startswith("db1 follows, and there is nobody to follow.")

    @pytest.mark.parametrize("host", ["db1", "db2"])
    def test_who_only_looks_is_told_who_it_would_be(self, host: str) -> None:
        """Also where a host has said nothing at all; what is wrong, another one says."""
        assert check(said={"db1": {}, "db2": RUNS}, host=host, looks=True)["primary"] == "db2"


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (
            {**STREAMS, "version": "13"},
            "db2 has PostgreSQL 13, and db1, which it is to follow, has 15; 'pg_dropcluster --stop 13 main' on db2",
        ),
        ({**NONE, "version": "17"}, "db2 would get PostgreSQL 17, and db1, which it is to follow, has 15; upgrade db1 first (docs"),
        ({**NONE, "version": "14"}, "db2 would get PostgreSQL 14, and db1, which it is to follow, has 15; upgrade db2 first (docs"),
    ],
    ids=["left behind", "too new", "too old"],
)
def test_both_have_one_version_of_postgresql(second: dict[str, Any], words: str) -> None:
    said = {"db1": RUNS, "db2": second}
    [line] = refused(said=said, host="db2")
    assert line.startswith(words)
    # It is said once, and a deploy comes to who takes writes
    check(said=said)
    for changes in ({"prepares": False}, {"restores": True}, {"looks": True}):
        check(said=said, host="db2", **changes)

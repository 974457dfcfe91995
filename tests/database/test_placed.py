"""Which hosts keep the data and the backups: each wrong shape is refused by one sentence."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.database.placed import NO_DATA, Data, problems
from tests.shared.samples import app

OTHERS = {"web": ["web1"], "balancer": ["balancer1"], "monitor": ["monitor1"]}
HAVING = [app(), app(name="shop", database=True)]
ALONE = [app(), app(name="shop", database={"url": "postgresql://db.example/shop"})]


@pytest.mark.parametrize(
    ("apps", "data"),
    [
        ([app()], NO_DATA),
        (ALONE, NO_DATA),
        (HAVING, Data(["db1"], ["backup1"])),
        (HAVING, Data(["db1"], ["monitor1"])),
        (HAVING, Data(["db1"], [], unsaved=True)),
        (HAVING, Data(["db1"], ["db1"], beside=True)),
        (HAVING, Data(["db1", "db2"], ["backup1"])),
        (HAVING, Data(["db1", "db2"], ["monitor1"])),
        # Apps that are to come
        ([app()], Data(["db1"], ["backup1"])),
    ],
    ids=[
        "none",
        "elsewhere",
        "a backup's own host",
        "the monitor",
        "without a backup",
        "beside",
        "two",
        "two and the monitor",
        "no app yet",
    ],
)
def test_what_can_be_meant_is_taken(apps: list[Any], data: Data) -> None:
    assert list(problems(apps, data, OTHERS)) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            NO_DATA,
            "apps.shop.database: no host is in the group 'database'; give it one, such as 'db1: {ansible_host: 192.0.2.41}', or name",
        ),
        (
            Data(["db1", "db2", "db3"], ["backup1"]),
            "The group 'database' has db1, db2, db3; one host has the data and another one follows it, so leave two there.",
        ),
        # What a second host is for needs a backup that is elsewhere, whatever is said of one host
        *(
            (Data(["db1", "db2"], [], unsaved), "The group 'database' has two hosts and 'backup' has none, and it is from a backup that")
            for unsaved in (False, True)
        ),
        *(
            (Data(["db1", "db2"], [host], beside=beside), f"{host} has the data and is to keep the backups from which the other host")
            for host in ("db1", "db2")
            for beside in (False, True)
        ),
        (Data(["db1"], ["b1", "b2"]), "The group 'backup' has b1, b2; one host keeps the backups, so leave one there."),
        (Data(["web1"], ["backup1"]), "web1 is in both groups 'web' and 'database'; what has the data is a host of its own."),
        (Data(["balancer1"], ["backup1"]), "balancer1 is in both groups 'balancer' and 'database'; what has"),
        (Data(["monitor1"], ["backup1"]), "monitor1 is in both groups 'monitor' and 'database'; what has"),
        (Data(["db1"], ["web1"]), "web1 is in both groups 'web' and 'backup'; keep backups on a host of their own, or on the monitor."),
        (Data(["db1"], ["balancer1"]), "balancer1 is in both groups 'balancer' and 'backup'; keep"),
        (Data(["db1"]), "The group 'database' has a host and 'backup' has none, so what is lost there is lost; give it one, such as"),
        (Data(["db1"], beside=True), "The group 'database' has a host and 'backup' has none, so what is lost there is lost; give it one"),
        (Data(["db1"], ["db1"]), "db1 has the data and keeps its backups too: where it is lost, both are. Give 'backup' another host, or"),
        (Data(["db1"], ["db1"], unsaved=True), "db1 has the data and keeps its backups too: where it is lost, both are."),
    ],
)
def test_what_cannot_be_meant_is_refused_by_one_sentence(data: Data, said: str) -> None:
    [problem] = problems(HAVING, data, OTHERS)
    assert problem.startswith(said)


def test_backups_without_data_are_of_nothing() -> None:
    for apps in ([app()], ALONE):
        [said] = problems(apps, Data([], ["backup1"]), OTHERS)
        assert said == "The group 'backup' has a host and 'database' has none, so there is nothing to keep; take it out."


def test_the_word_that_would_have_done_is_named() -> None:
    assert [line.rpartition(" or say ")[2] for line in problems(HAVING, Data(["db1"]), OTHERS)] == ["'database_without_backup: true'."]
    assert [line.rpartition(" or say ")[2] for line in problems(HAVING, Data(["db1"], ["db1"]), OTHERS)] == [
        "'backup_beside_data: true', as for a lab."
    ]

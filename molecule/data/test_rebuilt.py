"""The fire: the hosts with the data and with their backups are lost in one night, and what a bucket keeps brings them back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import bucket
import fleet
import pytest
from fleet import DATA, KEEPERS, Run, on, sql, until

pytestmark = pytest.mark.long
APPS = Path(__file__).parent / "vars/apps.yml"
APP = "ledger"
DB = DATA[0]
[KEEPER] = KEEPERS
INFO = "cd /; sudo -u postgres pgbackrest --log-level-console=off --output=json --repo=2 info"
DIGEST = "select count(*) || ' ' || md5(string_agg(id::text, ' ' order by id)) from entries"


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, object]]:
    """Return what the inventory says of a bucket, and by what all is encrypted; in the end nothing is said of one any more."""
    passphrase = on(KEEPER, "cat /etc/pgbackrest/passphrase").strip()
    try:
        yield {**bucket.begins(), "backup_passphrase": passphrase}
    finally:
        bucket.ends()


def site(**variables: object) -> Run:
    """Run the shipped playbook with this scenario's apps."""
    return fleet.site("-e", f"@{APPS}", **variables)


def backups() -> list[str]:
    """Return which kinds of backups the bucket has."""
    return [one["type"] for one in json.loads(on(KEEPER, INFO))[0].get("backup", [])]


def test_a_bucket_brings_back_what_a_fire_has_taken(told: dict[str, object]) -> None:
    """What it has is restored from it alone, once with all hosts there, and once with none of them."""
    site(**told).well()
    assert until(lambda: "full" in backups(), 300), fleet.journals()
    sql("insert into entries (id) select gen_random_uuid() from generate_series(1, 100)", APP, DB)
    wanted = sql(DIGEST, APP, DB)
    sql("select pg_switch_wal()", "postgres", DB)
    assert until(lambda: fleet.waiting(DB) == 0, 120), fleet.journals()
    on(KEEPER, "systemctl start hostler-drill-s3 || true")
    drill = json.loads(on(KEEPER, "cat /var/lib/hostler-backup/drill-s3.json"))
    assert drill["wrong"] == ""
    assert drill["databases"][APP]["rows"] == int(wanted.split()[0])
    for host in (*DATA, KEEPER):
        fleet.dies(host)
        fleet.removed(host)
    fleet.made(*DATA, KEEPER)
    began = time.monotonic()
    fleet.play("restore", "-e", f"@{APPS}", target="latest", confirm=DB, **told).well()
    print(f"back from the bucket after {time.monotonic() - began:.0f} s")
    assert sql(DIGEST, APP, DB) == wanted
    site(**told).well()
    assert until(lambda: fleet.whole(APP)), fleet.journals()
    assert sql(DIGEST, APP, DB) == wanted


def test_one_that_is_taken_out_is_asked_no_more(told: dict[str, object]) -> None:
    """What was said to encrypt by stays so."""
    site(backup_passphrase=told["backup_passphrase"]).well()
    for host in (*DATA, KEEPER):
        assert "s3" not in on(host, "cat /etc/pgbackrest.conf /etc/pgbackrest/*.conf 2>/dev/null || true")
    sql("select pg_switch_wal()", "postgres", DB)
    assert until(lambda: fleet.waiting(DB) == 0, 120), fleet.journals()

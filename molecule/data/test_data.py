"""Data of a fleet, while they are written: releases with migrations, passwords, hosts that are lost, and the way back.

Each test holds what visitors were told is written against what is there: nothing is missing, and nothing is there twice. What it took, and
how long it was, each prints.
"""

from __future__ import annotations

import http.client
import json
import re
import shlex
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import fleet
import pytest
from fleet import ADDRESS, BALANCERS, DATA, KEEPERS, WEB, Run, on, until
from load import Load, Tally
from steps import events

HERE = Path(__file__).parent
APP = "ledger"
HOST = "ledger.example.org"
# Apps write to the first, which the second follows, but where a test has them change places
[DB, SECOND], [KEEPER] = DATA, KEEPERS
AWAY = "the database is away"
BEGAN = int(time.time())
# Reads the table, and goes on to hold it for three seconds after somebody has begun to wait for it
HOLDS = """
do $$ begin
    perform count(*) from entries;
    for i in 1..600 loop
        exit when exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like 'alter table%');
        perform pg_sleep(0.1), pg_stat_clear_snapshot();
    end loop;
    perform pg_sleep(3);
end $$
"""
# Once the disk of the data is full, takes more room than is left of WAL
FILLS = """
do $$ begin
    for i in 1..600 loop
        exit when (pg_stat_file('/var/lib/postgresql/filler', true)).size is not null;
        perform pg_sleep(0.1);
    end loop;
    perform pg_sleep(2);
    perform pg_logical_emit_message(true, 'hostler', repeat('x', 1000000)) from generate_series(1, 300);
end $$
"""
ALL: list[str] = []  # every id that was acknowledged since the data were begun, or brought back


def play(verb: str, *options: str, **variables: object) -> Run:
    """Run a shipped playbook with this scenario's app."""
    return fleet.play(verb, "-e", f"@{HERE / 'vars/apps.yml'}", *options, **variables)


def deploy(word: str, migration: str = "", **variables: object) -> Run:
    """Deploy another release, with a migration."""
    return play("deploy", app=APP, word=f"{word} {BEGAN}", migration=migration, **variables)


def live() -> str:
    """Return the release that is live; all balancers have to agree."""
    [release] = {releases[slot] for slot, releases in (fleet.slots(APP, balancer) for balancer in BALANCERS)}
    return release


def sql(statement: str, database: str = APP, host: str = DB) -> str:
    """Return what the database answers to its superuser."""
    return fleet.sql(statement, database, host)


def kept(host: str = DB) -> Counter[str]:
    """Return how often each entry is in the database."""
    return Counter(sql("select id from entries", host=host).splitlines())


def follows(host: str) -> bool:
    """Tell whether a host is told what the other one writes."""
    return sql("select status from pg_stat_wal_receiver", "postgres", host) == "streaming"


def as_app(host: str, code: str) -> str:
    """Return what a program prints that runs as the live release does on a host, without its sandbox; on one without a release, fails."""
    slot, _ = fleet.slots(APP)
    home = f"/srv/{APP}/slots/{slot}"
    env = f"set -a; . {home}/environment; . {home}/secrets; set +a"
    return on(host, f"{env}; cd {home}/app && {home}/venv/bin/python -c {shlex.quote(code)} 2>&1 || true")


@contextmanager
def visitors(rate: int = 20) -> Iterator[Tally]:
    """Have the app be visited through both balancers while the block runs: half the requests write."""
    assert until(lambda: fleet.whole(APP)), fleet.journals()
    with Load([ADDRESS[balancer] for balancer in BALANCERS], HOST, rate=rate, threads=8, long=False).running() as tally:
        yield tally
    ALL.extend(tally.entries)
    print(f"{tally.sent} requests, {len(tally.failed)} failed, {len(tally.entries)} writes acknowledged, slowest {tally.slowest:.2f} s")


@contextmanager
def readers() -> Iterator[list[str]]:
    """Have somebody read what was written while the block runs; yield what went wrong."""
    wrong: list[str] = []
    over = threading.Event()

    def read() -> None:
        while not over.wait(0.1):
            try:
                if (status := request("GET")) != 200:
                    wrong.append(f"GET: {status}")
            except OSError as error:
                wrong.append(f"GET: {error}")

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield wrong
    finally:
        over.set()
        reader.join()


def request(method: str) -> int:
    """Return the status of what the app answers who reads all entries, or writes one."""
    connection = http.client.HTTPConnection(ADDRESS["balancer1"], 80, timeout=20)
    try:
        connection.request(method, "/entries", body=str(uuid.uuid4()) if method == "POST" else None, headers={"Host": HOST})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def unharmed(tally: Tally, host: str = DB) -> None:
    """Hold that no request failed, and that all that was acknowledged is there, once."""
    assert tally.failed == [], "\n".join([*tally.failed[:20], fleet.journals()])
    nothing_lost(host)


def nothing_lost(host: str = DB) -> None:
    """Hold that all that was acknowledged is there, once."""
    entries = kept(host)
    assert [entry for entry in ALL if entry not in entries] == [], "acknowledged writes are lost"
    assert [entry for entry, count in entries.items() if count > 1] == []


def backups(kind: str = "") -> list[str]:
    """Return the labels of the backups there are."""
    told = json.loads(on(KEEPER, "cd /; sudo -u postgres pgbackrest --log-level-console=off --output=json info"))
    return [one["label"] for one in told[0].get("backup", []) if kind in ("", one["type"])]


def drill() -> dict[str, object]:
    """Have a drill be done; return what came of it."""
    on(KEEPER, "systemctl start hostler-drill || true")
    return dict(json.loads(on(KEEPER, "cat /var/lib/hostler-backup/drill.json")))


class TestWhoComesIn:
    """The web hosts, by TLS and the app's own password, to its own database; nobody else."""

    def test_a_port_is_open_to_those_alone_who_need_it(self) -> None:
        knock = "timeout 3 bash -c '</dev/tcp/{}/{}' && echo open || echo shut"
        found = {host: on(host, knock.format(ADDRESS[DB], 5432)).strip() for host in (*WEB, SECOND, *BALANCERS, KEEPER)}
        assert found == {**dict.fromkeys((*WEB, SECOND), "open"), **dict.fromkeys((*BALANCERS, KEEPER), "shut")}
        found = {host: on(host, knock.format(ADDRESS[DB], 8432)).strip() for host in (*WEB, *BALANCERS, KEEPER)}
        assert found == {**dict.fromkeys((*WEB, *BALANCERS), "shut"), KEEPER: "open"}

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ("", "hello"),
            ("url.replace('sslmode=verify-full', 'sslmode=disable')", "no pg_hba.conf entry"),
            ("re.sub(':[^:@/]+@', ':wrong@', url)", "password authentication failed"),
            ("url.replace('/ledger?', '/postgres?')", "no pg_hba.conf entry"),
            ("url.replace('/ca.crt', '/host.pem')", "certificate"),
        ],
        ids=["as it is", "without TLS", "wrong password", "another database", "another authority"],
    )
    def test_an_app_comes_to_its_database_by_what_it_was_given_alone(self, change: str, why: str) -> None:
        code = f"import os, re, psycopg; url = os.environ['DATABASE_URL']; psycopg.connect({change or 'url'}).close(); print('hello')"
        assert why in as_app("web1", code)

    def test_the_units_are_in_a_sandbox(self) -> None:
        version = on(DB, "ls /etc/postgresql").strip()
        for host, unit in ((DB, f"postgresql@{version}-main"), (DB, "pgbackrest"), (KEEPER, "pgbackrest"), (KEEPER, "hostler-drill")):
            said = on(host, f"systemd-analyze security --no-pager {unit}.service | tail -n 1")
            assert float(re.findall(r"level for \S+: ([\d.]+)", said)[0]) <= 2.0, said
        assert sql("show data_checksums") == "on"


class TestMigrations:
    """A release command changes the schema while what is live writes."""

    def test_a_good_one_and_the_way_back(self) -> None:
        before = live()
        with visitors() as tally:
            deploy("noted", "alter table entries add column if not exists note text").well()
            assert live() != before
            # The schema stays as it is: what was live before bears it
            play("rollback", app=APP).well()
        assert live() == before
        assert sql("select count(*) from information_schema.columns where table_name = 'entries' and column_name = 'note'") == "1"
        unharmed(tally)

    def test_one_that_fails_leaves_all_as_it_was(self) -> None:
        before = live()
        with visitors() as tally:
            run = deploy("failing", "alter table entries add column lost text; select 1 / 0")
        assert run.code != 0
        assert live() == before
        assert "division by zero" in run.output
        assert sql("select count(*) from information_schema.columns where column_name = 'lost'") == "0"
        unharmed(tally)

    def test_one_that_waits_for_a_lock_keeps_nobody_waiting(self) -> None:
        """Somebody reads in a long transaction: the change of the table waits for him, and all who come later for the change."""
        on(DB, "cat > /tmp/hold.sql && systemd-run --quiet --uid=postgres psql -X -d ledger -f /tmp/hold.sql", HOLDS)
        with visitors() as tally:
            run = deploy("waiting", "alter table entries add column if not exists late text").well()
        assert "did not get a lock" in run.output
        assert tally.slowest < 3
        unharmed(tally)

    def test_one_that_the_live_release_does_not_bear_is_caught_before_the_switch(self) -> None:
        before = live()
        run = deploy(
            "breaking", "alter table entries add column must text not null default ''; alter table entries alter must drop default"
        )
        assert run.code != 0
        assert live() == before
        assert "does not bear" in run.output
        sql("alter table entries drop column must")
        with visitors() as tally:
            time.sleep(3)
        unharmed(tally)


def test_a_new_password_comes_without_a_failed_request_and_the_old_one_goes() -> None:
    logins = "select string_agg(rolname, ' ') from pg_roles where rolname like 'ledger\\_%'"
    before = sql(logins)
    with visitors() as tally:
        play("deploy", app=APP, renew="DATABASE_URL", word=f"renewed {BEGAN}").well()
    after = sql(logins)
    assert len(after.split()) == 1
    assert after != before
    unharmed(tally)
    assert sql(f"select count(*) from pg_stat_activity where usename = '{before}'") == "0"


@contextmanager
def own_disk(host: str, folder: str, unit: str) -> Iterator[Callable[[], None]]:
    """Give a folder, which is a unit's, a disk of its own; what is there comes along, and goes back in the end. Yield what fills it, and
    what then makes room again.
    """
    there = (
        f"chown --reference=/tmp/kept {folder} && chmod --reference=/tmp/kept {folder} && cp -a /tmp/kept/. {folder}/ && rm -r /tmp/kept"
    )
    on(
        host,
        f"systemctl stop {unit} && cp -a {folder} /tmp/kept && size=$(du -sm {folder} | cut -f1) && "
        f"mount -t tmpfs -o size=$((size + 100))m tmpfs {folder} && {there} && systemctl start {unit}",
    )
    try:
        yield lambda: print(
            on(host, f"if [ -e {folder}/filler ]; then rm {folder}/filler; else ! head -c 1G /dev/zero > {folder}/filler; fi 2>&1")
        )
    finally:
        back = f"systemctl stop {unit}; cp -a {folder} /tmp/kept && umount {folder} && find {folder} -mindepth 1 -delete"
        on(host, f"rm -f {folder}/filler; {back} && {there} && systemctl start {unit}")


class TestHostsThatAreLost:
    """What goes on, what does not, and that it comes back by itself."""

    def test_the_one_with_the_data(self) -> None:
        with visitors() as tally:
            time.sleep(2)
            fleet.dies(DB)
            time.sleep(4)
            fleet.powered(DB)
            assert until(lambda: fleet.is_reached(DB))
            # By themselves: nobody touches the apps
            assert until(lambda: _writes(), 60)
            time.sleep(2)
        # Who only reads what needs no data sees nothing of it, and who writes is told in a sentence
        assert [line for line in tally.failed if line.startswith("GET")] == []
        assert [line for line in tally.failed if AWAY not in line] == []
        assert tally.failed
        nothing_lost()

    def test_the_one_with_the_backups(self) -> None:
        fleet.pauses(KEEPER)
        try:
            with visitors() as tally:
                time.sleep(2)
                sql("select pg_switch_wal()")
                time.sleep(2)
            unharmed(tally)
            assert fleet.waiting(DB) > 0
        finally:
            fleet.goes_on(KEEPER)
        assert until(lambda: fleet.waiting(DB) == 0, 120), fleet.journals()

    def test_disks_that_are_full(self) -> None:
        unit = f"postgresql@{on(DB, 'ls /etc/postgresql').strip()}-main"
        with own_disk(KEEPER, "/var/lib/pgbackrest", "pgbackrest") as keeper, own_disk(DB, "/var/lib/postgresql", unit) as data:
            assert until(_well), fleet.journals()
            keeper()
            with visitors() as tally:
                time.sleep(1)
                sql("select pg_switch_wal()")
                time.sleep(1)
            unharmed(tally)
            assert until(lambda: fleet.waiting(DB) > 0)
            # PostgreSQL goes on in the files that it has, and ends with the next one
            on(DB, "cat > /tmp/fill.sql && systemd-run --quiet --uid=postgres psql -X -f /tmp/fill.sql", FILLS)
            data()
            assert until(lambda: not _writes())
            with readers() as wrong:
                time.sleep(3)
            assert wrong == []
            data()
            # By itself: nobody touches it
            assert until(_writes, 120), fleet.journals()
            nothing_lost()
            keeper()
            assert until(lambda: fleet.waiting(DB) == 0, 120), fleet.journals()
        assert until(_well), fleet.journals()
        nothing_lost()
        assert until(lambda: follows(SECOND))


def _writes() -> bool:
    """Tell whether something can be written."""
    return request("POST") == 201


class TestTheOtherHost:
    """It follows, answers who reads, and takes over."""

    def test_who_reads_comes_to_it(self) -> None:
        for name, reads in (("DATABASE_URL", "False"), ("DATABASE_URL_READ", "True")):
            code = f"import os, psycopg; print(psycopg.connect(os.environ['{name}']).execute('select pg_is_in_recovery()').fetchone()[0])"
            assert as_app("web1", code).strip() == reads

    def test_status_tells_who_leads_and_who_follows(self) -> None:
        output = play("status").well().output
        assert re.search(rf"{DB}: PostgreSQL [\d.]+ answers, apps write to it; ", output)
        assert re.search(rf"{SECOND} follows {DB} \([\d.]+ s behind\)\.", output)

    @pytest.mark.parametrize(("host", "former"), [(SECOND, DB), (DB, SECOND)], ids=["there", "and back"])
    def test_it_takes_over_in_order(self, host: str, former: str) -> None:
        with readers() as wrong, visitors() as tally:
            run = play("failover", to=host).well()
            assert until(_writes)
            time.sleep(2)
        print(re.findall(r"Nobody could write for [\d.]+ s", run.output))
        assert wrong == []
        assert [line for line in tally.failed if AWAY not in line or line.startswith("GET")] == []
        assert len(tally.failed) < len(tally.entries)
        nothing_lost(host)
        assert follows(former)
        assert not any(play("failover", to=host).well().changed.values())

    def test_who_takes_writes_is_not_lost(self) -> None:
        run = play("failover", to=SECOND, lost=DB)
        assert run.code != 0
        assert f"lost: {DB} takes writes" in run.output
        assert sql("select pg_is_in_recovery()") == "f"

    def test_one_that_is_lost_comes_back_and_waits(self) -> None:
        # What it wrote last may be lost with it: docs/data.md says so
        assert until(lambda: sql("select count(*) from pg_stat_replication where replay_lsn = pg_current_wal_lsn()") == "1")
        fleet.dies(DB)
        run = play("failover", to=SECOND)
        assert run.code != 0
        assert f"-e lost={DB}" in run.output
        assert not any(run.changed.values())
        with readers() as wrong:
            play("failover", to=SECOND, lost=DB).well()
            assert until(_well), fleet.journals()
        # Who asks by a connection to the one that died is told so, once; those on which nobody asks are found out
        assert until(lambda: not any(on(host, f"ss -Htn state established dst {ADDRESS[DB]} dport = 5432").strip() for host in WEB))
        assert set(wrong) <= {"GET: 503"}
        print(f"{len(wrong)} reads told that the database is away")
        with readers() as wrong:
            time.sleep(2)
        assert wrong == []
        nothing_lost(SECOND)
        fleet.powered(DB)
        assert until(lambda: fleet.is_reached(DB))
        assert until(lambda: f"{SECOND} takes writes now" in on(DB, "journalctl --no-pager -o cat -u 'postgresql@*' -n 20"))
        run = fleet.site("-e", f"@{HERE / 'vars/apps.yml'}")
        assert run.code != 0
        assert f"-e rejoin={DB}" in run.output
        # A deploy has what it needs
        with visitors() as tally:
            deploy("without the other").well()
        unharmed(tally, SECOND)
        play("failover", rejoin=DB, confirm=DB).well()
        assert follows(DB)
        play("failover", to=DB).well()
        assert follows(SECOND)
        assert until(_well), fleet.journals()


def _well() -> bool:
    """Tell whether each process of the app has its connections again: one that comes anew takes a while, as a backup begins beside it."""
    return all(_writes() for _ in range(20))


@pytest.fixture(scope="class")
def first() -> None:
    """Have the first host lead, also where a test that failed has left it lost: else each one after it fails too."""
    if not fleet.leads(DB):
        play("failover", rejoin=DB, confirm=DB)
        play("failover", to=DB).well()


@pytest.mark.usefixtures("first")
class TestTheWayBack:
    """To a moment, and from nothing."""

    def test_a_drill_restores_what_there_is(self) -> None:
        assert until(lambda: bool(backups("full")), 120), fleet.journals()
        with visitors() as tally:
            time.sleep(2)
        unharmed(tally)
        sql("select pg_switch_wal()", "postgres")
        assert until(lambda: fleet.waiting(DB) == 0)
        result = drill()
        assert result["wrong"] == ""
        assert result["databases"][APP]["rows"] == int(sql("select count(*) from entries"))  # type: ignore[index]
        assert on(KEEPER, "ls -A /var/lib/postgresql/scratch | grep -c data || true").strip() == "0"

    def test_a_drill_on_a_damaged_backup_fails_and_says_so(self) -> None:
        file = on(KEEPER, "find /var/lib/pgbackrest/archive -name '*.zst' | sort | tail -n 1").strip()
        on(KEEPER, f"cp -p {file} /tmp/kept; printf damaged | dd of={file} bs=1 seek=200 conv=notrunc 2>&1")
        try:
            result = drill()
        finally:
            on(KEEPER, f"cp -p /tmp/kept {file}; rm /tmp/kept")
        assert "damaged" in str(result["wrong"])
        assert "restore drill failed" in on(KEEPER, "journalctl --no-pager -u hostler-drill -n 20")
        assert drill()["wrong"] == ""

    def test_to_the_second_before_a_delete(self) -> None:
        with visitors() as tally:
            time.sleep(2)
        unharmed(tally)
        rows = sql("select count(*) from entries")
        time.sleep(1)
        moment = on(DB, "date -u '+%Y-%m-%d %H:%M:%S'").strip()
        time.sleep(1.2)
        sql("delete from entries")
        began = time.monotonic()
        play("restore", target=moment, confirm=DB).well()
        print(f"back after {time.monotonic() - began:.0f} s")
        assert sql("select count(*) from entries") == rows
        nothing_lost()
        # Open again, as they were before
        assert until(_well), fleet.journals()
        with visitors() as tally:
            time.sleep(2)
        unharmed(tally)
        assert [event["target"] for event in events("balancer1", APP) if event["event"] == "restored"] == [f"{moment} UTC"]

    @pytest.mark.parametrize("target", ["2001-01-01 00:00", "no moment!"])
    def test_what_nobody_can_go_back_to_is_refused_before_anything_is_touched(self, target: str) -> None:
        before = sql("select pg_postmaster_start_time()")
        run = play("restore", target=target, confirm=DB)
        assert run.code != 0
        assert "target: " in run.output
        assert not any(run.changed.values())
        assert sql("select pg_postmaster_start_time()") == before

    def test_without_the_word_nothing_is_changed(self) -> None:
        before = sql("select pg_postmaster_start_time()")
        run = play("restore", target="latest", confirm="yes")
        assert run.code != 0
        assert "Nothing was changed" in run.output
        assert sql("select pg_postmaster_start_time()") == before

    def test_from_nothing(self) -> None:
        with visitors() as tally:
            time.sleep(2)
        unharmed(tally)
        # What was written in the last minute may be lost with the host: docs/data.md says so
        sql("select pg_switch_wal()", "postgres")
        assert until(lambda: fleet.waiting(DB) == 0)
        for host in (DB, SECOND):
            fleet.dies(host)
            fleet.removed(host)
        fleet.made(DB, SECOND)
        run = fleet.site("-e", f"@{HERE / 'vars/apps.yml'}")
        assert run.code != 0
        assert "restore.yml -e target=latest" in run.output
        began = time.monotonic()
        play("restore", target="latest", confirm=DB).well()
        print(f"back from nothing after {time.monotonic() - began:.0f} s")
        nothing_lost()
        assert follows(SECOND)
        fleet.site("-e", f"@{HERE / 'vars/apps.yml'}").well()
        assert until(_well), fleet.journals()
        with visitors() as tally:
            time.sleep(2)
        unharmed(tally)


def test_data_of_another_hand_are_in_nobodys_way() -> None:
    """A cluster is not made over them, and nothing else is touched before that is said."""
    version = on(DB, "ls /etc/postgresql").strip()
    mark = f"/var/lib/postgresql/{version}/main/hostler"
    on(DB, f"mv {mark} /tmp/mark")
    try:
        run = fleet.site("-e", f"@{HERE / 'vars/apps.yml'}")
    finally:
        on(DB, f"mv /tmp/mark {mark}")
    assert run.code != 0
    assert "data that Hostler did not make" in run.output
    assert not any(run.changed.values())

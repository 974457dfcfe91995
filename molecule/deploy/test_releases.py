"""Deploy and rollback, restart and canary: what each changes, and that no visitor notices."""

import re
import shutil
import time
from pathlib import Path

import pytest
from fleet import BALANCERS, GROUPS, WEB, get, on, pids, play, runtime, slots, until, whole
from load import Tally
from steps import LEDGER, OTHER, deploy, events, live, locks, named

POOL = """
import threading
from concurrent.futures import ThreadPoolExecutor

_pool, _well = ThreadPoolExecutor(1), app
_pool.submit(int).result()
_timer = threading.Timer(3600, print)
_timer.start()


def app(environ, start_response):
    if environ["PATH_INFO"] == "/tell":
        _pool.submit(int).result(5)
    return _well(environ, start_response)
"""


@pytest.mark.usefixtures("undisturbed")
def test_a_deploy_and_the_way_back() -> None:
    """Each is one switch: what was live stays warm, and no process is started or stopped for the way back."""
    (slot, before), old = slots("ledger"), pids("ledger", slots("ledger")[0])
    deploy("one", watch_seconds=5).well()
    now, after = slots("ledger")
    assert (now, after[slot], pids("ledger", slot)) == (OTHER[slot], before[slot], old)
    assert get("ledger.example.org", "/tell").json["tricky"] == named("one")
    running = pids("ledger", now)
    run = play("rollback", app="ledger").well()
    assert slots("ledger") == (slot, after)
    assert (pids("ledger", slot), pids("ledger", now)) == (old, running)
    assert {host: run.changed[host] for host in WEB} == dict.fromkeys(WEB, 0)


def test_history_says_what_happened_on_every_balancer() -> None:
    """A line for the switch, and one for each balancer's count of what failed."""
    for balancer in BALANCERS:
        deployed, watched, back, counted = events(balancer, "ledger")[-4:]
        assert (deployed["event"], deployed["verb"], deployed["release"]) == ("switched", "deploy", back["from"])
        assert (back["event"], back["verb"], back["release"]) == ("switched", "rollback", deployed["from"])
        assert (watched["balancer"], watched["failed"], counted["failed"]) == (balancer, 0, 0)
        assert int(str(watched["requests"])) > 15
        assert "@" in str(deployed["by"])


def test_a_release_that_was_left_by_going_back_is_not_chosen_again() -> None:
    """By a deploy of the same source it is refused; naming it works."""
    was = live()
    run = deploy("one")
    assert run.code != 0
    assert "was live and was left by going back" in " ".join(run.output.split())
    bad = slots("ledger")[1][OTHER[slots("ledger")[0]]]
    assert live() == was
    deploy("one", release=bad).well()
    assert live() == bad


@pytest.mark.usefixtures("undisturbed")
def test_a_second_deploy_changes_nothing_and_says_so() -> None:
    """Same id, nothing to do, and no lock is left."""
    run = deploy("one").well()
    assert set(run.changed.values()) == {0}
    assert "is live on all hosts; nothing to do" in run.output
    assert locks() == {""}


@pytest.mark.usefixtures("undisturbed")
def test_two_rollbacks_in_a_row_go_further_back_from_disk(tmp_path: Path) -> None:
    """The second one's release is in no slot any more: it is started in the standby and gated like a deploy.

    Code, packages, environment and server settings come back together.
    """
    first = live()
    source = tmp_path / "ledger"
    shutil.copytree(LEDGER, source)
    (source / "ledger.py").write_text((source / "ledger.py").read_text().replace('"200 OK"', '"200 Fine"'))
    deploy("two", ledger_source=str(source), ledger_processes=1).well()
    second = live()
    deploy("three", ledger_source=str(source)).well()
    assert get("ledger.example.org", "/tell").json["tricky"] == named("three")
    play("rollback", app="ledger").well()
    assert live() == second
    assert workers() == {1}
    play("rollback", app="ledger").well()
    assert live() == first
    assert get("ledger.example.org", "/tell").json["tricky"] == named("one")
    assert workers() == {2}


def workers() -> set[int]:
    """Return how many processes what is live has on each web host, beside the first."""
    main = pids("ledger", slots("ledger")[0])
    return {len(on(host, f"pgrep --parent {main[host]}").split()) for host in WEB}


@pytest.mark.usefixtures("undisturbed")
def test_a_restart_is_the_same_release_in_new_processes() -> None:
    """By the other slot, so that nothing is refused meanwhile."""
    (slot, releases), old = slots("ledger"), pids("ledger", slots("ledger")[0])
    play("restart", app="ledger").well()
    assert slots("ledger") == (OTHER[slot], dict.fromkeys(releases, releases[slot]))
    assert not set(pids("ledger", OTHER[slot]).values()) & set(old.values())


@pytest.mark.rate(60)  # of which a share can be told from chance
def test_a_canary_gets_its_share_and_is_gone_afterwards(undisturbed: Tally) -> None:
    """Of the requests during the canary about a third; then all, by the switch."""
    before, sent, began = live(), undisturbed.sent, time.monotonic()
    deploy("six", canary_percent=33, canary_seconds=6, watch_seconds=0).well()
    rate = (undisturbed.sent - sent) / (time.monotonic() - began)
    assert live() != before
    for balancer in BALANCERS:
        canary, switched, watched = events(balancer, "ledger")[-3:]
        assert (canary["event"], canary["failed"], switched["release"], watched["event"]) == ("canary", 0, live(), "watched")
        # A third of what comes to each balancer in 6 s, some 60; a busy machine sends fewer, and chance gives or takes
        assert 1 < int(str(canary["requests"])) * 2 / (rate / len(BALANCERS) * 6 / 3) < 4
        assert "canary" not in runtime(balancer, "show map /etc/haproxy/slots.map") + on(balancer, "cat /etc/haproxy/slots.map")
    assert set(undisturbed.releases) == {before, live()}


ASK = 'echo "$RELEASE $SLOT" >> "$STATE_DIRECTORY/asked"'


def asked() -> dict[str, list[str]]:
    """Return the release and the slot that ASK has noted on each web host."""
    return {host: on(host, "cat /var/lib/ledger/asked 2>/dev/null || true").split() for host in WEB}


def test_the_release_command_runs_once_before_the_switch() -> None:
    """On one web host, as the app's user with the new release's environment; what is live then is the former release, which is asked by a
    command of its own.
    """
    for host in WEB:
        on(host, "rm -f /var/lib/ledger/migrated /var/lib/ledger/asked")
    was, slot = live(), slots("ledger")[0]
    command = 'echo "${RELEASE} ${TRICKY} $(id -un)" >> /var/lib/ledger/migrated'
    run = deploy("seven", ledger_command=command, ledger_after=ASK).well()
    assert asked() == {host: [was, slot] if host == GROUPS["web"][0] else [] for host in WEB}
    assert f"ran on {GROUPS['web'][0]} alone, and migrated came up there" in " ".join(run.output.split())
    ran = [line for host in WEB for line in on(host, "cat /var/lib/ledger/migrated 2>/dev/null || true").splitlines()]
    assert ran == [f"{live()} {named('seven')} ledger"]
    assert was != live()


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_for_a_lock_the_release_command_is_run_again() -> None:
    """With limits in the database, and less time for each try."""
    first, was = GROUPS["web"][0], live()
    on(first, "rm -f /var/lib/ledger/tries")
    said = "psql:2.sql:1: ERROR:  canceling statement due to lock timeout"
    command = f'cd "$STATE_DIRECTORY"; echo "$PGOPTIONS" >> tries; [ "$(wc -l < tries)" -ge 3 ] || {{ echo "{said}"; exit 3; }}'
    run = deploy("locked", ledger_command=command).well()
    assert [number for number in range(2, 9) if f"try {number} begins in" in run.output] == [2, 3]
    limits = [
        re.fullmatch(r"-c lock_timeout=1000 -c statement_timeout=(\d+)", line)
        for line in on(first, "cat /var/lib/ledger/tries").splitlines()
    ]
    times = [int(found[1]) for found in limits if found]
    assert (len(times), times[0], times[0] > times[1] > times[2]) == (3, 300_000, True)
    assert live() != was


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_what_the_live_release_does_not_bear_is_found_before_the_switch() -> None:
    """On one host of two is enough; the former release serves on, and is whole again once that is put right."""
    slot, was = slots("ledger")[0], live()
    try:
        run = deploy("unborne", ledger_command=f'touch "$STATE_DIRECTORY/sick-{slot}"')
        said = " ".join(run.output.split())
        assert run.code != 0
        assert f"the release {was}, which is live, does not bear what the release command did: GET /status answered 503, not 200" in said
        assert f"The fleet serves {was} as before. The release command has run: what it did to the database stays" in said
        assert (slots("ledger")[0], live(), locks()) == (slot, was, {""})
    finally:
        on(GROUPS["web"][0], f"rm -f /var/lib/ledger/sick-{slot}")
    assert until(lambda: whole("ledger"))


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_a_live_release_stays_so_if_a_command_of_the_app_says_no() -> None:
    """In that release, once, on one host."""
    was, slot = live(), slots("ledger")[0]
    for host in WEB:
        on(host, "rm -f /var/lib/ledger/asked")
    run = deploy("asked", ledger_command="true", ledger_after=f"{ASK}; exit 4")
    assert run.code != 0
    assert f"the release {was}, which is live, does not bear what the release command did: '" in " ".join(run.output.split())
    assert asked() == {host: [was, slot] if host == GROUPS["web"][0] else [] for host in WEB}
    assert live() == was


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_hooks_are_told_of_both_outcomes_and_may_say_no(tmp_path: Path) -> None:
    """Once each, on the control node. One that fails before ends the run with nothing touched; one that fails afterwards is a warning."""
    log = tmp_path / "log"
    tell = f'>> {log} echo $HOSTLER_VERB $HOSTLER_FROM $HOSTLER_RELEASE $HOSTLER_RESULT $HOSTLER_FAILED "$HOSTLER_WHY"'
    was = live()
    run = deploy("failing", ledger_hooks={"after": tell}, ledger_command="exit 4")
    assert run.code != 0
    [line] = log.read_text().splitlines()
    assert re.fullmatch(rf"deploy {was} \w{{12}} failed ledger: 'exit 4' ended with 4, .*", line)
    run = deploy("frozen", ledger_hooks={"before": "echo we are closed; exit 1", "after": tell})
    assert run.code != 0
    assert "we are closed" in run.output
    assert (live(), set(run.changed.values()), len(log.read_text().splitlines())) == (was, {0}, 1)
    run = deploy("hooked", ledger_hooks={"before": tell, "after": f"{tell}; echo no chat; exit 3"}).well()
    assert log.read_text().splitlines()[1:] == [f"deploy {was} {live()} ", f"deploy {was} {live()} live 0 "]
    assert "ended with 3. It said: no chat" in " ".join(run.output.split())


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_a_pool_that_was_made_at_import_works_for_visitors(tmp_path: Path) -> None:
    """Its thread is not there after a fork, and a view would wait for it; the health path does not use it. A thread that is no daemon
    does not hold up the import check.
    """
    source = tmp_path / "ledger"
    shutil.copytree(LEDGER, source)
    with (source / "ledger.py").open("a") as module:
        module.write(POOL)
    run = deploy("pool", ledger_source=str(source)).well()
    assert "begins what its processes would not have after a fork: the thread ThreadPoolExecutor-0_0, begun at ledger.py:" in run.output
    assert get("ledger.example.org", "/tell").json["tricky"] == named("pool")


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_a_cold_standby_is_stopped_and_comes_back_by_the_gate() -> None:
    """What is left by going back is stopped too; and nothing of it starts with the host."""
    slot, left = slots("ledger")[0], live()
    play("rollback", app="ledger", ledger_standby="cold").well()
    assert (slots("ledger")[0], list(slots("ledger")[1])) == (OTHER[slot], [OTHER[slot]])
    assert set(pids("ledger", slot).values()) == {"0"}
    for host in WEB:
        on(host, f"systemctl start ledger@{slot}")
    assert set(pids("ledger", slot).values()) == {"0"}
    play("rollback", app="ledger", ledger_standby="cold", release=left).well()
    assert slots("ledger") == (slot, {slot: left})
    assert set(pids("ledger", OTHER[slot]).values()) == {"0"}


def test_a_rollback_can_go_no_further_than_there_are_releases() -> None:
    """On an app that has one release only: a sentence, and nothing is changed."""
    before = slots("hello")
    run = play("rollback", app="hello")
    assert run.code != 0
    assert "hello has no previous release" in " ".join(run.output.split())
    assert slots("hello") == before


@pytest.mark.parametrize(
    ("playbook", "variables", "said"),
    [
        ("rollback", {"app": "ledger", "release": "0123456789ab"}, "no web host has the release 0123456789ab any more"),
        ("deploy", {"app": "helo"}, "app: there is no app 'helo'"),
    ],
)
def test_a_mistake_gets_one_sentence(playbook: str, variables: dict[str, str], said: str) -> None:
    """Nothing is touched, and no lock is left."""
    before = slots("ledger")
    run = play(playbook, **variables)
    assert run.code != 0
    assert said in " ".join(run.output.split())
    assert slots("ledger") == before
    assert locks() == {""}


def test_check_mode_takes_no_lock_and_changes_nothing() -> None:
    """--check --diff shows the line that would change."""
    before, slot = slots("ledger"), slots("ledger")[0]
    run = deploy("eight", "--check", "--diff").well()
    assert f"+ledger {OTHER[slot]}" in run.output
    back = play("rollback", "--check", "--diff", app="ledger").well()
    assert f"+ledger {OTHER[slot]}" in back.output
    assert slots("ledger") == before


def test_slots_come_back_after_a_reboot_of_a_host() -> None:
    """Both start at boot, so that the way back is warm again; a host that has no release in a slot starts none."""
    for host in WEB:
        units = " ".join(f"{app}@{slot}" for app in ("hello", "ledger") for slot in OTHER)
        assert on(host, f"systemctl is-enabled {units}").split() == ["enabled"] * 4
        on(host, "systemctl start hello@green; ! systemctl is-failed hello@green")

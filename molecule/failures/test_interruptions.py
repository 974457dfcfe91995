"""Runs that are killed, hosts that are lost on the way, and two runs at once."""

import json
import shlex
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from failing import debris, less, refused, serving, the_same_serves
from fleet import ADDRESS, BALANCERS, WEB, Begun, cut_off, dies, get, is_reached, joins, on, play, powered, slots, until, up, whole
from load import Tally
from steps import OTHER, deploy, locks, named

# The task, and how many seconds after its beginning a phase is under way: laying a release out and starting it are one task
PHASES = {
    "stage": ("app | Put the release on every web host", 0.2),
    "start": ("app | Put the release on every web host", 2.0),
    "gate": ("app | Have every balancer see it up", 0.2),
    "switch": ("app | Switch", 0.2),
    "watch": ("app | Watch it", 0.2),
}


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.parametrize(
    "ends",
    [
        # As by a machine that goes down in each phase
        dict.fromkeys(PHASES, signal.SIGKILL),
        # By Ctrl-C, and by a terminal whose connection is lost
        pytest.param({"stage": signal.SIGINT, "start": signal.SIGHUP, "switch": signal.SIGINT}, marks=pytest.mark.long),
    ],
    ids=["killed", "ended"],
)
def test_deploys_that_are_killed_are_simply_run_again(ends: dict[str, signal.Signals]) -> None:
    """The fleet serves meanwhile, and each next run is not kept out by the lock of one that is no more."""
    # As of a larger release, whose run was killed while it was sent
    sent = "/home/ops/.ansible/tmp/ansible-tmp-1.5-2-3"
    on("web1", f"install -d -o ops {sent} && touch -d '-1 minute' {sent}/ledger-0123456789ab.bundle.tar.gz")
    for phase, number in ends.items():
        value = f"{phase} ended by {number.name}"
        run = Begun("deploy", "-e", "app=ledger", tricky=named(value), watch_seconds=5).until(PHASES[phase][0])
        time.sleep(PHASES[phase][1])  # well into it
        run.kill(number)
    deploy(value).well()
    serving()
    assert locks() == {""}
    assert debris() == ""


DENIES = {"balancer_headers": {"X-Frame-Options": "DENY"}}


def frames() -> set[str]:
    """Return what visitors are told of frames, which stands in HAProxy's configuration."""
    return {get("ledger.example.org", "/tell", balancer).headers.get("x-frame-options", "") for balancer in BALANCERS}


@pytest.fixture
def headers() -> Iterator[None]:
    """Have visitors be told what they were before, whatever comes of the test."""
    yield
    play("site", "--tags", "balancer").well()
    assert frames() == {"SAMEORIGIN"}


@pytest.mark.usefixtures("undisturbed", "headers")
@pytest.mark.long
def test_what_a_run_that_was_killed_has_not_brought_in_is_told_and_the_next_run_does() -> None:
    """All files are right by then, so nothing else tells that HAProxy has read those before them."""
    file = "/etc/haproxy/haproxy.cfg"
    # HAProxy is reloaded by a later one
    Begun("site", "--tags", "balancer", **DENIES).until("Restart the peers' agent").lost()
    assert all("DENY" in on(balancer, f"cat {file}") for balancer in BALANCERS)
    assert frames() == {"SAMEORIGIN"}
    told = play("status", **DENIES)
    refused(told, *(f"{balancer}: the change of {file} is in place, and not brought in yet; run site.yml." for balancer in BALANCERS))
    assert f"{file} differs from the inventory" not in " ".join(told.output.split())
    assert frames() == {"SAMEORIGIN"}  # who looks brings nothing in
    play("site", "--tags", "balancer", **DENIES).well()
    assert until(lambda: frames() == {"DENY"})
    assert {on(balancer, "find /var/lib/hostler/pending -type f") for balancer in BALANCERS} == {""}
    assert set(play("site", "--tags", "balancer", **DENIES).well().changed.values()) == {0}


def back(host: str) -> bool:
    """Tell whether a host that was lost can be reached again; one that died is started, one that was cut off gets its network back."""
    powered(host)
    joins(host)
    return is_reached(host)


@pytest.fixture
def revived(visitors: Tally) -> Iterator[Tally]:
    """Visitors, before whose end all hosts run again, also those that a test which failed has left dead."""
    yield visitors
    assert [host for host in ADDRESS if not until(lambda host=host: back(host))] == []  # type: ignore[misc]


@pytest.mark.parametrize(
    ("host", "phase", "lost"),
    [
        pytest.param("web2", "start", dies, marks=pytest.mark.long),
        pytest.param("web1", "gate", cut_off, marks=pytest.mark.long),
        ("balancer2", "switch", dies),
    ],
)
def test_a_host_that_is_lost_on_the_way_fails_the_deploy_for_all(
    revived: Tally, host: str, phase: str, lost: Callable[[str], None]
) -> None:
    """What was there is put back on those that are left; when the host is back, one run puts it right."""
    live = serving()
    value = f"{host} lost in {phase}"
    run = Begun("deploy", "-e", "app=ledger", tricky=named(value)).until(PHASES[phase][0])
    time.sleep(PHASES[phase][1] if phase == "start" else 0)
    lost(host)
    done = run.ended()
    # What a balancer that is away sends visitors to, nobody can say
    refused(done, "cannot be reached", "as before" if host in WEB else f"no word from {host}")
    others = [balancer for balancer in BALANCERS if balancer != host]
    assert {slots("ledger", balancer)[0] for balancer in others} == {live[0]}
    assert until(lambda: back(host))
    deploy(value).well()
    serving()
    assert debris() == ""
    if host in WEB:
        assert revived.lost() == []


def test_a_web_host_that_dies_after_the_gate_is_told_and_the_release_is_live(revived: Tally) -> None:
    """It is no fault of the release. When the host is back it has what is live, and nothing is left to do."""
    value = "web2 died after the gate"
    run = Begun("deploy", "-e", "app=ledger", tricky=named(value), watch_seconds=5).until(PHASES["switch"][0])
    dies("web2")
    done = run.ended().well()
    assert "Not up in it: web2; see playbooks/status.yml." in " ".join(done.output.split())
    assert {balancer: up(f"ledger_{slots('ledger')[0]}", balancer) for balancer in BALANCERS} == {name: {"web1"} for name in BALANCERS}
    assert until(lambda: back("web2") and whole("ledger"))
    assert "nothing to do" in deploy(value).well().output
    serving()
    assert revived.lost() == []


def test_of_two_deploys_at_once_one_is_refused(undisturbed: Tally) -> None:
    """It is told who holds the lock and since when; the other goes live."""
    first = Begun("deploy", "-e", "app=ledger", tricky=named("first")).until(PHASES["stage"][0])
    with_second = deploy("second")
    refused(with_second, "holds the fleet's lock since", "for deploy")
    first.ended().well()
    serving()
    assert locks() == {""}
    assert undisturbed.sent


def test_two_deploys_in_the_same_moment_end_with_one_version() -> None:
    """One of them is live, or none: never half of each."""
    before = serving()
    runs = [Begun("deploy", "-e", "app=ledger", tricky=named(f"same moment {number}")) for number in range(2)]
    well = [run for run in (begun.ended() for begun in runs) if run.code == 0]
    assert len(well) <= 1
    assert (serving() == before) == (not well)
    assert locks() == {""}


@pytest.mark.usefixtures("undisturbed")
def test_a_lock_of_another_machine_is_broken_deliberately() -> None:
    """Whether its run is still alive cannot be known from here."""
    holder = {
        "id": "1f",
        "who": "ana@laptop",
        "what": "deploy",
        "since": "2026-01-01T00:00:00+00:00",
        "machine": "x",
        "pid": "1",
        "born": "1",
    }
    for balancer in BALANCERS:
        on(balancer, f"printf %s {shlex.quote(json.dumps(holder))} > /run/hostler.lock")
    before = serving()
    for verb in ("rollback", "deploy"):
        run = play(verb, app="ledger", tricky=named("kept out"))
        refused(run, "ana@laptop holds the fleet's lock since 2026-01-01", "-e break_lock=true")
    assert serving() == before
    deploy("broke it", break_lock=True).well()
    assert locks() == {""}


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_a_deploy_whose_lock_is_broken_changes_nothing_more() -> None:
    """The one who broke it decides what is live."""
    slow = Begun("deploy", "-e", "app=ledger", tricky=named("too slow"), ledger_command="sleep 20").until("app | Run the release command")
    deploy("quick", break_lock=True).well()
    live = serving()
    refused(slow.ended(), "has lost the fleet's lock")
    assert slots("ledger")[0] == live[0]
    assert until(lambda: whole("ledger"))


@pytest.mark.usefixtures("undisturbed")
def test_a_switch_that_reached_one_balancer_only_is_finished_by_the_other() -> None:
    """The one with the later switch is right; nobody has to choose."""
    deploy("on both").well()
    slot, releases = slots("ledger", "balancer1")
    turn = int(on("balancer1", "sed -n 's#^ledger/turn ##p' /etc/haproxy/slots.map"))
    other = OTHER[slot]
    edit = f"s#^ledger .*#ledger {other}#; s#^ledger/turn .*#ledger/turn {turn - 1}#"
    on("balancer2", f"sed -i '{edit}' /etc/haproxy/slots.map && systemctl reload haproxy")
    assert until(lambda: slots("ledger", "balancer2") == (slot, releases))
    run = deploy("on both").well()
    assert "nothing to do" in run.output
    assert serving() == (slot, releases[slot])


@pytest.mark.long
@pytest.mark.usefixtures("undisturbed")
def test_a_host_that_leaves_ends_its_requests_and_comes_back_for_what_is_live(tmp_path: Path) -> None:
    """It leaves the inventory while downloads come from it. After two deploys the same slot is live again: with another release."""
    without = less(tmp_path, "web2")
    slot = slots("ledger")[0]
    began = int(time.time())
    run = Begun("site", tricky=named("away once"), **without).until("files | Write HAProxy's pages and configuration")
    with ThreadPoolExecutor() as pool:
        long = [pool.submit(get, "ledger.example.org", "/download?seconds=15", balancer) for balancer in BALANCERS * 4]
        run.ended().well()
        assert {(answer.result().status, len(answer.result().body)) for answer in long} == {(200, 150_000)}
    assert until(lambda: "/download" in on("web2", f"journalctl -u 'ledger@*' --since @{began} --output cat --no-pager"))
    assert {balancer: up(f"ledger_{slots('ledger')[0]}", balancer) for balancer in BALANCERS} == {name: {"web1"} for name in BALANCERS}
    play("site", tricky=named("away twice"), **without).well()
    assert slots("ledger")[0] == slot
    # It still runs what it had then
    assert on("web2", f"systemctl is-active ledger@{slot}").strip() == "active"
    play("site", tricky=named("away twice")).well()
    wanted = serving()[1]
    assert {get("ledger.example.org", "/tell", balancer).json["release"] for balancer in BALANCERS for _ in range(20)} == {wanted}


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_no_host_needs_to_have_the_right_time() -> None:
    """A host whose files are of next year keeps and removes the same releases as the others."""
    on("web1", "touch -d '+400 days' /srv/ledger/releases/*")
    deploy("in time").well()
    deploy("in time again").well()
    kept = [set(on(host, "ls /srv/ledger/releases").split()) for host in WEB]
    in_slots = set(slots("ledger")[1].values())
    assert all(in_slots <= releases for releases in kept)
    with the_same_serves():
        assert "nothing to do" in deploy("in time again").well().output

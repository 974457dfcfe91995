"""Releases that are no good: none of them stays live, and most never are."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from failing import broken, last_event, refused, serving, the_same_serves
from fleet import WEB, on, play, slots
from load import Tally
from steps import OTHER, deploy, locks

DYING = "\n\ndef app(environ, start_response):\n    print('dying words', flush=True)\n    os._exit(3)\n"
# Three seconds after the first request, which is a health check
LATER = """
import threading

_well, _begun = app, []


def app(environ, start_response):
    if not _begun:
        _begun.append(threading.Timer(3, os.kill, (os.getppid(), 9)))
        _begun[0].start()
    return _well(environ, start_response)
"""
SICK = """

_well = app


def app(environ, start_response):
    if environ["PATH_INFO"] != "{path}":
        return _well(environ, start_response)
    start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
    return [b"sick"]
"""


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.parametrize(
    ("text", "variables", "words"),
    [
        ("\nimport no_such_module\n", {}, ["ledger does not import", "No module named 'no_such_module'"]),
        pytest.param(DYING, {}, ["is not healthy in the slot", "dying words", "as before"], marks=pytest.mark.long),
        (SICK.format(path="/status"), {}, ["GET /status answered 500, not 200", "The journal's last lines", "as before"]),
        pytest.param("", {"ledger_health": "/slow?seconds=30"}, ["did not answer within", "as before"], marks=pytest.mark.long),
        pytest.param(
            "", {"ledger_command": "echo no such table; exit 7"}, ["ended with 7", "no such table", "as before"], marks=pytest.mark.long
        ),
    ],
    ids=["does not import", "dies at its first request", "answers 500", "hangs", "release command fails"],
)
def test_a_release_that_is_no_good_is_never_live(tmp_path: Path, text: str, variables: dict[str, str], words: list[str]) -> None:
    """The reason is shown, the standby has its release back, and the history says so."""
    with the_same_serves():
        refused(deploy("bad", ledger_source=broken(tmp_path, text or f"\n# {variables}\n"), **variables), *words)
    event = last_event()
    assert event["event"] == "failed"
    assert event["why"]


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.long
def test_a_failed_deploy_is_not_gone_back_from() -> None:
    """The last one never was live: going back now would leave what is good. A release that is named is another matter."""
    refused(deploy("bad", ledger_health="/nowhere"), "as before")
    with the_same_serves():
        refused(play("rollback", app="ledger"), "the last deploy failed and changed nothing", "name the release")
    slot, former = serving()[0], slots("ledger")[1][OTHER[serving()[0]]]
    play("rollback", app="ledger", release=former).well()
    assert serving() == (OTHER[slot], former)


@pytest.fixture
def walled() -> Iterator[None]:
    """Let nobody but the host itself reach the standby slot, as a firewall between hosts might."""
    unit = f"ledger@{OTHER[slots('ledger')[0]]}.service"
    rule = shlex.quote("[Service]\nIPAddressDeny=any\nIPAddressAllow=127.0.0.1\n")
    on(
        "web1",
        f"mkdir -p /etc/systemd/system/{unit}.d && printf %s {rule} > /etc/systemd/system/{unit}.d/wall.conf && systemctl daemon-reload",
    )
    yield
    on("web1", f"rm -r /etc/systemd/system/{unit}.d && systemctl daemon-reload && systemctl restart {unit}")


@pytest.mark.usefixtures("undisturbed", "walled")
def test_a_slot_that_no_balancer_can_reach_is_never_live() -> None:
    """It is healthy on the host; the balancers' own checks have the last word."""
    with the_same_serves():
        refused(deploy("walled"), "does not see ledger_", "firewalls", "as before")


@pytest.mark.long
def test_a_release_that_crashes_once_it_is_live_is_switched_back(visitors: Tally, tmp_path: Path) -> None:
    """No check before the switch could know; the watch after it does, and the balancers go back by themselves."""
    with the_same_serves():
        refused(deploy("crash", ledger_source=broken(tmp_path, LATER), watch_seconds=5), "is worse than what was live", "as before")
    print(f"crash after 3 s: {len(visitors.failed)} of {visitors.sent} requests failed")
    assert last_event()["event"] == "failed"


def test_a_canary_that_is_worse_ends_the_deploy(visitors: Tally, tmp_path: Path) -> None:
    """Only its share of the visitors met it, and it is taken from them at once."""
    with the_same_serves():
        run = deploy("sick", ledger_source=broken(tmp_path, SICK.format(path="/tell")), canary_percent=10, canary_seconds=30)
        refused(run, "The canary is worse than what is live", "as before")
    assert 0 < len(visitors.failed) < visitors.sent / 10
    assert all("500" in line for line in visitors.failed)


def test_a_release_that_answers_500_is_switched_back(visitors: Tally, tmp_path: Path) -> None:
    """Its health path is well, its pages are not."""
    with the_same_serves():
        run = deploy("ill", ledger_source=broken(tmp_path, SICK.format(path="/tell")), watch_seconds=5)
        refused(run, "is worse than what was live", "as before")
    assert visitors.failed


@contextmanager
def nearly_full(host: str, folder: str) -> Iterator[None]:
    """Give a folder of a host a disk of its own with little room left; what is written there is lost in the end."""
    on(
        host,
        f"cp -a {folder} /tmp/kept && size=$(du -sk {folder} | cut -f1) && mode=$(stat -c %a {folder}) && "
        f"mount -t tmpfs -o size=$((size + 64))k,mode=$mode tmpfs {folder} && cp -a /tmp/kept/. {folder}/ && rm -r /tmp/kept",
    )
    try:
        yield
    finally:
        on(host, f"umount --lazy {folder}")


@pytest.mark.usefixtures("undisturbed")
def test_a_full_disk_on_one_host_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Of three hundred kilobytes, some fit."""
    source = broken(tmp_path, "\n# a larger one\n")
    for number in range(30):
        Path(source, f"data{number}").write_bytes(b"%d" % number * 5000)
    with nearly_full("web2", "/srv/ledger/releases"):
        with the_same_serves():
            refused(deploy("large", ledger_source=source), "No space left on device")
        assert "data" not in on("web2", "ls -A /srv/ledger/releases")
    assert locks() <= {""}
    assert WEB


@pytest.mark.usefixtures("undisturbed")
def test_a_full_disk_on_a_balancer_is_told_and_the_standby_has_its_release_back() -> None:
    """The balancer has answered, so it is known where it sends visitors, though it can write nothing down."""
    with nearly_full("balancer2", "/etc/haproxy"), the_same_serves():
        on("balancer2", "head -c 1M /dev/zero > /etc/haproxy/filler || true")
        told = "No space left on device: '/etc/haproxy/slots.map'", "as before. The map's file of balancer2 could not be changed"
        refused(deploy("crowded"), *told)

"""A balancer that was away, and is back: it answers with what is live, or not at all, but never with what was live before it left."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from failing import less
from fleet import (
    ADDRESS,
    cut_off,
    dies,
    get,
    goes_on,
    is_reached,
    joins,
    on,
    pauses,
    play,
    powered,
    site,
    slots,
    until,
    whole,
)
from steps import live, named

THREADS = 4
RETURNS = {"dead": powered, "paused": goes_on, "cut off": joins}


@dataclass
class Visitors:
    """What visitors of one balancer got, who all ask again at once: when, by ``time.monotonic``, and which release or status."""

    balancer: str
    got: list[tuple[float, str]] = field(default_factory=list)

    def ask(self, over: threading.Event) -> None:
        """Ask until it is over; a refused connection is no answer."""
        while not over.is_set():
            connection = http.client.HTTPConnection(ADDRESS[self.balancer], 80, timeout=2)
            try:
                connection.request("GET", "/tell", headers={"Host": "ledger.example.org"})
                answer = connection.getresponse()
                body = answer.read()
                self.got.append((time.monotonic(), str(json.loads(body)["release"]) if answer.status == 200 else str(answer.status)))
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.01)

    def kinds(self, since: float = 0) -> set[str]:
        """Return what was got from a time on."""
        return {kind for when, kind in self.got if when >= since}

    def first(self) -> float:
        """Return when the first release answered."""
        return next(when for when, kind in self.got if not kind.isdigit())


@contextmanager
def visited(*balancers: str) -> Iterator[list[Visitors]]:
    """Have visitors ask these balancers, until each has had its time."""
    over = threading.Event()
    visitors = [Visitors(balancer) for balancer in balancers]
    threads = [threading.Thread(target=one.ask, args=(over,)) for one in visitors for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield visitors
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.fixture(autouse=True)
def _whole() -> Iterator[None]:
    """Have the whole fleet serve after each test, by itself; a test that fails half-way leaves a host down, and is to fail alone."""
    yield
    for host in ADDRESS:
        powered(host)
    assert [host for host in ADDRESS if not until(lambda host=host: is_reached(host))] == []  # type: ignore[misc]
    assert until(lambda: whole("ledger"))


@pytest.fixture(scope="module", autouse=True)
def _healed() -> Iterator[None]:
    """Have the fleet be as the inventory says in the end."""
    yield
    site().well()


def answers(balancer: str) -> bool:
    """Tell whether visitors get anything from a balancer; one that has missed two deploys finds its release nowhere any more."""
    try:
        return get("ledger.example.org", "/tell", balancer).status in (200, 503)
    except OSError:
        return False


def deployed(fleet: dict[str, object], value: str) -> str:
    """Deploy to what is left of the fleet; return the release that is live there."""
    play("deploy", app="ledger", tricky=named(value), **fleet).well()
    slot, releases = slots("ledger")
    return releases[slot]


def back(host: str, how: str, seconds: float = 3) -> set[str]:
    """Have a balancer return; return all that its visitors got from then on, for so long after its first answer."""
    with visited(host) as [visitors]:
        RETURNS[how](host)
        assert until(lambda: any(not kind.isdigit() for kind in visitors.kinds()) or "503" in visitors.kinds())
        time.sleep(seconds)
    # On a busy machine, checks may come later than visitors are held
    return visitors.kinds() - {"503"} or {"503"}


@pytest.mark.parametrize(
    ("how", "leaves"), [("paused", pauses), pytest.param("cut off", cut_off, marks=pytest.mark.long)], ids=["paused", "cut off"]
)
def test_one_that_missed_a_deploy_answers_with_what_is_live(tmp_path: Path, how: str, leaves: Callable[[str], None]) -> None:
    """The former release runs on as the standby, so it would answer well."""
    leaves("balancer2")
    release = deployed(less(tmp_path, "balancer2"), f"while one was {how}")
    if how == "paused":
        time.sleep(16)  # so long, what asks its peers is ended by its watchdog as soon as it goes on
    assert back("balancer2", how) == {release}


@pytest.mark.long
def test_one_that_missed_two_deploys_with_a_web_host_answers_with_what_is_live(tmp_path: Path) -> None:
    """As a rack that was lost: the web host has the former release in the very slot that is live."""
    for host in ("web2", "balancer2"):
        dies(host)
    rest = less(tmp_path, "balancer2", "web2")
    deployed(rest, "the first without a rack")
    release = deployed(rest, "the second without a rack")
    powered("web2")
    assert back("balancer2", "dead") == {release}
    assert until(lambda: is_reached("web2"))
    site().well()


@pytest.mark.long
def test_one_that_missed_a_rollback_answers_with_what_is_live(tmp_path: Path) -> None:
    former = live()
    play("deploy", app="ledger", tricky=named("to be left")).well()
    dies("balancer2")
    play("rollback", **less(tmp_path, "balancer2"), app="ledger").well()
    assert back("balancer2", "dead") == {former}


def test_one_that_missed_a_maintenance_keeps_the_app_closed(tmp_path: Path) -> None:
    dies("balancer2")
    rest = less(tmp_path, "balancer2")
    play("maintenance", app="ledger", state="on", **rest).well()
    try:
        assert back("balancer2", "dead") == {"503"}
    finally:
        play("maintenance", **rest, app="ledger", state="off").well()
    assert until(lambda: get("ledger.example.org", "/tell", "balancer2").status == 200)


@pytest.mark.long
def test_of_two_that_were_away_none_answers_with_the_former_once_the_newer_is_back(tmp_path: Path) -> None:
    """The older one comes first, and while it is alone it cannot know; `balancer_alone` says what it does then."""
    dies("balancer2")
    release = deployed(less(tmp_path, "balancer2"), "while the older one is away")
    dies("balancer1")
    with visited("balancer1", "balancer2") as [newer, older]:
        powered("balancer2")
        assert until(lambda: bool(older.kinds() - {"503"}))
        powered("balancer1")
        assert until(lambda: bool(newer.kinds() - {"503"}))
        time.sleep(3)
    assert newer.kinds() - {"503"} == {release}
    assert older.kinds(newer.first()) - {"503"} == {release}


@pytest.mark.long
def test_of_two_that_were_away_in_turn_the_later_change_is_right(tmp_path: Path) -> None:
    """The first to leave has missed more of them."""
    dies("balancer2")
    rest = less(tmp_path, "balancer2")
    deployed(rest, "the first by one alone")
    deployed(rest, "the second by one alone")
    dies("balancer1")
    powered("balancer2")
    assert until(lambda: answers("balancer2"))
    play("deploy", app="ledger", tricky=named("by the other alone"), **less(tmp_path, "balancer1")).well()
    slot, releases = slots("ledger", "balancer2")
    assert back("balancer1", "dead") == {releases[slot]}
    assert {get("ledger.example.org", "/tell", "balancer2").json["release"] for _ in range(20)} == {releases[slot]}


def test_one_that_lost_its_map_takes_it_from_a_peer() -> None:
    before = slots("ledger", "balancer2")
    on("balancer2", "systemctl stop haproxy hostler-peers; rm /etc/haproxy/slots.map; systemctl start haproxy")
    # HAProxy starts once the peer was asked; on a busy machine, that may be told before it has answered
    assert until(lambda: "ledger/turn" in on("balancer2", "cat /etc/haproxy/slots.map || true"))
    assert slots("ledger", "balancer2") == before
    assert until(lambda: get("ledger.example.org", "/tell", "balancer2").status == 200)


def test_a_package_s_restart_of_haproxy_costs_no_wrong_answer() -> None:
    """All web hosts are down for it until they were asked which release they run; visitors wait for that."""
    release = live()
    with visited("balancer2") as [visitors]:
        on("balancer2", "systemctl restart haproxy")
        time.sleep(2)
    assert visitors.kinds() - {"503"} == {release}


@pytest.mark.long
def test_one_that_was_taken_out_of_the_fleet_serves_on_until_something_else_is_live(tmp_path: Path) -> None:
    """Then nobody tells it any more; and a visitor who finds it closed goes to another one."""
    release = live()
    rest = less(tmp_path, "balancer2")
    site("--tags", "balancer", **rest).well()
    assert get("ledger.example.org", "/tell", "balancer2").json["release"] == release
    with visited("balancer2") as [visitors]:
        newer = deployed(rest, "without the one that was taken out")
        assert until(lambda: on("balancer2", "systemctl is-active haproxy || true").strip() == "inactive")
        changed = time.monotonic()
        time.sleep(1)
    assert visitors.kinds(changed) == set()
    assert newer not in visitors.kinds()
    assert "is no balancer of its peers any more" in on("balancer2", "cat /run/hostler/gone")
    site().well()


def test_a_stranger_is_told_nothing() -> None:
    """Not even by one of the fleet's other hosts, or with a peer's name, where no firewall keeps them out."""
    ask = "import socket,sys; s=socket.create_connection((sys.argv[1],840),5); s.sendall(sys.argv[2].encode()+b'\\n'); print(s.recv(9999))"
    on("balancer2", "systemctl stop hostler-firewall")
    try:
        for name in ("balancer1", "somebody"):
            question = json.dumps({"name": name, "turns": {}, "digest": "", "back": True})
            told = on("web1", f"python3 -c \"{ask}\" {ADDRESS['balancer2']} '{question}'")
            assert told.strip() == {"balancer1": r"b'{}\n'", "somebody": r"""b'{"same": false}\n'"""}[name]
    finally:
        on("balancer2", "systemctl start hostler-firewall")


@pytest.mark.long
def test_without_what_asks_peers_visitors_wait_for_nothing_and_status_tells() -> None:
    on("balancer2", "systemctl stop hostler-peers")
    time.sleep(4)
    began = time.monotonic()
    assert {get("ledger.example.org", "/tell", "balancer2").status for _ in range(5)} == {200}
    # Each would be held for a second
    assert time.monotonic() - began < 4
    run = play("status")
    assert "balancer2 does not ask its peers what is live" in run.output
    on("balancer2", "systemctl start hostler-peers")

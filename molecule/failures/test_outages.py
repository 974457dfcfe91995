"""Outages of hosts and balancers, and what visitors notice of them: as little as can be."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import RemoteDisconnected
from pathlib import Path
from uuid import uuid4

import pytest
from failing import refused, the_same_serves
from fleet import BALANCERS, CLIENT, WEB, cut_off, get, is_reached, joins, on, pids, play, runtime, site, slots, until, up, whole
from load import Tally
from steps import OTHER


def test_a_host_that_cannot_be_reached_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    """A fleet is deployed whole."""
    more = tmp_path / "more.yml"
    away = CLIENT.rpartition(".")[0] + ".99"
    more.write_text(f"web: {{hosts: {{web3: {{ansible_host: {away}}}}}}}\n")
    with the_same_serves():
        run = play("deploy", "-i", str(more), app="ledger", tricky="a fourth value")
        refused(run, "The host cannot be reached", away)
        assert set(run.changed.values()) == {0}


def test_a_live_app_does_not_move_to_another_port() -> None:
    """The balancers would look for what serves where it is not."""
    with the_same_serves():
        refused(play("deploy", app="ledger", ledger_port=5013), "apps.ledger.ports.green: 5013 is not 5012, on which the app is live")


def test_balancers_that_disagree_are_left_to_the_operator() -> None:
    """Which is right, of a file and what runs or of two balancers, is not for a playbook to guess; the message says how to tell them."""
    live, _ = slots("ledger")
    other = OTHER[live]
    with the_same_serves():
        on("balancer2", f"sed -i 's/^ledger {live}$/ledger {other}/' /etc/haproxy/slots.map")
        try:
            refused(
                play("deploy", app="ledger"),
                f"says 'ledger {other}'",
                f"but the running HAProxy has 'ledger {live}'",
                "systemctl reload haproxy",
            )
            on("balancer2", "systemctl reload haproxy")
            assert until(lambda: f" ledger {other}" in runtime("balancer2", "show map /etc/haproxy/slots.map"))
            refused(
                play("deploy", app="ledger"), "The balancers disagree on ledger", f"balancer1 serves {live}", f"balancer2 serves {other}"
            )
        finally:
            on("balancer2", f"sed -i 's/^ledger {other}$/ledger {live}/' /etc/haproxy/slots.map && systemctl reload haproxy")
            assert until(lambda: f" ledger {live}" in runtime("balancer2", "show map /etc/haproxy/slots.map"))


def test_a_live_slot_that_is_unwell_is_left_running_and_comes_back_by_itself() -> None:
    """As when its database is away: a run of site.yml says so, and stops nothing."""
    live, _ = slots("ledger")
    before = pids("ledger", live)
    try:
        for host in WEB:
            on(host, "touch /var/lib/ledger/sick")
        refused(site(), "answered 503, not 200", "as before")
    finally:
        for host in WEB:
            on(host, "rm /var/lib/ledger/sick")
    assert until(lambda: whole("ledger"))
    assert pids("ledger", live) == before


def test_more_than_can_be_done_at_once_is_shed_and_takes_no_host_down() -> None:
    """Slow requests in all places that the balancers have, and twice as many again, for several rounds of health checks."""
    places = len(BALANCERS) * len(WEB) * 2 * 4  # workers x threads of the inventory
    live, _ = slots("ledger")
    with ThreadPoolExecutor(3 * places) as pool:
        asked = [pool.submit(get, "ledger.example.org", "/slow?seconds=3", BALANCERS[number % 2]) for number in range(3 * places)]
        seen = []
        while not all(request.done() for request in asked):
            seen += [(balancer, up(f"ledger_{live}", balancer)) for balancer in BALANCERS]
            time.sleep(0.2)
    answers = Counter(request.result().status for request in asked)
    assert set(answers) == {200, 503}
    assert answers[200] >= places
    assert [balancer for balancer, servers in seen if servers != set(WEB)] == []


@pytest.mark.usefixtures("undisturbed")
def test_a_balancer_that_lost_its_map_gets_it_from_the_other() -> None:
    """As one that was made anew."""
    play("deploy", app="ledger").well()  # what is live is the inventory's, so that the run below has nothing to switch
    before = slots("ledger", "balancer2")
    on("balancer2", "rm /etc/haproxy/slots.map")
    site().well()
    assert slots("ledger", "balancer2") == before


@pytest.mark.long
def test_a_balancer_that_dies_during_a_deploy_stops_it() -> None:
    """What was there is put back everywhere, on the dead balancer too, for when it returns."""

    def stop_in_time() -> None:
        assert until(lambda: slots("ledger") != before, 300)
        on("balancer2", "systemctl stop haproxy")

    read = "grep -v /turn /etc/haproxy/slots.map"  # going back is a switch of its own
    before, files = slots("ledger"), [on(balancer, read) for balancer in BALANCERS]
    with ThreadPoolExecutor() as pool:
        stopping = pool.submit(stop_in_time)
        refused(site(tricky="a value that must not go live", watch_seconds=5), "HAProxy does not run", "as before")
        stopping.result()
    assert [on(balancer, read) for balancer in BALANCERS] == files
    on("balancer2", "systemctl start haproxy")
    assert until(lambda: whole("ledger"))
    standby = next(slot for slot in before[1] if slot != before[0])
    assert until(lambda: all(up(f"ledger_{standby}", balancer) == set(WEB) for balancer in BALANCERS))


def test_a_host_with_an_old_release_does_not_serve_until_it_is_brought_up_to_date() -> None:
    """It was away for a deploy, or for two: its slot is the live one, what it runs there is not."""
    live, releases = slots("ledger")
    standby = next(release for slot, release in releases.items() if slot != live)
    on("web2", f"ln -sfn ../releases/{standby} /srv/ledger/slots/{live} && systemctl restart ledger@{live}")
    for balancer in BALANCERS:
        assert until(lambda balancer=balancer: up(f"ledger_{live}", balancer) == {"web1"})  # type: ignore[misc]
        for _ in range(3):
            # A reload is when HAProxy would take it as up again
            on(balancer, "systemctl reload haproxy")
            assert {get("ledger.example.org", "/tell", balancer).json["release"] for _ in range(100)} == {releases[live]}
    site().well()
    assert until(lambda: whole("ledger"))


@pytest.mark.long
def test_a_live_release_that_cannot_be_put_right_on_a_host_serves_on_from_the_others(visitors: Tally) -> None:
    """What the balancers expect of the live slot stays as it is, and so does the standby."""
    live, releases = slots("ledger")
    module = f"/srv/ledger/slots/{live}/app/ledger.py"
    on("web2", f"cp {module} /root/ledger.py && echo 'raise SystemExit(3)' >>{module} && systemctl restart ledger@{live} || true")
    assert until(lambda: all(up(f"ledger_{live}", balancer) == {"web1"} for balancer in BALANCERS))
    refused(site(), "did not start", "as before")
    assert [slots("ledger", balancer) for balancer in BALANCERS] == [(live, releases)] * 2
    assert {get("ledger.example.org", "/tell", balancer).status for balancer in BALANCERS} == {200}
    on("web2", f"cat /root/ledger.py >{module} && rm /root/ledger.py")
    site().well()
    assert until(lambda: whole("ledger"))
    assert visitors.lost() == []


HOW: dict[str, tuple[Callable[[str, str], object], Callable[[str, str], object]]] = {
    "stopped": (lambda host, unit: on(host, f"systemctl stop {unit}"), lambda host, unit: on(host, f"systemctl start {unit}")),
    "killed": (lambda host, unit: on(host, f"systemctl kill --signal KILL {unit}"), lambda *_: None),
    "cut off": (lambda host, _: cut_off(host), lambda host, _: joins(host)),
}


@pytest.mark.rate(30)
@pytest.mark.parametrize("how", HOW)
def test_a_web_host_that_vanishes_loses_no_get(visitors: Tally, how: str) -> None:
    """With what it was just asked for, too. A POST that may have run is not sent again, so it may fail."""
    live, _ = slots("ledger")
    vanish, come_back = HOW[how]
    for host in WEB:
        with ThreadPoolExecutor() as pool:
            asked = [pool.submit(get, "ledger.example.org", "/slow?seconds=1.5", balancer) for balancer in BALANCERS * 2]
            time.sleep(0.5)
            vanish(host, f"ledger@{live}")
            for balancer in BALANCERS:
                assert until(lambda host=host, balancer=balancer: host not in up(f"ledger_{live}", balancer))  # type: ignore[misc]
            assert [answer.result().status for answer in asked] == [200] * len(asked)
        come_back(host, f"ledger@{live}")
        assert until(lambda host=host: is_reached(host))  # type: ignore[misc]
        assert until(lambda: whole("ledger"))
    assert visitors.lost() == []


def test_a_request_that_is_too_slow_runs_once_and_one_that_ends_its_process_thrice_at_most() -> None:
    """Asking for the first again would only add to what makes it slow; the second is taken for a host that died."""
    live, _ = slots("ledger")
    mains, mark = pids("ledger", live), f"seconds=6&{uuid4()}"

    def workers() -> set[tuple[str, str]]:
        return {(host, pid) for host in WEB for pid in on(host, f"pgrep --parent {mains[host]}").split()}

    late = get("ledger.example.org", f"/slow?{mark}")
    number = late.headers["x-request-id"]
    assert (late.status, number in late.body) == (504, True)
    time.sleep(6)  # so long, the last of several would be at it
    assert sum(int(on(host, f"journalctl -u ledger@{live} REQUEST_ID={number} -o cat --no-pager | wc -l")) for host in WEB) == 1
    before = workers()
    with suppress(RemoteDisconnected):  # so HAProxy ends it where the last connection to a web host was not a new one
        assert get("ledger.example.org", "/eat?megabytes=400").status == 502
    assert until(lambda: len(workers()) == len(before))
    assert 1 <= len(before - workers()) <= 3
    assert until(lambda: whole("ledger"))


@pytest.mark.usefixtures("undisturbed")
def test_who_is_late_with_the_check_goes_out_alone_and_serves_on_where_all_are() -> None:
    """As hosts are that are short of processor time: a host that is slow is not a host that is gone."""
    live, _ = slots("ledger")
    try:
        for number, host in enumerate(WEB, 1):
            on(host, "touch /var/lib/ledger/late")
            left = set(WEB[number:])
            assert until(lambda left=left: all(up(f"ledger_{live}", balancer) == left for balancer in BALANCERS))  # type: ignore[misc]
        time.sleep(2)
        assert {get("ledger.example.org", "/tell", balancer).json["host"] for balancer in BALANCERS for _ in range(20)} == set(WEB)
    finally:
        for host in WEB:
            on(host, "rm -f /var/lib/ledger/late")
    assert until(lambda: whole("ledger"))


def test_visitors_see_our_page_while_no_web_host_serves_and_the_site_once_they_return() -> None:
    """503, not cached, and when to come again."""
    live, _ = slots("hello")
    for host in WEB:
        on(host, f"systemctl stop hello@{live}")
    for balancer in BALANCERS:
        answer = get("hello.example.org", balancer=balancer)
        assert (answer.status, answer.headers["cache-control"], answer.headers["retry-after"]) == (503, "no-store", "5")
        assert "Back in a moment" in answer.body
        assert get("ledger.example.org", "/tell", balancer).status == 200
    for host in WEB:
        on(host, f"systemctl start hello@{live}")
    assert until(lambda: whole("hello"))
    assert {get("hello.example.org", balancer=balancer).status for balancer in BALANCERS} == {200}


@pytest.mark.long
def test_the_fleet_is_as_the_inventory_says() -> None:
    """After all that, and another Python on a host, one run finds what is left to put right, and the next one nothing."""
    live, releases = slots("hello")
    link = f"/srv/hello/releases/{releases[live]}/venv"
    venv = on("web2", f"readlink {link}").strip()
    on("web2", f"cd /srv/hello/releases/{releases[live]} && mv {venv} {venv}-old && ln -sfn {venv}-old venv")
    site().well()
    assert on("web2", f"readlink {link}").strip() == venv
    on("web2", f"systemctl restart hello@{live}")
    assert until(lambda: whole("hello"))
    assert set(site().well().changed.values()) == {0}

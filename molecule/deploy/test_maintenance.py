"""An app is closed for maintenance, and opened again, while visitors come."""

import re
from collections.abc import Iterator

import pytest
from fleet import ADDRESS, BALANCERS, CLIENT, WEB, Run, get, on, pids, play, runtime, slots, until, up, whole
from steps import events

HELLO, LEDGER = "hello.example.org", "ledger.example.org"
MAP = "/etc/haproxy/slots.map"


def maintenance(state: str, app: str = "", **more: object) -> Run:
    """Close the app for maintenance, or open it."""
    return play("maintenance", state=state, app=app, **more)


def changes(run: Run) -> set[int]:
    """Return how many changes balancers had in a run that went well."""
    return {run.well().changed[balancer] for balancer in BALANCERS}


@pytest.fixture(autouse=True)
def open_at_the_end() -> Iterator[None]:
    """Leave no app closed."""
    yield
    for app in ("hello", "ledger"):
        if any(f"\n{app}/maintenance" in on(balancer, f"cat {MAP}") for balancer in BALANCERS):
            maintenance("off", app).well()


def lines(balancer: str, app: str) -> dict[str, str]:
    """Return an app's lines of maintenance, which are the same in the file and in the running HAProxy."""
    file = on(balancer, f"cat {MAP}")
    running = "\n".join(line.partition(" ")[2] for line in runtime(balancer, f"show map {MAP}").splitlines())
    both = [dict(re.findall(rf"^({app}/maintenance\S*) (\S+)$", text, re.MULTILINE)) for text in (file, running)]
    assert both[0] == both[1]
    return both[0]


def statuses(host: str, path: str = "/status") -> set[int]:
    """Return what visitors get at this machine's address."""
    return {get(host, path, balancer).status for balancer in BALANCERS}


def statuses_elsewhere(host: str) -> set[int]:
    """Return what a visitor gets from the address of a web host."""
    ask = "import sys, http.client as h; c = h.HTTPConnection(sys.argv[1]); c.request('GET', '/status', headers={'Host': sys.argv[2]}); "
    ask += "print(c.getresponse().status)"
    return {int(on("web1", f'python3 -c "{ask}" {ADDRESS[balancer]} {host}')) for balancer in BALANCERS}


@pytest.mark.usefixtures("undisturbed")
def test_visitors_of_one_app_get_the_page_and_those_of_another_notice_nothing() -> None:
    """The page says when to come back; servers stay up, and no process is touched."""
    live, _ = slots("hello")
    before = pids("hello", live)
    assert changes(maintenance("on", "hello")) == {1}
    for balancer in BALANCERS:
        answer = get(HELLO, "/status", balancer)
        assert (answer.status, answer.headers["retry-after"], answer.headers["cache-control"]) == (503, "300", "no-store")
        assert "Closed for maintenance" in answer.body
        assert lines(balancer, "hello") == {"hello/maintenance": "on"}
        assert up(f"hello_{live}", balancer) == set(WEB)
    assert pids("hello", live) == before
    assert changes(maintenance("on", "hello")) == {0}
    assert changes(maintenance("off", "hello")) == {1}
    assert [lines(balancer, "hello") for balancer in BALANCERS] == [{}] * len(BALANCERS)
    assert statuses(HELLO) == {200}
    assert changes(maintenance("off", "hello")) == {0}


@pytest.mark.long
@pytest.mark.usefixtures("undisturbed")
def test_an_address_that_is_let_in_notices_nothing_of_a_deploy_behind_the_page() -> None:
    """The load comes from this machine, and goes to the app that is closed, reloaded and deployed."""
    maintenance("on", "ledger", allow=f"203.0.113.7,{CLIENT}").well()
    assert (statuses(LEDGER), statuses_elsewhere(LEDGER)) == ({200}, {503})
    live, _ = slots("ledger")
    play("deploy", app="ledger", tricky="deployed behind the page").well()
    assert slots("ledger")[0] != live
    for balancer in BALANCERS:
        on(balancer, "systemctl reload haproxy")
    assert (statuses(LEDGER), statuses_elsewhere(LEDGER)) == ({200}, {503})
    assert get(LEDGER, "/tell").json["tricky"] == "deployed behind the page"
    play("rollback", app="ledger").well()
    assert slots("ledger")[0] == live
    assert (statuses(LEDGER), statuses_elsewhere(LEDGER)) == ({200}, {503})
    maintenance("off", "ledger").well()
    assert (statuses(LEDGER), statuses_elsewhere(LEDGER)) == ({200}, {200})


@pytest.mark.long
def test_other_addresses_replace_those_before_and_the_history_has_each() -> None:
    """What is named last counts; addresses are kept as HAProxy writes them."""
    maintenance("on", "hello", allow=CLIENT).well()
    assert statuses(HELLO) == {200}
    maintenance("on", "hello", allow="2001:DB8:0:0::7, ::ffff:203.0.113.7").well()
    assert statuses(HELLO) == {503}
    wanted = {"hello/maintenance": "on", "hello/maintenance/2001:db8::7": "pass", "hello/maintenance/203.0.113.7": "pass"}
    assert [lines(balancer, "hello") for balancer in BALANCERS] == [wanted] * len(BALANCERS)
    for balancer in BALANCERS:
        last = events(balancer)[-1]
        assert (last["event"], last["app"], last["state"], last["allow"]) == ("maintenance", "hello", "on", ["2001:db8::7", "203.0.113.7"])
        assert all(last[key] for key in ("by", "run", "at"))


@pytest.mark.parametrize("state", ["on", pytest.param("off", marks=pytest.mark.long)])
def test_a_balancer_that_was_away_does_as_the_others(state: str) -> None:
    """Of two balancers, the one that was told last is right; lines that it does not have go."""
    before = on("balancer2", f"cat {MAP}")
    if state == "off":
        before = before.replace("hello/turn", "hello/maintenance on\nhello/maintenance/192.0.2.1 pass\nhello/turn")
    maintenance("on", "hello").well()
    if state == "off":
        maintenance("off", "hello").well()
    on("balancer2", f"cat >{MAP} && systemctl restart haproxy", before)
    wanted = on("balancer1", f"cat {MAP}")
    assert until(lambda: on("balancer2", f"cat {MAP}") == wanted)
    assert until(lambda: runtime("balancer2", f"show map {MAP}").count("/maintenance") == wanted.count("/maintenance"))
    assert [lines(balancer, "hello") for balancer in BALANCERS] == [{"hello/maintenance": "on"} if state == "on" else {}] * len(BALANCERS)
    play("status").well()


@pytest.mark.long
def test_a_balancer_whose_haproxy_is_down_is_closed_when_it_comes_back() -> None:
    """A fleet in trouble is what one closes an app for."""
    on("balancer2", "systemctl stop haproxy")
    try:
        maintenance("on", "hello").well()
    finally:
        on("balancer2", "systemctl start haproxy")
    assert statuses(HELLO) == {503}
    assert until(lambda: whole("hello"))


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("state: say whether to close the app or to open it again; such as -e state=on.", {"app": "hello"}),
        ("allow: '203.0.113' is no IP address", {"app": "hello", "state": "on", "allow": "203.0.113"}),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_host_is_asked(said: str, arguments: dict[str, object]) -> None:
    """One sentence, and the line that would have worked."""
    run = play("maintenance", **arguments)
    assert run.code != 0
    assert said in " ".join(run.output.split()).replace("''", "'")
    assert "Take the lock" not in run.output
    assert set(run.changed.values()) == {0}


def test_check_mode_tells_which_lines_would_change_and_changes_none() -> None:
    """--check --diff, as for any playbook."""
    run = play("maintenance", "--check", "--diff", state="on", app="hello", allow="203.0.113.7").well()
    assert "+hello/maintenance on" in run.output
    assert "+hello/maintenance/203.0.113.7 pass" in run.output
    assert changes(run) == {1}
    assert statuses(HELLO) == {200}
    assert on("balancer1", "cat /run/hostler.lock") == ""

"""Lines of requests, from the balancer's socket to what an operator reads: on hosts of both kinds of Debian."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator

import pytest
from fleet import ADDRESS, BALANCERS, MONITORS, WEB, Begun, Run, dies, get, is_reached, on, play, powered, site, slots, until, whole

[MONITOR] = MONITORS
LIBRARY = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9102/metrics').read().decode())"
# What HAProxy writes, of a host that there is not
BURST = """\
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", 5514))
for number in range({count}):
    s.send(b'<6>hello 6aaff7b8c6d3 192.0.2.9:42454 [22/Nov/2026:14:28:07.088] visitors hello_green/{host} 0/0/0/8/8 200 6736 - - '
           b'---- 1/1/0/0/0 0/0 "GET /burst HTTP/1" de358ab1-2ccd-4e8a-b318-%012d -' % number)
"""


def metrics(balancer: str) -> dict[str, float]:
    """Return what a balancer has counted."""
    text = on(balancer, f'python3 -c "{LIBRARY}"')
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")}


def logs(**asked: object) -> list[dict[str, str]]:
    """Return the entries that logs.yml tells."""
    run = play("logs", format="json", **asked).well()
    return list(json.loads(next(line for line in run.output.splitlines() if line.startswith("{")))["entries"])


@pytest.mark.parametrize("balancer", BALANCERS)
def test_an_id_finds_a_request_on_balancer_and_web_host(balancer: str) -> None:
    answer = get("hello.example.org", "/?x=1", balancer)
    number, (live, releases) = answer.headers["x-request-id"], slots("hello")
    # A line comes to the journal in its own time
    assert until(lambda: len(logs(request=number)) == 2)
    of = {entry["identifier"]: entry for entry in logs(request=number)}
    assert of["haproxy"]["host"] == balancer
    assert of["haproxy"]["to"] == of["gunicorn"]["host"]
    assert of["gunicorn"]["host"] in WEB
    assert of["gunicorn"]["unit"] == f"hello@{live}"
    for entry in of.values():
        kept = {key: entry[key] for key in ("app", "slot", "release", "status", "method")}
        assert kept == {"app": "hello", "slot": live, "release": releases[live], "status": "200", "method": "GET"}


@pytest.mark.parametrize("balancer", BALANCERS)
def test_how_long_requests_take_is_what_a_visitor_sees(balancer: str) -> None:
    """Each took as long as the app at the least, and no longer than the visitor waited: so below a bound are no more of HAProxy's times
    than of the app's, and no less than of the visitor's.
    """
    name = re.compile(r'hostler_request_duration_seconds_bucket\{app="ledger",slot="\w+",host="[^"]+",le="([^"]+)"\}')

    def buckets() -> dict[str, float]:
        found: dict[str, float] = {}
        for sample, value in metrics(balancer).items():
            if match := name.fullmatch(sample):
                found[match[1]] = found.get(match[1], 0) + value
        return found

    before, taken, slept = buckets(), list[float](), [0.03] * 20 + [0.3] * 10 + [1.2] * 2
    for seconds in slept:
        began = time.monotonic()
        assert get("ledger.example.org", f"/slow?seconds={seconds}", balancer).status == 200
        taken.append(time.monotonic() - began)

    def counted_by_now() -> dict[str, float]:
        return {bound: value - before.get(bound, 0) for bound, value in buckets().items()}

    # The last two are counted last, and alone take more than a second
    assert until(lambda: (now := counted_by_now())["+Inf"] - now["1"] == 2)
    counted = counted_by_now()
    # The host that watches asks too, now and then
    assert (others := counted["+Inf"] - len(taken)) < 20
    for bound, count in counted.items():
        assert sum(one <= float(bound) for one in taken) <= count <= others + sum(one <= float(bound) for one in slept)


@pytest.mark.parametrize("balancer", BALANCERS)
def test_every_line_of_a_burst_is_counted_and_in_the_journal(balancer: str) -> None:
    """More than journald's own limit of a unit's lines, over starts anew of what reads them, and no more than its socket holds."""
    host = f"web{time.time_ns()}"
    before = metrics(balancer)["hostler_request_lines_dropped_total"]
    for count in (15_000, 10_000):
        on(balancer, "python3 -", BURST.format(count=count, host=host))
        on(balancer, "systemctl restart hostler-requests.service")
    read = f"journalctl -q --no-pager HOST={host} -o cat | wc -l"
    assert until(lambda: int(on(balancer, read)) == 25_000)
    assert metrics(balancer)["hostler_request_lines_dropped_total"] == before


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_page_of_failure_has_the_id_that_finds_it(balancer: str) -> None:
    late = get("ledger.example.org", "/slow?seconds=7", balancer)
    assert late.status == 504
    assert f"Request {late.headers['x-request-id']}<" in late.body
    none = get("no.example.org", balancer=balancer)
    assert none.status == 404
    read = "journalctl -q --no-pager REQUEST_ID={} -o json"
    for answer, app in ((late, "ledger"), (none, None)):
        told = read.format(answer.headers["x-request-id"])
        assert until(lambda told=told: on(balancer, told) != "")  # type: ignore[misc]
        entry = json.loads(on(balancer, told))
        assert (entry["STATUS"], entry.get("APP")) == (str(answer.status), app)


@pytest.fixture
def private() -> Iterator[None]:
    """Have lines say no more of visitors than they have to; and afterwards as before."""
    site("--tags", "balancer", balancer_log_queries=False, balancer_log_addresses="truncated").well()
    yield
    site("--tags", "balancer").well()


@pytest.mark.usefixtures("private")
@pytest.mark.long
def test_lines_say_of_a_visitor_what_the_operator_wants() -> None:
    began = int(time.time())
    for balancer in BALANCERS:
        answer = get("hello.example.org", "/?token=s3cret", balancer)
        told = f"journalctl -q --no-pager REQUEST_ID={answer.headers['x-request-id']} -o cat"
        assert until(lambda balancer=balancer, told=told: on(balancer, told) != "")  # type: ignore[misc]
        assert re.match(r"\d+\.\d+\.\d+\.0:\d+ \[", on(balancer, told))
        assert '"GET / HTTP/1"' in on(balancer, told)
    assert [
        host for host in ADDRESS if "s3cret" in on(host, f"journalctl -q --no-pager --since @{began} -t haproxy -t gunicorn -o cat")
    ] == []


def test_the_last_lines_of_a_host_that_died_are_told_by_the_host_that_watches() -> None:
    number, of = "", dict[str, dict[str, str]]()
    while (of.get("gunicorn") or {}).get("host") != "web2":
        number = get("hello.example.org", "/").headers["x-request-id"]
        assert until(lambda: len(logs(request=number)) == 2)  # noqa: B023
        of = {entry["identifier"]: entry for entry in logs(request=number)}
    kept = f"journalctl -q --no-pager --directory /var/log/journal/remote REQUEST_ID={number} SYSLOG_IDENTIFIER=gunicorn -o cat"
    assert until(lambda: on(MONITOR, kept) != "")
    dies("web2")
    try:
        run = play("logs", request=number).well()
        assert {entry["identifier"]: entry for entry in logs(request=number)} == of
    finally:
        powered("web2")
        assert until(lambda: is_reached("web2"))
    assert re.search(r"web2 did not answer: .* Its lines are those that it had sent to the host that watches\.", run.output)
    assert until(lambda: whole("hello"))


def test_lines_are_read_along_as_they_come() -> None:
    along = Begun("logs", follow=True, app="hello", format="json")
    along.until("Read along")
    time.sleep(4)  # until each host has told what was before
    number = get("hello.example.org", "/").headers["x-request-id"]
    time.sleep(4)
    told = along.kill(signal.SIGINT).output.splitlines()
    entries = [json.loads(line) for line in told if line.startswith("{")]
    assert sorted(entry["identifier"] for entry in entries if entry.get("request") == number) == ["gunicorn", "haproxy"]


def test_what_reads_lines_may_do_nothing_else() -> None:
    for balancer in BALANCERS:
        said = on(balancer, "systemd-analyze security --no-pager hostler-requests.service | tail -n 1")
        assert float(re.findall(r"\d+\.\d", said)[0]) <= 2.0


@pytest.mark.parametrize(
    ("asked", "sentence"), [({"status": "6xx"}, "status: '6xx' is none"), ({"since": "soon"}, "since: 'soon' is no time")]
)
def test_a_question_that_is_none_is_refused_before_any_host_is_asked(asked: dict[str, str], sentence: str) -> None:
    run: Run = play("logs", **asked)
    assert run.code != 0
    assert sentence in run.output
    assert "Ask their journals" not in run.output

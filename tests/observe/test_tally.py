"""What is counted of requests, and how it is told to Prometheus."""

import re
from dataclasses import dataclass

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.observe import tally
from ansible_collections.hostler.fleet.plugins.module_utils.observe.line import Place, Request
from ansible_collections.hostler.fleet.plugins.module_utils.observe.tally import Tally

WEB1 = Place("hello", "blue", "web1")


def request(place: Place = WEB1, status: str = "200", milliseconds: int = 7) -> Request:
    return Request(place, b"-", status.encode(), b"GET", b"f00", b"-", milliseconds, bad=False)


@dataclass
class Told:
    """The values of a text of metrics by their names and labels."""

    text: str

    def __getitem__(self, sample: str) -> float:
        """Return a sample's value."""
        [value] = [line.rsplit(" ", 1)[1] for line in self.text.splitlines() if line.rsplit(" ", 1)[0] == sample]
        return float(value)


def told(*requests: Request) -> Told:
    counted = Tally()
    for one in requests:
        counted.count(one)
    return Told(counted.text(3, 4))


@pytest.mark.parametrize(
    ("status", "code"), [("101", "1xx"), ("204", "2xx"), ("304", "3xx"), ("499", "4xx"), ("503", "5xx"), ("-1", "none"), ("0", "none")]
)
def test_requests_are_counted_by_the_class_of_their_status(status: str, code: str) -> None:
    found = told(request(status=status), request(status=status))
    assert found[f'hostler_requests_total{{app="hello",slot="blue",host="web1",code="{code}"}}'] == 2


def test_what_a_bucket_holds_is_at_most_its_bound() -> None:
    """HAProxy's milliseconds are cut: one that is as long as a bound counts below it."""
    found = told(*(request(milliseconds=one) for one in (0, 2, 3, 500, 501, 29_999, 60_000)))
    name = "hostler_request_duration_seconds"
    labels = 'app="hello",slot="blue",host="web1"'
    expected = {"0.002": 2, "0.005": 3, "0.2": 3, "0.5": 4, "1": 5, "30": 6, "+Inf": 7}
    assert {bound: found[f'{name}_bucket{{{labels},le="{bound}"}}'] for bound in expected} == expected
    assert found[f"{name}_count{{{labels}}}"] == 7
    assert found[f"{name}_sum{{{labels}}}"] == pytest.approx(91.005)


def test_a_long_sum_loses_no_millisecond() -> None:
    found = told(*(request(milliseconds=123_456_789) for _ in range(10)))
    assert found['hostler_request_duration_seconds_sum{app="hello",slot="blue",host="web1"}'] == 1_234_567.89


@pytest.mark.parametrize("one", [request(Place("hello", "", "")), request(Place("hello", "blue", "")), request(status="101")])
def test_what_reached_no_host_or_became_a_websocket_took_no_time(one: Request) -> None:
    assert "_bucket" not in told(one).text


def test_what_the_journal_and_the_kernel_lost_is_told() -> None:
    found = told()
    assert (found["hostler_request_lines_unwritten_total"], found["hostler_request_lines_dropped_total"]) == (3, 4)


def test_made_up_names_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST", 3)
    counted = Tally()
    for number in range(5):
        counted.count(request(Place(f"app{number}", "", "")))
    counted.count(request(Place("app0", "", "")))
    assert counted.text().count('code="2xx"') == 3
    assert counted.unread == 2


def test_each_sample_has_a_kind_and_a_meaning() -> None:
    """As ``promtool check metrics`` has it: lines of one name together, after its HELP and TYPE."""
    text = told(request(), request(Place("hello", "", ""))).text
    samples = {re.split(r"[{ ]", line)[0] for line in text.splitlines() if not line.startswith("#")}
    typed = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in samples} == set(typed) == set(tally.HELP)


def test_failures_are_told_before_the_first() -> None:
    """Prometheus takes the first number that it sees for what was there before it looked: one failure would be none."""
    counted = Tally()
    counted.count(request(Place("hello", "blue", "web1")))
    assert 'hostler_requests_total{app="hello",slot="blue",host="web1",code="5xx"} 0\n' in counted.text()

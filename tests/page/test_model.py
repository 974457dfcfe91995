"""The parts of the page that neither ask nor draw, each called by itself, in the browser that has them."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page.conftest import Shown
from tests.page.world import NOW, healthy


@pytest.fixture
def page(show: Shown) -> Page:
    """Return a page to call them in."""
    return show(healthy())


def call(page: Page, module: str, name: str, *given: Any) -> Any:
    """Return what a function of a module returns; no value is null."""
    return page.evaluate(
        "async ([module, name, given]) => (await import(`/${module}.js`))[name](...given) ?? null", [module, name, list(given)]
    )


def test_figures_are_as_people_read_them(page: Page) -> None:
    cases: list[tuple[str, Any, str]] = [
        ("number", 0, "0"),
        ("number", 0.00312, "0.0031"),
        ("number", 12.34, "12.3"),
        ("number", 12345.6, "12,346"),
        ("number", None, "\u2013"),
        ("percent", 0, "0 %"),
        ("percent", 0.00001, "< 0.01 %"),
        ("percent", 0.0033, "0.33 %"),
        ("percent", 0.085, "8.5 %"),
        ("percent", 1, "100 %"),
        ("latency", 0.0042, "4.2 ms"),
        ("latency", 0.9994, "999 ms"),
        ("latency", 0.9996, "1 s"),
        ("latency", 12.345, "12.35 s"),
        ("bytes", 999, "999 B"),
        ("bytes", 118_000_000, "118 MB"),
        ("bytes", 999_600_000, "1 GB"),
        ("lasting", 59, "59 seconds"),
        ("lasting", 60, "1 minute"),
        ("lasting", 47 * 3600, "47 hours"),
        ("lasting", 48 * 3600, "2 days"),
        ("names", ["a"], "a"),
        ("names", ["a", "b", "c"], "a, b and c"),
        ("names", ["a", "b", "c", "d", "e", "f"], "a, b, c, d and 2 more"),
    ]
    assert [call(page, "words", name, given) for name, given, _ in cases] == [said for *_, said in cases]


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("", {"app": "", "host": "", "range": 21600, "end": 0}),
        ("#app=hello&host=web1", {"app": "hello", "host": "web1", "range": 21600, "end": 0}),
        ("#range=7d&end=2026-11-28T03:03:05Z", {"app": "", "host": "", "range": 604800, "end": NOW}),
        ("#app=a%26b%23c&range=90s", {"app": "a&b#c", "host": "", "range": 90, "end": 0}),
    ],
)
def test_an_address_is_read_as_it_is_written(page: Page, address: str, state: dict[str, Any]) -> None:
    assert call(page, "address", "parse", address) == state
    assert call(page, "address", "parse", call(page, "address", "format", state)) == state


@pytest.mark.parametrize("address", ["#range=-5s", "#range=x&end=y", "#range=1e99&end=1900-01-01", "#%%%", "#range=999999999s"])
def test_an_address_that_cannot_be_read_is_as_none(page: Page, address: str) -> None:
    assert call(page, "address", "parse", address) == {"app": "", "host": "", "range": 21600, "end": 0}


def test_a_name_cannot_change_what_is_asked(page: Page) -> None:
    assert call(page, "queries", "byHost", 'a"} or up{x="\\') == r'host:hostler_requests:rate5m{app="a\"} or up{x=\"\\"}'


def test_a_window_is_of_whole_steps_and_of_so_many_points(page: Page) -> None:
    for length in (3600, 21600, 86400, 604800, 2592000):
        window = call(page, "queries", "window", {"range": length, "end": 0}, NOW)
        assert window["end"] % window["step"] == 0
        assert NOW - window["step"] < window["end"] <= NOW
        assert 200 <= (window["end"] - window["start"]) / window["step"] <= 240


def test_where_there_is_no_point_there_is_a_gap(page: Page) -> None:
    series = [{"metric": {"app": "a"}, "values": [[100, "1"], [130, "NaN"], [145, "4"], [999, "5"]]}]
    made = call(page, "fleet", "linesOf", series, {"start": 100, "end": 160, "step": 15})
    assert made == {"times": [100, 115, 130, 145, 160], "lines": [{"labels": {"app": "a"}, "line": [1, None, None, 4, None]}]}


def test_errors_are_a_share_of_requests_and_none_where_nothing_is_asked(page: Page) -> None:
    assert call(page, "curves", "ratio", [1, None, None, 5], [10, 10, None, 0]) == [0.1, 0, None, 0]


def test_a_deploy_that_several_balancers_tell_of_is_one(page: Page) -> None:
    event: dict[str, Any] = {"app": "a", "turn": "3", "verb": "deploy", "release": "x", "by": "ada", "outcome": "switched"}
    told: list[dict[str, Any]] = [{"metric": {**event, "instance": name}, "value": [NOW, "1700"]} for name in ("balancer1", "balancer2")]
    over: list[dict[str, Any]] = [{"metric": event, "values": [[NOW - 60, "1700"], [NOW, "1700"]]}]
    assert call(page, "fleet", "eventsOf", [*over, *told]) == [{**event, "at": 1700}]

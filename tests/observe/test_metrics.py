"""The exposition format: held against Prometheus' own program where that is here."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Metric, Sample, render, sample

PROMTOOL = shutil.which("promtool")
BY, PLAIN = Metric("hostler_by", "Who\nit \\ was.", ("by", "app")), Metric("hostler_plain_total", "A count.", kind="counter")


def accepted(text: str) -> str:
    """Return what Prometheus has against a text; nothing where it is not here."""
    if not PROMTOOL:
        return ""
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text.encode(), capture_output=True, check=False)
    return (done.stdout + done.stderr).decode()


def labels(line: str) -> list[str]:
    """Return the values of a line's labels, as who reads the format does."""
    values, inner, rest = [], "", line.partition("{")[2]
    while rest.partition('"')[1]:
        rest, inner = rest.partition('"')[2], ""
        while rest[0] != '"':
            taken = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}.get(rest[:2])
            inner, rest = inner + (taken or rest[0]), rest[2 if taken else 1 :]
        values.append(inner)
        rest = rest[1:]
    return values


def test_a_metric_says_what_it_is_and_has_its_values_in_one_place() -> None:
    given = [sample(BY, 1, by="ann", app="b"), sample(PLAIN, 2.5), sample(BY, 0, by="ann", app="a")]
    assert render(given) == (
        "# HELP hostler_by Who\\nit \\\\ was.\n# TYPE hostler_by gauge\n"
        'hostler_by{by="ann",app="a"} 0\nhostler_by{by="ann",app="b"} 1\n'
        "# HELP hostler_plain_total A count.\n# TYPE hostler_plain_total counter\nhostler_plain_total 2.5\n"
    )
    assert accepted(render(given)) == ""


def test_of_two_with_the_same_labels_the_last_counts() -> None:
    """With both, node exporter would tell none of the file."""
    assert render([sample(PLAIN, 1), sample(PLAIN, 2)]).splitlines()[2:] == ["hostler_plain_total 2"]


def test_labels_that_a_metric_does_not_have_are_refused() -> None:
    for wrong in ({"by": "x"}, {"by": "x", "app": "y", "slot": "z"}):
        with pytest.raises(ValueError, match="hostler_by has the labels by, app, not"):
            sample(BY, 1, **wrong)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_stands_in_a_label_is_read_as_it_was(text: str) -> None:
    lines = render([sample(BY, 1, by=text, app="x")]).split("\n")
    assert len(lines) == 4
    assert labels(lines[2]) == [text, "x"]


@pytest.mark.parametrize("text", ['a"b', "a\\", "a\nb", "\\n", "ünï", "\udc80", "\x00", "}", '"} 1\nhostler_by{by="', "x" * 5000])
def test_prometheus_reads_it(text: str) -> None:
    assert accepted(render([sample(BY, 1, by=text, app="x")])) == ""


def test_a_time_of_today_is_whole() -> None:
    """As 1.79e+09 it would be another second."""
    assert render([sample(PLAIN, 1795832646.0)]).splitlines()[-1] == "hostler_plain_total 1795832646"


def test_prometheus_accepts_every_metric_there_is() -> None:
    for metrics in (catalogue.OF_HOSTS, catalogue.OF_BALANCERS, catalogue.OF_WEB_HOSTS):
        text = render(Sample(metric, 1, dict.fromkeys(metric.labels, "x")) for metric in metrics)
        assert text.count("# TYPE") == len(metrics)
        assert accepted(text) == ""

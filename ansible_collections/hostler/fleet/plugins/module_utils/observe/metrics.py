"""Metrics as text, in Prometheus' exposition format 0.0.4. Source: prometheus.io/docs/instrumenting/exposition_formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """What is told: its name, what it means, the names of its labels, and whether it is a ``gauge`` or a ``counter``."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    kind: str = "gauge"


@dataclass(frozen=True)
class Sample:
    """A value of a metric, with the value of each of its labels."""

    metric: Metric
    value: float
    labels: Mapping[str, str]


def sample(metric: Metric, value: float, **labels: str) -> Sample:
    """Return a sample; ValueError where its labels are not those of the metric, for then nobody would find it."""
    if set(labels) != set(metric.labels):
        raise ValueError(f"{metric.name} has the labels {', '.join(metric.labels)}, not {', '.join(labels)}")
    return Sample(metric, value, labels)


def render(samples: Iterable[Sample]) -> str:
    """Return the text, metrics in the order of their names. Of two with the same labels the last counts: both would spoil all."""
    families: dict[Metric, dict[str, float]] = {}
    for one in samples:
        families.setdefault(one.metric, {})[_written(one)] = one.value
    return "".join(_family(metric, families[metric]) for metric in sorted(families, key=lambda metric: metric.name))


def _family(metric: Metric, values: Mapping[str, float]) -> str:
    head = f"# HELP {metric.name} {_escaped(metric.help)}\n# TYPE {metric.name} {metric.kind}\n"
    return head + "".join(f"{metric.name}{labels} {_number(value)}\n" for labels, value in sorted(values.items()))


def _written(one: Sample) -> str:
    """Return the labels of a sample as they stand behind its name."""
    pairs = ",".join(f'{name}="{_quoted(one.labels[name])}"' for name in one.metric.labels)
    return f"{{{pairs}}}" if pairs else ""


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _escaped(text: str) -> str:
    # Half a character, as of a name that is no UTF-8, would have the whole file be read by nobody
    whole = text.encode("utf-8", "replace").decode()
    return whole.replace("\\", "\\\\").replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))

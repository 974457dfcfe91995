"""Names of what Prometheus has, from their owners: the page's queries, and the catalogue of what hosts tell of themselves."""

import re
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Metric

ROOT = Path(__file__).parents[2]
_QUERIES = (ROOT / "roles/monitor/files/usr/share/hostler/page/queries.js").read_text(encoding="utf-8")

# The page's recorded series, by what it calls them
SERIES = dict(re.findall(r'^  (\w+): "(\w+:\w+:\w+)",$', _QUERIES, re.MULTILINE))


def page(name: str) -> str:
    """Return an expression that the page exports, with the names of series in it."""
    found = re.search(rf"^export const {name} = ([`\"])(.+)\1;$", _QUERIES, re.MULTILINE)
    assert found, f"queries.js has no expression {name}"
    return re.sub(r"\$\{SERIES\.(\w+)\}", lambda series: SERIES[series[1]], found[2])


def of(series: str | Metric, **labels: str) -> str:
    """Return a selector of a series, which is a metric of the catalogue, a key of SERIES, or the name itself; and of its labels.

    A label's value with `!`, `~` or `!~` before it is for that operator.
    """
    name = series.name if isinstance(series, Metric) else SERIES.get(series, series)
    matches = (re.fullmatch(r"(!~|!|~|)(.*)", value) for value in labels.values())
    operators = {"": "=", "!": "!=", "~": "=~", "!~": "!~"}
    told = [f'{label}{operators[found[1]]}"{found[2]}"' for label, found in zip(labels, matches, strict=True) if found]
    return f"{name}{{{','.join(told)}}}" if told else name


def share(part: str, whole: str) -> str:
    """Return a share of one; nothing where there is nothing to have a share of."""
    return f"{part} / ({whole} > 0)"

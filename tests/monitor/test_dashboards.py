"""Dashboards for Grafana: made from their one definition, in the shape that Grafana reads, and of what the monitor's Prometheus has."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Metric
from tests.monitor.fleet import BALANCERS, Fleet, named
from tests.monitor.promtool import Watched, objectives, rules
from tests.shared.samples import ROOT

FOLDER = ROOT / "docs/grafana"
FILES = sorted(FOLDER.glob("*.json"))
BOARDS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
PAGE = (ROOT / "roles/monitor/files/usr/share/hostler/page/queries.js").read_text(encoding="utf-8")

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# What Grafana's documentation of the classic model has, and no more
KEYS = {
    *{"id", "uid", "title", "description", "tags", "timezone", "editable", "graphTooltip", "time", "refresh", "schemaVersion"},
    *{"links", "templating", "annotations", "panels"},
}
OF_PANELS = {
    *{"id", "type", "title", "description", "gridPos", "datasource", "interval", "targets", "fieldConfig", "options", "transformations"},
}
OF_DEFAULTS = {"unit", "color", "thresholds", "custom", "min", "max", "noValue", "mappings", "links"}
# By Grafana itself: when what is shown begins, the line or cell that was clicked, and the time in an address
GRAFANAS = {"__from", "__field", "__value", "__url_time_range"}
# What stands for a dashboard's variables here
CHOSEN = {"$app": "hello", "$host": "web1", "$__from": "0"}

# Of Prometheus itself
OWN = {"up", "ALERTS"}
TOLD = {metric.name for metric in vars(catalogue).values() if isinstance(metric, Metric)}
# What a name is not: labels, values, functions and words of the language
NO_NAMES = re.compile(
    r""""[^"]*"|\{[^}]*\}
    |(?:\w+\s+)?\b(?:by|without)\s*\([^)]*\)|\b(?:on|ignoring|group_left|group_right)\s*\([^)]*\)
    |\b\w+(?=\s*\()|\b(?:and|or|unless|bool|offset)\b""",
    re.VERBOSE,
)
# A recorded one's name has two colons
RECORDED = re.compile(r"\w+:\w+:\w+")


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each panel, with its dashboard's name."""
    return ((name, panel) for name, board in BOARDS.items() for panel in board["panels"])


def marks() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each annotation, with its dashboard's name."""
    return ((name, mark) for name, board in BOARDS.items() for mark in board["annotations"]["list"])


def targets() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return each query of a panel, with its dashboard's name and its panel."""
    return ((name, panel, target) for name, panel in panels() for target in panel["targets"])


def expressions() -> set[str]:
    """Return all that is asked of Prometheus."""
    return {target["expr"] for _, _, target in targets()} | {mark["expr"] for _, mark in marks()}


def chosen(text: str) -> str:
    """Return a text with something chosen for each variable."""
    for variable, value in CHOSEN.items():
        text = text.replace(variable, value)
    return text


def names(expr: str) -> set[str]:
    """Return the names of the metrics in an expression; a word of which nothing is known is taken for one."""
    return set(re.findall(r"(?<![\w:$.])[A-Za-z_][\w:]*", NO_NAMES.sub(" ", expr)))


def test_each_is_made_from_the_one_definition(tmp_path: Path) -> None:
    """`make dashboards` makes them anew."""
    command: list[str | Path] = [sys.executable, ROOT / ".config/grafana", tmp_path]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made
    assert made == {path.name: path.read_bytes() for path in FOLDER.iterdir()}


@pytest.mark.parametrize("name", BOARDS)
class TestShape:
    """What Grafana 10 to 12 read."""

    def test_it_is_a_dashboard_of_the_classic_model(self, name: str) -> None:
        board = BOARDS[name]
        assert set(board) == KEYS
        # Grafana 10.0's; a later one brings it up to its own
        assert board["schemaVersion"] == 38
        # A number is of one Grafana alone
        assert board["id"] is None
        assert re.fullmatch(r"[\w-]{1,40}", board["uid"])
        assert board["title"]

    def test_each_panel_has_what_it_needs(self, name: str) -> None:
        for panel in BOARDS[name]["panels"]:
            table = panel["type"] == "table"
            assert set(panel) == (OF_PANELS if table else OF_PANELS - {"transformations"})
            assert panel["type"] in ("timeseries", "stat", "bargauge", "table")
            assert panel["datasource"] == SOURCE
            defaults = panel["fieldConfig"]["defaults"]
            assert set(defaults) <= OF_DEFAULTS
            # The first is for all that is below the second
            first, *rest = [step["value"] for step in defaults["thresholds"]["steps"]]
            assert first is None
            assert rest == sorted(rest)

    def test_each_panel_has_a_number_of_its_own(self, name: str) -> None:
        numbers = [panel["id"] for panel in BOARDS[name]["panels"]]
        assert len(numbers) == len(set(numbers)) > 0

    def test_panels_stand_side_by_side(self, name: str) -> None:
        taken: set[tuple[int, int]] = set()
        for panel in BOARDS[name]["panels"]:
            place = panel["gridPos"]
            assert set(place) == {"x", "y", "w", "h"}
            assert place["x"] >= 0 < place["w"]
            assert place["x"] + place["w"] <= 24
            own = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            assert own
            assert not own & taken, panel["title"]
            taken |= own

    def test_rows_are_full(self, name: str) -> None:
        """Grafana would move up what has room above it."""
        places = [panel["gridPos"] for panel in BOARDS[name]["panels"]]
        assert sum(place["w"] * place["h"] for place in places) == 24 * max(place["y"] + place["h"] for place in places)

    def test_each_query_has_a_letter_and_the_chosen_prometheus(self, name: str) -> None:
        for panel in BOARDS[name]["panels"]:
            letters = [target["refId"] for target in panel["targets"]]
            assert len(letters) == len(set(letters)) > 0
            assert [target["datasource"] for target in panel["targets"]] == [SOURCE] * len(letters)
            assert all(target["range"] != target["instant"] for target in panel["targets"])
        assert all(mark["datasource"] == SOURCE for mark in BOARDS[name]["annotations"]["list"])

    def test_every_variable_that_is_used_is_there_and_the_other_way_round(self, name: str) -> None:
        listed = [variable["name"] for variable in BOARDS[name]["templating"]["list"]]
        assert len(listed) == len(set(listed))
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(BOARDS[name])))
        assert used - GRAFANAS == set(listed)

    def test_what_is_chosen_among_comes_from_the_chosen_prometheus(self, name: str) -> None:
        source, *rest = BOARDS[name]["templating"]["list"]
        assert (source["type"], source["query"], source["name"]) == ("datasource", "prometheus", "datasource")
        for variable in rest:
            assert (variable["type"], variable["datasource"]) == ("query", SOURCE)
            assert variable["query"]["query"] == variable["definition"]

    def test_a_link_leads_to_another_about_what_was_clicked(self, name: str) -> None:
        known = {board["uid"]: {variable["name"] for variable in board["templating"]["list"]} for board in BOARDS.values()}
        for found, variable in re.findall(r"/d/([\w-]+)\?var-(\w+)=", json.dumps(BOARDS[name])):
            assert variable in known[found]


def test_all_have_a_name_of_their_own_and_find_each_other() -> None:
    assert len({board["uid"] for board in BOARDS.values()}) == len({board["title"] for board in BOARDS.values()}) == len(BOARDS) == 3
    for board in BOARDS.values():
        [link] = board["links"]
        assert link["type"] == "dashboards"
        assert set(link["tags"]) <= set(board["tags"])


def test_every_name_is_recorded_or_told() -> None:
    """A name that nobody tells makes a panel that is empty for ever."""
    chosen_of = [variable["definition"] for board in BOARDS.values() for variable in board["templating"]["list"][1:]]
    asked = {name for expr in expressions() for name in names(expr)} | {one.partition("(")[2].partition(",")[0] for one in chosen_of}
    recorded = {rule["record"] for rule in rules() if "record" in rule} | set(RECORDED.findall(objectives()))
    assert asked & recorded
    assert asked - recorded - TOLD == OWN


def test_all_series_of_the_page_are_in_them() -> None:
    """Both show the same."""
    series = re.findall(r'^  \w+: "(\S+)",$', PAGE.partition("SERIES = {")[2].partition("};")[0], re.MULTILINE)
    assert len(series) >= 11
    assert set(series) - {name for expr in expressions() for name in names(expr)} == set()


def fleet() -> Fleet:
    """Return a fleet of which there is something to tell in every panel."""
    one = Fleet(20)
    one.traffic("green", 0, share=0.9, within="0.5")
    one.traffic("blue", 0, share=0.1, failed=0.1, within="2.5")
    node = {"job": "node", "instance": "web1"}
    for mode, rate in (("idle", 0.75), ("user", 0.25)):
        one.counter(named("node_cpu_seconds_total", **node, mode=mode, cpu="0"), rate)
    one.gauge(named("hostler_unit_failed", **node, unit="x.service"), 1)
    one.gauge(named("hostler_slot_memory_bytes", **node, app="hello", slot="green", host="web1"), 9e7)
    for balancer in BALANCERS:
        told = {"job": "node", "instance": balancer}
        one.gauge(named("hostler_canary_percent", **told, app="hello"), 10)
        one.gauge(named("hostler_problem", **told, kind="problem", text="web3 does not answer."), 1)
        for turn, (verb, outcome) in enumerate(
            (("deploy", "switched"), ("rollback", "switched"), ("deploy", "failed"), ("maintenance", "on"))
        ):
            labels = {"app": "hello", "turn": str(turn), "verb": verb, "release": "a", "by": "anna", "outcome": outcome}
            one.gauge(named("hostler_deploy_timestamp_seconds", **told, **labels), 60 * (turn + 1))
    for labels in ({"app": "hello", "host": "web1"}, {"instance": "web1"}, {"domain": "hello.example.org"}):
        one.gauge(named("ALERTS", alertname="Some", alertstate="firing", severity="ticket", **labels), 1)
    return one


def all_have(expr: str, label: str) -> tuple[str, list[tuple[str, float]]]:
    """Return what is to be asked so that each series of an expression is seen to have a label, and the answer then."""
    return f'group by (found) (label_replace({expr}, "found", "yes", "{label}", ".+"))', [('{found="yes"}', 1)]


def some_have(expr: str, label: str) -> tuple[str, list[tuple[str, float]]]:
    """Return what is to be asked so that one series of an expression is seen to have a label, and the answer then."""
    asked = all_have(expr, label)[0]
    return f'group({asked} and on (found) label_replace(vector(1), "found", "yes", "", ""))', [("{}", 1)]


def test_every_expression_finds_something(tmp_path: Path) -> None:
    """In a fleet that has it; so it is PromQL, and its labels are those that its series have."""
    asked = [(f"group({chosen(expr)})", [("{}", 1.0)]) for expr in sorted(expressions())]
    Watched(fleet(), tmp_path, every=60).all_values(20, asked)


def test_every_line_has_a_name(tmp_path: Path) -> None:
    """The labels that a legend or a link goes by are those of the line."""
    asked = [
        all_have(chosen(target["expr"]), label)
        for _, panel, target in targets()
        if panel["type"] != "table"
        for text in [target["legendFormat"] + json.dumps(panel["fieldConfig"]["defaults"])]
        for label in re.findall(r"(?:\{\{|__field\.labels\.)(\w+)", text)
    ]
    assert asked
    Watched(fleet(), tmp_path, every=60).all_values(20, asked)


def test_what_is_said_of_a_mark_is_a_label(tmp_path: Path) -> None:
    """Of some mark at least: alerts are of an app, or of a host."""
    asked = [some_have(chosen(mark["expr"]), label) for _, mark in marks() for label in re.findall(r"\{\{(\w+)\}\}", json.dumps(mark))]
    assert asked
    Watched(fleet(), tmp_path, every=60).all_values(20, asked)


def test_every_column_is_a_label(tmp_path: Path) -> None:
    """Of some line at least, and no label is without a heading. Of one app or host, no alert has all labels that alerts have."""
    asked = []
    for board, panel in panels():
        if panel["type"] == "table" and (board == "fleet" or panel["title"] != "Open alerts"):
            [expr] = [chosen(target["expr"]) for target in panel["targets"]]
            [columns] = [change["options"] for change in panel["transformations"]]
            labels = (set(columns["renameByName"]) | set(columns["excludeByName"])) - {"Time", "Value"}
            asked += [some_have(expr, label) for label in labels]
            asked.append((f"group without ({', '.join(sorted(labels))}) ({expr})", [("{}", 1.0)]))
    assert asked
    Watched(fleet(), tmp_path, every=60).all_values(20, asked)


def test_a_mark_is_where_it_was(tmp_path: Path) -> None:
    """In milliseconds, as Grafana has times; and what was before the time that is shown is not there."""
    asked = []
    for _, mark in marks():
        if mark["useValueForTime"]:
            at = {"Deploys": 60, "Rollbacks": 120, "Failed": 180, "Others": 240}[mark["name"]]
            asked.append((f"sum({chosen(mark['expr'])})", [("{}", at * 1000.0)]))
            asked.append((mark["expr"].replace("$__from", str(at * 1000 + 1)).replace("$app", "hello"), []))
    assert len(asked) == 2 * 4 * len(BOARDS)
    Watched(fleet(), tmp_path, every=60).all_values(20, asked)


@pytest.mark.parametrize("open_ones", [0, 2])
def test_what_is_open_is_counted(open_ones: int, tmp_path: Path) -> None:
    """But for what always is; and what is open at two paces is one."""
    one = Fleet(5)
    for number in range(open_ones):
        for pace in ("fast", "steady"):
            labels = {"severity": "page", "app": f"app{number}", "pace": pace}
            one.gauge(named("ALERTS", alertname="Some", alertstate="firing", **labels), 1)
    figures = [panel for _, panel in panels() if panel["type"] == "stat" and panel["title"] == "Open alerts"]
    [expr] = [target["expr"] for panel in figures for target in panel["targets"]]
    Watched(one, tmp_path, every=60).all_values(5, [(expr, [("{}", float(open_ones))])])


def test_what_always_is_open_is_nowhere(tmp_path: Path) -> None:
    """Of a fleet that is well, no alert is listed or marked."""
    listed = {chosen(target["expr"]) for _, panel, target in targets() if panel["type"] == "table" and "ALERTS" in target["expr"]}
    marked = {chosen(mark["expr"]) for _, mark in marks() if "ALERTS" in mark["expr"]}
    assert len(listed) == len(marked) == len(BOARDS)
    Watched(Fleet(5), tmp_path, every=60).all_values(5, [(expr, []) for expr in sorted(listed | marked)])

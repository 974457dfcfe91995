"""A dashboard as Grafana has it: the classic JSON model, of which each Grafana reads what it was in former ones.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from itertools import count
from string import ascii_uppercase
from typing import Any

from shape import GOOD, PLAIN, Board, Mark, Panel, Variable

Json = dict[str, Any]

SCHEMA = 38  # Grafana 10.0's; later ones bring it up to theirs
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
VALUE = "Value"  # what a query's value is called in a table
EVERY = "1m"  # most series are recorded so often


def uid(name: str) -> str:
    """Return the name by which addresses have a dashboard."""
    return f"hostler-{name}"


def board(one: Board) -> Json:
    """Return a dashboard."""
    panels: list[Json] = []
    numbers, top = count(1), 0
    for row in one.rows:
        left = 0
        for each in row.panels:
            place = {"h": row.height, "w": each.width, "x": left, "y": top}
            panels.append({"id": next(numbers), "gridPos": place, **panel(each)})
            left += each.width
        top += row.height
    return {
        "id": None,
        "uid": uid(one.name),
        "title": one.title,
        "description": one.about,
        "tags": ["hostler"],
        "timezone": "utc",
        "editable": True,
        "graphTooltip": 1,  # the moment under the pointer is shown in all charts
        "time": {"from": "now-6h", "to": "now"},
        "refresh": EVERY,
        "schemaVersion": SCHEMA,
        "links": [links()],
        "templating": {"list": [source(), *(variable(each) for each in one.variables)]},
        "annotations": {"list": [mark(each) for each in one.marks]},
        "panels": panels,
    }


def links() -> Json:
    """Return the links to the other dashboards, about the same app, host and time."""
    said = {"title": "Hostler", "type": "dashboards", "tags": ["hostler"], "icon": "external link", "tooltip": "", "url": ""}
    return {**said, "asDropdown": False, "includeVars": True, "keepTime": True, "targetBlank": False}


def source() -> Json:
    """Return the choice of a Prometheus."""
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "refresh": 1, "hide": 0}


def variable(one: Variable) -> Json:
    """Return a choice among the values of a label."""
    query = f"label_values({one.series}, {one.label})"
    asked = {"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"}
    said = {"name": one.name, "label": one.title, "type": "query", "datasource": SOURCE, "definition": query, "query": asked}
    return {**said, "refresh": 2, "sort": 1, "multi": False, "includeAll": False, "hide": 0, "regex": ""}


def mark(one: Mark) -> Json:
    """Return an annotation."""
    said = {"name": one.name, "datasource": SOURCE, "enable": one.shown, "hide": False, "iconColor": one.colour}
    asked = {"expr": one.expr, "step": EVERY, "useValueForTime": not one.lasts}
    return {**said, **asked, "titleFormat": one.title, "textFormat": one.text, "tagKeys": ""}


def panel(one: Panel) -> Json:
    """Return a panel, but for its number and place."""
    table = one.kind == "table"
    made: Json = {
        "type": one.kind,
        "title": one.title,
        "description": one.about,
        "datasource": SOURCE,
        "interval": EVERY,
        "targets": [target(one, *each) for each in zip(ascii_uppercase, one.queries, strict=False)],
        "fieldConfig": {"defaults": defaults(one), "overrides": overrides(one) if table else []},
        "options": OPTIONS[one.kind],
    }
    if table:
        made["options"] = {**made["options"], "sortBy": sort(one)}
        made["transformations"] = [{"id": "organize", "options": organize(one)}]
    return made


def target(one: Panel, letter: str, query: Any) -> Json:
    """Return a query: over time for what is drawn over time, else of now."""
    over = one.kind == "timeseries"
    asked = {"refId": letter, "datasource": SOURCE, "expr": query.expr, "legendFormat": query.legend or "__auto"}
    return {**asked, "range": over, "instant": not over, "format": "table" if one.kind == "table" else "time_series"}


def defaults(one: Panel) -> Json:
    """Return how values are shown."""
    steps = [{"value": None if number == 0 else value, "color": colour} for number, (value, colour) in enumerate(one.levels)]
    made: Json = {
        "unit": one.unit,
        "color": {"mode": "palette-classic" if one.kind == "timeseries" else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps or [{"value": None, "color": PLAIN if one.kind == "stat" else GOOD}]},
        "custom": {},
    }
    if one.kind == "timeseries":
        made["min"] = 0
        made["custom"] = {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "spanNulls": False}
        if one.least is not None:
            made["custom"]["axisSoftMax"] = one.least
    if one.kind == "table":
        made["unit"] = "string"  # what is in its columns; a value has its own unit
        made["custom"] = {"align": "auto", "inspect": False, "filterable": True}
    if one.most is not None:
        made["max"] = one.most
    if one.none:
        made["noValue"] = one.none
    if one.words:
        options = {str(value): {"text": text, "index": index} for index, (value, text) in enumerate(one.words.items())}
        made["mappings"] = [{"type": "value", "options": options}]
    if one.leads and one.kind != "table":
        made["links"] = [link(one.leads, f"${{__field.labels.{one.by or one.leads}}}")]
    return made


def link(board: str, chosen: str) -> Json:
    """Return a link to the dashboard of an app or a host, for the same Prometheus and time."""
    url = f"/d/{uid(board)}?var-{board}={chosen}&${{datasource:queryparam}}&${{__url_time_range}}"
    return {"title": f"{board}: {chosen}", "url": url, "targetBlank": False}


def overrides(one: Panel) -> list[Json]:
    """Return what is special of a table's columns: the unit of values, and where a name leads."""
    special: list[tuple[str, list[Json]]] = [(one.columns[VALUE], [{"id": "unit", "value": one.unit}])] if VALUE in one.columns else []
    if one.leads in one.columns:
        special.append((one.columns[one.leads], [{"id": "links", "value": [link(one.leads, "${__value.text}")]}]))
    return [{"matcher": {"id": "byName", "options": name}, "properties": said} for name, said in special]


def sort(one: Panel) -> list[Json]:
    """Return by what a table is sorted: the largest value first."""
    return [{"displayName": one.columns[VALUE], "desc": True}] if VALUE in one.columns else []


def organize(one: Panel) -> Json:
    """Return which columns a table has, what they are called, and in which order."""
    away = [name for name in ("Time", VALUE, *one.away) if name not in one.columns]
    order = {name: index for index, name in enumerate(one.columns)}
    return {"excludeByName": dict.fromkeys(away, True), "indexByName": order, "renameByName": one.columns}


LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
# Each has what its schema calls required
OPTIONS: dict[str, Json] = {
    "timeseries": {"legend": LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}},
    "stat": {
        **{"graphMode": "none", "colorMode": "value", "justifyMode": "auto", "textMode": "value", "wideLayout": True},
        **{"showPercentChange": False, "percentChangeColorMode": "standard", "orientation": "auto", "reduceOptions": LAST},
    },
    "bargauge": {
        **{"displayMode": "basic", "valueMode": "color", "namePlacement": "auto", "showUnfilled": True, "sizing": "auto"},
        **{"minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300, "orientation": "horizontal", "reduceOptions": LAST},
        "legend": {**LEGEND, "showLegend": False},
    },
    "table": {"showHeader": True, "frameIndex": 0, "cellHeight": "sm"},
}

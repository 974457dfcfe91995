"""What a dashboard is to us: rows of panels, each with its queries, and what is marked in them. Nothing here knows how Grafana has it."""

from dataclasses import dataclass, field

# Colours, by what they tell
GOOD, WARN, BAD, PLAIN = "green", "orange", "red", "text"


@dataclass(frozen=True)
class Query:
    """An expression, and the name of each line: with `{{label}}` for the value of a label."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One chart, figure or table. Its width is in columns, of which a row has 24."""

    kind: str  # timeseries, stat, bargauge or table
    title: str
    width: int
    queries: tuple[Query, ...]
    unit: str = "short"  # as Grafana calls it
    about: str = ""
    none: str = ""  # instead of a figure that there is not
    most: float | None = None  # of the scale
    least: float | None = None  # that the scale has at its end, so that little does not look like much
    levels: tuple[tuple[float, str], ...] = ()  # from which value on it has which colour; the first is for all below, too
    words: dict[int, str] = field(default_factory=dict)  # instead of values
    columns: dict[str, str] = field(default_factory=dict)  # of a table: the heading of each label, in their order
    away: tuple[str, ...] = ()  # of a table: labels that its lines have and nobody reads
    leads: str = ""  # the dashboard that a click leads to, about the app or the host of the line
    by: str = ""  # the label that has the app or the host, where it is called otherwise


@dataclass(frozen=True)
class Row:
    """Panels side by side, of one height."""

    height: int
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Mark:
    """What is marked in charts. The value of `expr` is when it was, in milliseconds; or while it has one, where `lasts`."""

    name: str
    expr: str
    colour: str
    title: str
    text: str
    lasts: bool = False
    shown: bool = True  # unless somebody asks for it


@dataclass(frozen=True)
class Variable:
    """What one chooses at the top: the values that a label of a series has."""

    name: str
    title: str
    series: str
    label: str


@dataclass(frozen=True)
class Board:
    """A dashboard; it is a file of this name."""

    name: str
    title: str
    about: str
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    variables: tuple[Variable, ...] = ()

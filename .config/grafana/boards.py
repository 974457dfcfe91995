"""What the dashboards show: the fleet, an app, a host; of each panel its kind, title, width, unit and what is asked."""

from typing import Any

from names import of, page, share
from shape import BAD, GOOD, WARN, Board, Mark, Panel, Query, Row, Variable

from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue

DAY = 86400
APP, HOST = {"app": "$app"}, {"host": "$host"}
FIRING = {"alertstate": "firing", "alertname": "!Watchdog"}

# Shares of one, from where on they are marked
ERRORS = ((0, GOOD), (0.01, BAD))
FULL = ((0, GOOD), (0.85, WARN), (0.95, BAD))
ANY = ((0, GOOD), (1, BAD))
SOME = ((0, GOOD), (1, WARN))
# Days that a certificate has left
LEFT = ((0, BAD), (1, WARN), (14, GOOD))

NOBODY = "nobody asks"
ALERT = {"severity": "Severity", "alertname": "Alert", "app": "App", "host": "Host", "instance": "Told by", "domain": "Domain"}


def lines(title: str, width: int, unit: str, *queries: Query, **more: Any) -> Panel:
    """Return a chart over time."""
    return Panel("timeseries", title, width, queries, unit, **more)


def figure(title: str, width: int, unit: str, expr: str, **more: Any) -> Panel:
    """Return one figure, as of now."""
    return Panel("stat", title, width, (Query(expr),), unit, **more)


def table(title: str, width: int, expr: str, columns: dict[str, str], **more: Any) -> Panel:
    """Return a table, as of now."""
    return Panel("table", title, width, (Query(expr),), columns=columns, **more)


def errors(**of_what: str) -> str:
    """Return the errors of apps as a share of requests."""
    return share(of("errors", **of_what), of("requests", **of_what))


def host_errors(**of_what: str) -> str:
    """Return the errors of web hosts as a share of requests, by app."""
    return share(of("host:hostler_errors:rate5m", **of_what), of("onHost", **of_what))


def used(**of_what: str) -> str:
    """Return the share of their places that web hosts have in use, by app."""
    return share(of("used", **of_what), of("places", **of_what))


def memory(**of_what: str) -> str:
    """Return the memory of slots, by app and host."""
    return f"max by ({', '.join(catalogue.AT)}) ({of(catalogue.MEMORY, **of_what)})"


def live(**of_what: str) -> str:
    """Return which release of apps is live by the balancers; always 1."""
    named = of(catalogue.SLOT_RELEASE, **of_what)
    return f"max by (app, slot, release) ({named} and on (app, slot, instance) {of(catalogue.SLOT_LIVE, **of_what)} == 1)"


def events(**of_what: str) -> str:
    """Return when something was deployed, in milliseconds, as Grafana has times; each balancer tells the same."""
    return f"1000 * max by ({', '.join(catalogue.DEPLOY.labels)}) ({of(catalogue.DEPLOY, **of_what)})"


def marks(alerts: str, **of_what: str) -> tuple[Mark, ...]:
    """Return what is marked: what was deployed in the time that is shown, as on the page, and alerts for who wants them."""
    done = {
        "Deploys": ({"verb": "deploy", "outcome": "!failed"}, "blue"),
        "Rollbacks": ({"verb": "rollback", "outcome": "!failed"}, "orange"),
        "Failed": ({"outcome": "failed"}, "red"),
        "Others": ({"verb": "!~deploy|rollback", "outcome": "!failed"}, "purple"),
    }
    title, text = "{{app}}: {{verb}}", "{{outcome}}, release {{release}}, by {{by}}"
    return (
        *(Mark(name, f"{events(**of_what, **kind)} >= $__from", colour, title, text) for name, (kind, colour) in done.items()),
        Mark("Alerts", alerts, "red", "{{alertname}}", "{{severity}} {{app}} {{host}}", lasts=True, shown=False),
    )


def open_alerts(**of_what: str) -> str:
    """Return open alerts; always 1."""
    return f"max by ({', '.join(ALERT)}) ({of('ALERTS', **FIRING, **of_what)})"


def deploys(width: int, **of_what: str) -> Panel:
    """Return the last deploys of each app."""
    columns = {"Value": "When", "app": "App", "verb": "What", "outcome": "Outcome", "release": "Release", "by": "By"}
    return table("Last deploys", width, events(**of_what), columns, away=("turn",), unit="dateTimeAsIso", leads="" if of_what else "app")


def alerts(width: int, expr: str) -> Panel:
    """Return open alerts, with what they are about."""
    return table("Open alerts", width, expr, ALERT, leads="host", about="What each means and what to do: docs/runbooks.")


LIVE = {"app": "App", "slot": "Slot", "release": "Release"}
ENDS = f"floor((min by (domain) ({of(catalogue.CERTIFICATE_ENDS)}) - time()) / {DAY})"

FLEET = Board(
    "fleet",
    "Hostler: the fleet",
    "All apps and hosts. A click on a line leads to the app or the host.",
    (
        Row(
            4,
            (
                figure("Open alerts", 4, "short", f"count({open_alerts()}) or vector(0)", levels=ANY),
                figure("Hosts that do not answer", 4, "short", 'count(up{job="node"} == 0) or vector(0)', levels=ANY),
                figure("Requests", 4, "reqps", f"sum({of('requests')})"),
                figure("Errors", 4, "percentunit", share(f"sum({of('errors')})", f"sum({of('requests')})"), levels=ERRORS, none=NOBODY),
                figure("Places in use", 4, "percentunit", share(f"sum({of('used')})", f"sum({of('places')})"), levels=FULL),
                figure("First certificate to end", 4, "suffix: d", f"min({ENDS})", levels=LEFT, none="no certificate"),
            ),
        ),
        Row(
            7,
            (
                alerts(12, open_alerts()),
                table(
                    "Problems and warnings",
                    12,
                    f"max by (kind, text) ({of(catalogue.PROBLEM)} == 1)",
                    {"kind": "Kind", "text": "What"},
                    about="The sentences of status.yml.",
                ),
            ),
        ),
        Row(
            8,
            (
                lines("Requests", 12, "reqps", Query(of("requests"), "{{app}}"), leads="app"),
                lines("Errors", 12, "percentunit", Query(errors(), "{{app}}"), least=0.01, leads="app"),
            ),
        ),
        Row(8, tuple(lines(f"Latency, {one}", 8, "s", Query(of(one), "{{app}}"), leads="app") for one in ("p50", "p95", "p99"))),
        Row(
            8,
            (
                lines("Requests by host", 12, "reqps", Query(f"sum by (host) ({of('onHost')})", "{{host}}"), leads="host"),
                lines("Places in use by host", 12, "percentunit", Query(page("PLACES"), "{{host}}"), most=1, leads="host"),
            ),
        ),
        Row(
            8,
            tuple(
                lines(title, 8, "percentunit", Query(of(one), "{{instance}}"), most=1, leads="host", by="instance")
                for title, one in (("Processor", "cpu"), ("Memory", "memory"), ("Disk, the fullest file system", "disk"))
            ),
        ),
        Row(
            8,
            (
                table("What is live", 7, live(), LIVE, leads="app"),
                deploys(11),
                Panel("bargauge", "Days that certificates have left", 6, (Query(ENDS, "{{domain}}"),), levels=LEFT),
            ),
        ),
    ),
    marks(open_alerts()),
)

ONE_APP = Board(
    "app",
    "Hostler: an app",
    "One app: what visitors get, by slot and by host, and what it is given.",
    (
        Row(
            4,
            (
                figure("Requests", 4, "reqps", of("requests", **APP)),
                figure("Errors", 4, "percentunit", errors(**APP), levels=ERRORS, none=NOBODY),
                figure("Latency, p95", 4, "s", of("p95", **APP), none=NOBODY),
                figure("Places in use", 4, "percentunit", share(f"sum({of('used', **APP)})", f"sum({of('places', **APP)})"), levels=FULL),
                figure("Canary", 4, "percent", f"max({of(catalogue.CANARY_PERCENT, **APP)})", about="Requests to the standby slot."),
                figure("Maintenance", 4, "short", f"max({of(catalogue.MAINTENANCE, **APP)})", words={0: "open", 1: "closed"}, levels=SOME),
            ),
        ),
        Row(
            8,
            (
                lines(
                    "Requests",
                    12,
                    "reqps",
                    Query(of("requests", **APP), "all"),
                    Query(of("slot:hostler_requests:rate5m", **APP), "{{slot}}"),
                ),
                lines(
                    "Errors",
                    12,
                    "percentunit",
                    Query(errors(**APP), "all"),
                    Query(share(of("slot:hostler_errors:rate5m", **APP), of("slot:hostler_requests:rate5m", **APP)), "{{slot}}"),
                    least=0.01,
                ),
            ),
        ),
        Row(
            8,
            (
                lines("Latency", 12, "s", *(Query(of(one, **APP), one) for one in ("p50", "p95", "p99"))),
                lines(
                    "Latency by host, p95",
                    12,
                    "s",
                    Query(of("host:hostler_latency_seconds:p95_5m", **APP), "{{host}}"),
                    leads="host",
                ),
            ),
        ),
        Row(
            8,
            (
                lines("Requests by host", 8, "reqps", Query(of("onHost", **APP), "{{host}}"), leads="host"),
                lines("Errors by host", 8, "percentunit", Query(host_errors(**APP), "{{host}}"), least=0.01, leads="host"),
                lines("Places in use by host", 8, "percentunit", Query(used(**APP), "{{host}}"), most=1, leads="host"),
            ),
        ),
        Row(
            8,
            (
                lines(
                    "Errors over long times",
                    12,
                    "percentunit",
                    *(Query(of(f"app:hostler_errors:ratio{time}", **APP), time) for time in ("1h", "6h", "3d")),
                    Query(of("app:hostler_error_budget:ratio", **APP), "what is good enough"),
                    about="Of requests, those that failed; and the share that may fail over a month.",
                ),
                lines("Memory of slots", 12, "decbytes", Query(memory(**APP), "{{host}} {{slot}}"), leads="host"),
            ),
        ),
        Row(
            8,
            (
                alerts(8, open_alerts(**APP)),
                table("What is live", 5, live(**APP), {"slot": "Slot", "release": "Release"}, away=("app",)),
                deploys(11, **APP),
            ),
        ),
    ),
    marks(open_alerts(**APP), **APP),
    (Variable("app", "App", of("requests"), "app"),),
)

SELF = {"instance": "$host"}
OF_HOST = f"{open_alerts(**HOST)} or {open_alerts(host='', **SELF)}"

ONE_HOST = Board(
    "host",
    "Hostler: a host",
    "One host: what it has to do, and how it bears that. Requests, places and slots are of web hosts alone.",
    (
        Row(
            4,
            (
                figure("Answers", 6, "short", of("up", job="node", **SELF), words={0: "no", 1: "yes"}, levels=((0, BAD), (1, GOOD))),
                figure("Failed units", 6, "short", of(catalogue.FAILED_UNITS, **SELF), levels=ANY),
                figure("Files changed by hand", 6, "short", of(catalogue.DRIFT_FILES, **SELF), levels=SOME),
                figure("Reboot", 6, "short", of(catalogue.REBOOT_DUE, **SELF), words={0: "not due", 1: "due"}, levels=SOME),
            ),
        ),
        Row(
            8,
            (
                lines("Requests", 12, "reqps", Query(of("onHost", **HOST), "{{app}}"), leads="app"),
                lines("Errors", 12, "percentunit", Query(host_errors(**HOST), "{{app}}"), least=0.01, leads="app"),
            ),
        ),
        Row(
            8,
            (
                lines("Latency, p95", 12, "s", Query(of("host:hostler_latency_seconds:p95_5m", **HOST), "{{app}}"), leads="app"),
                lines("Places in use", 12, "percentunit", Query(used(**HOST), "{{app}}"), most=1, leads="app"),
            ),
        ),
        Row(
            8,
            (
                lines(
                    "Processor, memory and disk",
                    12,
                    "percentunit",
                    *(Query(of(one, **SELF), name) for name, one in (("processor", "cpu"), ("memory", "memory"), ("disk", "disk"))),
                    most=1,
                ),
                lines("Memory of slots", 12, "decbytes", Query(memory(**HOST), "{{app}} {{slot}}"), leads="app"),
            ),
        ),
        Row(
            7,
            (
                alerts(16, OF_HOST),
                table("Failed units", 8, f"max by (unit) ({of(catalogue.UNIT_FAILED, **SELF)} == 1)", {"unit": "Unit"}),
            ),
        ),
    ),
    marks(OF_HOST),
    (Variable("host", "Host", of("cpu"), "instance"),),
)

BOARDS = (FLEET, ONE_APP, ONE_HOST)

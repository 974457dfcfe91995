"""Things are broken for real: the right alert comes to who is to know, and no other, and is over once it is mended.

What waits for minutes waits for seconds here, in the same order: on the host that watches, the same rules with shorter times, asked more
often.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fleet import BALANCERS, CLIENT, MONITORS, WEB, dies, is_reached, on, play, powered, site, slots, until, whole

[MONITOR] = MONITORS
SEVERITIES = ["page", "ticket", "info"]
# Of the machine that all hosts of a lab are on
SHARED = {"DiskFull", "DiskFills", "InodesShort", "ShortOfMemory", "ClockOff"}
QUICK = r"""
cd /etc/prometheus/rules
sed -Ei 's/^( +for: )([1-9])m$/\12\2s/; s/^( +for: )1([0-9])m$/\13\2s/' *.yml
sed -Ei 's/^( +for: )30m$/\145s/; s/^( +for: )1[hd]$/\160s/' *.yml
sed -Ei 's/^( +keep_firing_for: ).*/\15s/; s/^( +interval: ).*/\12s/' *.yml
# What is looked back at; and minutes recorded, of which each counts for sixty seconds, come every two
sed -Ei 's/\[5m\]/[20s]/g; s/\[1[05]m\]/[45s]/g; s/\[30m\]/[40s]/g; s/\[1h\]/[50s]/g; s/ \* 60( >= [13]0)?$/ * 2\1/' *.yml
sed -Ei '/^ +- record: app:hostler_errors:ratio6h/,/^ +- record: app:hostler_errors:count1h/ s/\[6h\]/[60s]/' recorded.yml
sed -Ei '/ErrorBudgetBurns/,/SlowRequests/ s/\[6h\]/[60s]/' visitors.yml
sed -Ei 's/15s$/2s/; s/10s$/2s/' /etc/prometheus/prometheus.yml
sed -Ei 's/^( +group_wait: ).*/\11s/; s/^( +group_interval: ).*/\12s/' /etc/prometheus/alertmanager.yml
promtool check rules *.yml
systemctl reload prometheus prometheus-alertmanager
"""


def counts(labels: Mapping[str, str]) -> bool:
    """Tell whether an alert is about what these tests do: the monitor's own files are as they have made them."""
    return labels.get("severity") in SEVERITIES and labels.get("host") != MONITOR and labels["alertname"] not in SHARED


def about(labels: Mapping[str, str]) -> str:
    """Return what an alert is about: its name, and its labels without those that say how urgent it is."""
    rest = {name: value for name, value in labels.items() if name not in ("alertname", "severity", "pace", "__name__")}
    return " ".join([labels["alertname"], *(f"{name}={value}" for name, value in sorted(rest.items()))])


class Told:
    """What came to who is to know."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self.firing: dict[str, str] = {}  # by what it is about, its summary
        self.ever: list[str] = []

    def hear(self, message: dict[str, list[dict[str, dict[str, str]]]]) -> None:
        """Take a message of Alertmanager's."""
        for alert in (one for one in message["alerts"] if counts(one["labels"])):
            what = about(alert["labels"])
            if str(alert["status"]) == "firing":
                self.firing[what] = alert["annotations"]["summary"]
                self.ever.append(what)
            else:
                self.firing.pop(what, None)

    def names(self) -> set[str]:
        """Return the names of all that ever came."""
        return {what.split()[0] for what in self.ever}


@pytest.fixture(scope="module")
def heard() -> Iterator[list[Told]]:
    """Have alerts come here; the last of the list hears them."""
    listeners = [Told()]

    class Handler(BaseHTTPRequestHandler):
        """Takes what Alertmanager posts."""

        def do_POST(self) -> None:
            """Take it."""
            listeners[-1].hear(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((CLIENT, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receivers = [{"kind": "webhook", "url": f"http://{CLIENT}:{server.server_port}/", "severities": SEVERITIES}]
    site(monitor_receivers=receivers).well()
    on(MONITOR, QUICK)
    yield listeners
    site().well()
    server.shutdown()
    server.server_close()


def open_alerts() -> list[str]:
    """Return the alerts that count here and are not over yet: pending or firing for Prometheus; for Alertmanager, told or passed over."""
    prometheus = json.loads(on(MONITOR, "promtool query instant --format=json http://127.0.0.1:9090 ALERTS"))
    # By itself amtool leaves out what another alert covers, and that would be told once the other is over
    every = "--active --inhibited --silenced --unprocessed"
    alertmanager = json.loads(on(MONITOR, f"amtool --alertmanager.url=http://127.0.0.1:9093 --output=json alert query {every}"))
    found = [(one["metric"].pop("alertstate"), one["metric"]) for one in prometheus]
    found += [("for Alertmanager", one["labels"]) for one in alertmanager]
    return sorted({f"{state}: {about(labels)}" for state, labels in found if counts(labels)})


@pytest.fixture
def told(heard: list[Told]) -> Told:
    """Return who hears of what a test does, once all is well, and nothing is left of the test before: that would be told again."""
    assert until(lambda: whole("ledger") and whole("hello"))
    assert until(lambda: not open_alerts(), 120), f"not over before the test, not even after two minutes: {open_alerts()}"
    heard.append(Told())
    return heard[-1]


def stops(app: str, *hosts: str) -> Callable[[], object]:
    """Return what stops the live slot of an app on hosts."""
    return lambda: [on(host, f"systemctl stop {app}@{slots(app)[0]}") for host in hosts]


def starts(app: str, *hosts: str) -> Callable[[], object]:
    """Return what starts it again."""
    return lambda: [on(host, f"systemctl start {app}@{slots(app)[0]}") for host in hosts]


def back(host: str) -> None:
    """Have a host be there again."""
    powered(host)
    assert until(lambda: is_reached(host), 60)


BROKEN: dict[str, tuple[Callable[[], object], Callable[[], object], set[str], set[str]]] = {
    # What breaks, what mends; the alerts that have to come, and those that may, for a while, after the first is over
    "a unit fails": (
        lambda: on("web1", "systemd-run --unit=broken --quiet --wait false || true"),
        lambda: on("web1", "systemctl reset-failed broken"),
        {"UnitFailed"},
        set(),
    ),
    "a file is changed by hand": (
        lambda: on("web1", "cp -p /etc/sysctl.d/90-hostler.conf /run/kept; echo '# by hand' >>/etc/sysctl.d/90-hostler.conf"),
        lambda: on("web1", "mv /run/kept /etc/sysctl.d/90-hostler.conf"),
        {"Drift"},
        set(),
    ),
    "the live slot of one host is down": (stops("ledger", "web1"), starts("ledger", "web1"), {"SlotDown"}, set()),
    "a web host dies": (lambda: dies("web2"), lambda: back("web2"), {"HostDown"}, {"SlotDown"}),
    "HAProxy of one balancer is down": (
        lambda: on("balancer2", "systemctl stop haproxy"),
        lambda: on("balancer2", "systemctl start haproxy"),
        {"BalancerDown"},
        # Facts are told every 15 seconds: for that long they are behind once it is mended, and nothing covers them any more
        {"ProbeFails", "FactsFail"},
    ),
    "what tells of a host ends": (
        lambda: on("web1", "systemctl stop prometheus-node-exporter"),
        lambda: on("web1", "systemctl start prometheus-node-exporter"),
        {"ExporterDown"},
        {"FactsStale"},
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_breaks_is_told_and_nothing_else(told: Told, what: str) -> None:
    breaks, mends, has_to, may = BROKEN[what]
    breaks()
    try:
        assert until(lambda: has_to <= told.names(), 150), told.ever
        time.sleep(15)  # for what else may come of it
    finally:
        mends()
    # What is covered by another alert meanwhile ends without a word
    assert until(lambda: not any(what.split()[0] in has_to for what in told.firing), 240), told.firing
    # Nor does anything else come of its being mended
    assert until(lambda: not open_alerts(), 120), f"does not end: {open_alerts()}"
    assert told.names() - may == has_to, told.ever


def test_changes_are_silent(told: Told) -> None:
    """Nobody has to silence anything for them."""
    play("deploy", message="Alerts are silent").well()
    play("rollback", app="hello").well()
    play("maintenance", app="hello", state="on").well()
    time.sleep(30)
    play("maintenance", app="hello", state="off").well()
    time.sleep(15)  # until hosts have told of it
    assert until(lambda: not open_alerts(), 120), f"does not end: {open_alerts()}"
    assert told.ever == []


def test_an_app_that_nobody_serves_is_told_by_its_cause(told: Told) -> None:
    """Not by all that follows from it, of which the errors of the hour stay for a while: so this is the last."""
    stops("hello", *WEB)()
    try:
        assert until(lambda: "NoHealthyHost" in told.names(), 150), told.ever
        time.sleep(15)
        assert told.names() == {"NoHealthyHost"}, told.ever
    finally:
        starts("hello", *WEB)()
    assert until(lambda: not any(what.startswith("NoHealthyHost") for what in told.firing), 120), told.firing


def test_each_alert_says_what_to_do() -> None:
    """What a receiver shows is a sentence with names, and a page that is there."""
    rules = on(MONITOR, "cat /etc/prometheus/rules/visitors.yml /etc/prometheus/rules/causes.yml")
    runbooks = set(re.findall(r"runbook: docs/runbooks/(\S+)", rules))
    assert runbooks
    assert runbooks <= set(on(MONITOR, "ls /usr/share/hostler/runbooks").split())
    assert BALANCERS

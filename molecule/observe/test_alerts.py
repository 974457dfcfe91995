"""Things are broken for real: the right alert comes to who is to know, and no other, and is over once it is mended.

What waits for minutes waits for seconds here, in the same order: on the host that watches, the same rules with shorter times, asked more
often.
"""

import json
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from breaks import (
    Break,
    another_live,
    asked,
    by,
    dead,
    dies_again,
    ends_soon,
    full_disk,
    killed_for_memory,
    locked,
    no_way,
    stopped,
)
from fleet import ADDRESS, BALANCERS, CLIENT, MONITORS, WEB, on, play, site, until, whole

[MONITOR] = MONITORS
SEVERITIES = ["page", "ticket", "info"]
FULL = "/mnt/small"
CHANGES = ("--tags", "firewall,observe,balancer,monitor")  # what is changed for these tests
# Of the machine that all hosts of a lab are on, but for a disk of one host's own
SHARED = {"DiskFull", "DiskFills", "InodesShort", "ShortOfMemory", "ClockOff"}
QUICK = r"""
cd /etc/prometheus/rules
# SlotDown waits for longer than it takes to see that the whole host is down, as its minute more does
sed -Ei 's/^( +for: )6m$/\134s/; s/^( +for: )([1-9])m$/\12\2s/; s/^( +for: )1([0-9])m$/\14\2s/' *.yml
sed -Ei 's/^( +for: )30m$/\150s/; s/^( +for: )1[hd]$/\160s/' *.yml
sed -Ei 's/^( +keep_firing_for: )2m$/\125s/; s/^( +keep_firing_for: )3m$/\130s/; s/^( +keep_firing_for: )[0-9]+m$/\15s/' *.yml
sed -Ei 's/^( +interval: ).*/\12s/' *.yml
# What is looked back at; and minutes recorded, of which each counts for sixty seconds, come every two
sed -Ei 's/\[2m\]/[30s]/g; s/\[5m\]/[20s]/g; s/\[1[05]m\]/[60s]/g; s/\[30m\]/[40s]/g; s/\[1h\]/[50s]/g; s/ \* 60( >= [13]0)?$/ * 2\1/' *.yml
sed -Ei 's/\[8m\]/[30s]/; s/\[38m\]/[50s]/; s/\[368m\]/[75s]/; s/offset 7m/offset 30s/; s/offset 5d/offset 20s/; s/ > 300$/ > 20/' *.yml
sed -Ei '/^ +- record: app:hostler_errors:ratio6h/,/^ +- record: app:hostler_errors:count1h/ s/\[6h\]/[60s]/' recorded.yml
sed -Ei '/ErrorBudgetBurns/,/SlowRequests/ s/\[6h\]/[60s]/' visitors.yml
sed -Ei 's/15s$/2s/; s/10s$/2s/' /etc/prometheus/prometheus.yml
sed -Ei 's/^( +group_wait: ).*/\11s/; s/^( +group_interval: ).*/\12s/' /etc/prometheus/alertmanager.yml
promtool check rules *.yml
systemctl reload prometheus prometheus-alertmanager
"""


def counts(labels: Mapping[str, str]) -> bool:
    """Tell whether an alert is about what these tests do: the monitor's own files are as they have made them."""
    return labels.get("severity") in SEVERITIES and labels.get("host") != MONITOR and not is_shared(labels)


def is_shared(labels: Mapping[str, str]) -> bool:
    """Tell whether an alert is about the machine that all hosts of a lab are on."""
    return labels["alertname"] in SHARED and labels.get("mountpoint") != FULL


def about(labels: Mapping[str, str]) -> str:
    """Return what an alert is about: its name, and its labels."""
    rest = {name: value for name, value in labels.items() if name not in ("alertname", "__name__")}
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

    def missing(self, expected: set[str], found: Iterable[str] | None = None) -> list[str]:
        """Return what has not come, of the alerts that have to; or what is none of those that were found."""
        return sorted(one for one in expected if not any(is_it(one, what) for what in (self.ever if found is None else found)))

    def others(self, expected: set[str]) -> list[str]:
        """Return what came and is none of those that have to."""
        return sorted({what for what in self.ever if not any(is_it(one, what) for one in expected)})

    def __str__(self) -> str:
        """Return it as a failure shows it."""
        return "\n".join([f"{time.strftime('%H:%M:%S')}: came", *self.ever, "of which is not over", *self.firing])

    def over(self) -> list[str]:
        """Return what came and is over."""
        return [what for what in self.ever if what not in self.firing]


def is_it(expected: str, what: str) -> bool:
    """Tell whether an alert is of this name and has these labels."""
    name, *labels = expected.split()
    return what.split()[0] == name and set(labels) <= set(what.split())


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
    site(*CHANGES, monitor_receivers=receivers, ledger_tls="selfsigned").well()
    # What ended by that run is known to have ended: Prometheus, which asks anew after a reload, would have it for five minutes more
    done = time.time()
    assert until(lambda: facts_told() > done)
    on(MONITOR, QUICK)
    yield listeners
    site(*CHANGES).well()
    server.shutdown()
    server.server_close()


def facts_told() -> float:
    """Return when the host told of itself, in seconds since 1970, that Prometheus has heard nothing of for the longest time."""
    [found] = json.loads(on(MONITOR, "promtool query instant --format=json http://127.0.0.1:9090 'min(hostler_facts_timestamp_seconds)'"))
    return float(found["value"][1])


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


@dataclass(frozen=True)
class Case:
    """What breaks, and each alert that has to come, by its name and labels that it has to have."""

    breaks: tuple[Break, ...]
    told: set[str]
    long: bool = False


# What is of no account to each other breaks at once: each case waits for a minute or two
BROKEN = {
    "a unit fails, a file is changed by hand, and the live slot of one host is down": Case(
        (
            by("web1", "systemd-run --unit=broken --quiet --wait false || true", "systemctl reset-failed broken"),
            by(
                "web1",
                "cp -p /etc/sysctl.d/90-hostler.conf /run/kept; echo '# by hand' >>/etc/sysctl.d/90-hostler.conf",
                "mv /run/kept /etc/sysctl.d/90-hostler.conf",
            ),
            stopped("ledger", "web1"),
        ),
        {"UnitFailed host=web1 unit=broken.service", "Drift host=web1", "SlotDown app=ledger host=web1"},
    ),
    "a web host dies": Case((dead("web2"),), {"HostDown host=web2"}, long=True),
    "HAProxy of one balancer is down, and what tells of a host ends": Case(
        (
            by("balancer2", "systemctl stop haproxy", "systemctl start haproxy"),
            by("web1", "systemctl stop prometheus-node-exporter", "systemctl start prometheus-node-exporter"),
        ),
        {"BalancerDown host=balancer2", "ExporterDown host=web1 job=node"},
        long=True,
    ),
    "a full disk, a slot that dies, old certificates, a lock, and many visitors": Case(
        (
            full_disk("web1", FULL),
            dies_again("hello", "web1"),
            ends_soon("balancer1", timedelta(days=5)),
            ends_soon("balancer2", timedelta(hours=12)),
            locked(timedelta(hours=7)),
            asked("/slow?seconds=0.6", at_once=20),
        ),
        {
            f"DiskFull host=web1 mountpoint={FULL}",
            "RestartLoop app=hello host=web1",
            "CertificateEnds domain=ledger host=balancer1 severity=ticket",
            "CertificateEnds domain=ledger host=balancer2 severity=page",
            "LockHeld",
            "ShortOfPlaces app=ledger",
        },
        long=True,
    ),
    "hosts that do not hear each other, maps of a hand, errors, and a slot that takes too much memory": Case(
        (
            # This may need a deploy, for which all have to hear each other
            another_live("hello", "balancer2"),
            no_way("balancer1", "tcp dport 840"),
            no_way("web1", f"ip saddr {ADDRESS['balancer2']}", f"ip daddr {ADDRESS['balancer2']}"),
            by("balancer1", "sed -i '$a ledger/by-hand 1' /etc/haproxy/slots.map", "sed -i '/by-hand/d' /etc/haproxy/slots.map"),
            killed_for_memory("web2"),
            asked("/slow", at_once=2, pause=0.2),
        ),
        {
            "PeersSilent host=balancer1",
            "PeersSilent host=balancer2",
            "HostUnseen host=web1 instance=balancer2",
            "BalancersDisagree app=hello",
            "MapDiffers host=balancer1",
            "KilledForMemory app=ledger host=web2",
            "ErrorBudgetBurns app=ledger pace=fast",
        },
        long=True,
    ),
}


@pytest.mark.parametrize("what", [pytest.param(what, marks=[pytest.mark.long] * case.long) for what, case in BROKEN.items()])
def test_what_breaks_is_told_and_nothing_else(told: Told, what: str) -> None:
    case = BROKEN[what]
    with ExitStack() as broken:
        for breaks in case.breaks:
            broken.enter_context(breaks())
        assert until(lambda: not told.missing(case.told), 150), f"{told}\nhas not come: {told.missing(case.told)}"
        time.sleep(15)  # for what else may come of it
    # What is covered by another alert meanwhile ends without a word; nor does anything else come of its being mended
    assert until(lambda: not told.missing(case.told, told.over()) and not open_alerts(), 240), f"{told}\nnot over: {open_alerts()}"
    assert told.others(case.told) == [], str(told)


@pytest.mark.long
def test_changes_are_silent(told: Told) -> None:
    """Nobody has to silence anything for them."""
    play("deploy", message=f"Alerts are silent {time.time():.0f}").well()
    play("rollback", app="hello").well()
    play("maintenance", app="hello", state="on").well()
    time.sleep(30)
    play("maintenance", app="hello", state="off").well()
    time.sleep(15)  # until hosts have told of it
    assert until(lambda: not open_alerts(), 120), f"does not end: {open_alerts()}"
    assert told.ever == []


@pytest.mark.long
def test_an_app_that_nobody_serves_is_told_by_its_cause(told: Told) -> None:
    """Not by all that follows from it, while it lasts or once it is mended."""
    with stopped("hello", *WEB)():
        assert until(lambda: not told.missing({"NoHealthyHost app=hello"}), 150), str(told)
        time.sleep(15)
    assert until(lambda: not told.firing and not open_alerts(), 120), f"{told}\nnot over: {open_alerts()}"
    assert told.others({"NoHealthyHost app=hello"}) == [], str(told)


# Of what there is only while something is wrong, or under way
SELDOM = {
    "hostler_unit_failed",
    "hostler_lock_since_timestamp_seconds",
    "hostler_certificate_ends_timestamp_seconds",
    "hostler_certificate_failing_since_timestamp_seconds",
}


# Of hosts with data, of which there is none here
DATA = re.compile("hostler_(database|replication|backup|wal|drill)")


def test_there_is_every_figure_that_rules_go_by(heard: list[Told]) -> None:
    """An alert that goes by one which nobody tells never fires."""
    rules = on(MONITOR, "cat /etc/prometheus/rules/*.yml")
    named = set(re.findall(r"\b(?:node|hostler|haproxy|probe|prometheus|alertmanager)_\w+(?=[{\[ )\n])", re.sub(r"(?m)^ *#.*", "", rules)))
    assert len(named) > 35
    known = set(json.loads(on(MONITOR, "promtool query labels --format=json http://127.0.0.1:9090 __name__")))
    assert {figure for figure in named - known if not DATA.match(figure)} <= SELDOM


def test_each_alert_says_what_to_do() -> None:
    """What a receiver shows is a sentence with names, and a page that is there."""
    rules = on(MONITOR, "cat /etc/prometheus/rules/visitors.yml /etc/prometheus/rules/causes.yml")
    runbooks = set(re.findall(r"runbook: docs/runbooks/(\S+)", rules))
    assert runbooks
    assert runbooks <= set(on(MONITOR, "ls /usr/share/hostler/runbooks").split())
    assert BALANCERS

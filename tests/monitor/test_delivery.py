"""How alerts are delivered: the configuration that is made of an inventory, as Alertmanager itself takes it."""

import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.receivers import KINDS, SECRETS, delivery
from tests.monitor.promtool import ALERTS
from tests.monitor.told import Inbox, Web, alertmanager, listening
from tests.shared.rendered import render
from tests.shared.tools import tool

SMTP = {"host": "smtp.example.org:587", "from": "alerts@example.org", "user": "alerts", "password": "hunter2"}
DEADMAN = "https://hc.example.org/1-2-3"
ALL: list[Json] = [
    {"kind": "email", "to": "ops@example.org"},
    {"kind": "slack", "url": "https://hooks.example.org/hunter2", "severities": ["page"]},
    {"kind": "ntfy", "url": "https://ntfy.example.org/hunter2", "token": "hunter2", "severities": ["page"]},
    {"kind": "telegram", "token": "hunter2", "chat": -1001234567890},
    {"kind": "pagerduty", "key": "hunter2", "severities": ["page"]},
    {"kind": "webhook", "url": "https://hook.example.org/hunter2", "severities": ["page", "ticket", "info"]},
]


def made(folder: Path, receivers: list[Json], smtp: Json | None = None, deadman: str = "", runbooks: str = "") -> Path:
    """Return the configuration as the role makes it, but for where secrets and templates lie, which are written too."""
    told = delivery(receivers, smtp or {}, deadman)
    variables = {
        "monitor_smtp": smtp or {},
        "monitor_runbooks": runbooks,
        "__monitor_delivery": told,
        "__monitor_templates": f"{folder}/told.tmpl",
    }
    (folder / "told.tmpl").write_text(render("monitor", "etc/prometheus/alerts.tmpl.j2", **variables), encoding="utf-8")
    for secret in told["secrets"]:
        (folder / Path(secret["path"]).name).write_text(secret["secret"], encoding="utf-8")
    text = render("monitor", "etc/prometheus/alertmanager.yml.j2", **variables)
    config = folder / "alertmanager.yml"
    config.write_text(text.replace(SECRETS, str(folder)), encoding="utf-8")
    return config


def amtool(*arguments: str | Path) -> str:
    """Return what amtool prints; it has to be content."""
    done = subprocess.run([tool("amtool"), *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "receivers", [[], *[[one] for one in ALL], ALL], ids=lambda given: ", ".join(one["kind"] for one in given) or "none"
)
def test_alertmanager_takes_it(receivers: list[Json], tmp_path: Path) -> None:
    config = made(tmp_path, receivers, SMTP, DEADMAN)
    said = amtool("check-config", config)
    assert f"{len(receivers) + 2} receivers" in said
    assert "1 templates" in said


def test_alertmanager_refuses_what_is_wrong(tmp_path: Path) -> None:
    """Else a test that it takes it would say nothing."""
    config = made(tmp_path, ALL, SMTP)
    config.write_text(config.read_text().replace("url_file", "url_fil"))
    with pytest.raises(AssertionError, match="field url_fil not found"):
        amtool("check-config", config)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("severity=page", "1-email,2-slack,3-ntfy,4-telegram,5-pagerduty,6-webhook"),
        ("severity=ticket", "1-email,4-telegram,6-webhook"),
        ("severity=info", "6-webhook"),
        ("severity=none alertname=Watchdog", "deadman"),
    ],
)
def test_who_is_told_goes_by_severity(labels: str, told: str, tmp_path: Path) -> None:
    config = made(tmp_path, ALL, SMTP, DEADMAN)
    assert amtool("config", "routes", "test", f"--config.file={config}", *labels.split()).strip() == told


@pytest.mark.parametrize("labels", ["severity=page", "severity=info", "severity=none alertname=Watchdog"])
def test_without_receivers_alerts_are_told_to_nobody(labels: str, tmp_path: Path) -> None:
    assert amtool("config", "routes", "test", f"--config.file={made(tmp_path, [])}", *labels.split()).strip() == "nobody"


def test_no_secret_is_in_the_configuration(tmp_path: Path) -> None:
    """Everybody who is on the monitor may read that; secrets have files that Alertmanager alone reads."""
    text = made(tmp_path, ALL, SMTP, DEADMAN).read_text()
    assert "hunter2" not in text
    assert DEADMAN not in text
    assert text.count("_file: ") == len(delivery(ALL, SMTP, DEADMAN)["secrets"]) == 8


def test_every_kind_is_tried_here() -> None:
    assert [one["kind"] for one in ALL] == list(KINDS)


def test_every_alert_that_is_passed_over_or_covers_another_is_one_of_ours(tmp_path: Path) -> None:
    """A misspelt name would be found when two messages come for one thing."""
    config = yaml.safe_load(made(tmp_path, []).read_text())
    matchers = [one for rule in config["inhibit_rules"] for side in ("source_matchers", "target_matchers") for one in rule[side]]
    named = {name for one in matchers if one.startswith("alertname") for name in one.split('"')[1].split("|")}
    assert len(named) > 10
    assert named - {rule["alert"] for rule in ALERTS} == set()


def alert(name: str, severity: str = "page", **labels: str) -> dict[str, Any]:
    """Return an alert as Prometheus sends it."""
    notes = {"summary": f"{name} of {labels.get('host', labels.get('app'))}", "action": "look", "runbook": f"docs/runbooks/{name}.md"}
    return {"labels": {"alertname": name, "severity": severity, **labels}, "annotations": notes}


def until(found: Callable[[], Any]) -> Any:
    """Return what was found as soon as it is there."""
    for _ in range(300):
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError("it did not come")


def at_once(config: Path) -> Path:
    """Have a configuration wait for nothing."""
    config.write_text(config.read_text().replace("group_wait: 30s", "group_wait: 1s").replace("group_interval: 5m", "group_interval: 1s"))
    return config


def test_an_alert_comes_as_mail_with_what_to_do_and_its_end_too(tmp_path: Path) -> None:
    inbox = Inbox()
    with listening(inbox) as port:
        smtp = {"host": f"127.0.0.1:{port}", "from": "alerts@example.org", "tls": False}
        config = at_once(made(tmp_path, ALL[:1], smtp, runbooks="https://git.example.org/hostler/blob/main"))
        with alertmanager(config) as one:
            down = alert("HostDown", "ticket", host="web1")
            one.post(down)
            [(subject, text)] = until(lambda: inbox.mails)
            assert subject == "HostDown of web1"
            link = "https://git.example.org/hostler/blob/main/docs/runbooks/HostDown.md"
            assert text.strip().splitlines() == ["HostDown of web1", "To do: look", f"Read on: {link}"]
            one.post({**down, "endsAt": "2001-01-01T00:00:00Z", "startsAt": "2000-01-01T00:00:00Z"})
            subject, text = until(lambda: inbox.mails[1:])[0]
            assert (subject, text.strip()) == ("Over: HostDown of web1", "Over: HostDown of web1")


def test_what_follows_from_another_alert_is_not_told_beside_it(tmp_path: Path) -> None:
    """And what does not, is; each once, for all hosts of an app together."""
    web = Web()
    with listening(web) as port:
        told = [{"kind": "webhook", "url": f"http://127.0.0.1:{port}/told", "token": "hunter2", "severities": ["page", "ticket"]}]
        with alertmanager(at_once(made(tmp_path, told, deadman=f"http://127.0.0.1:{port}/deadman"))) as one:
            one.post(
                alert("HostDown", "ticket", host="web1"),
                alert("SlotDown", "ticket", host="web1", app="hello", slot="green"),
                alert("ExporterDown", "ticket", host="web1", job="node"),
                alert("SlotDown", "ticket", host="web2", app="ledger", slot="blue"),
                alert("SlotDown", "ticket", host="web3", app="ledger", slot="blue"),
                alert("BalancerDown", host="balancer1"),
                alert("HostDown", "ticket", host="balancer1"),
                alert("PeersSilent", "ticket", host="balancer2"),
                alert("DatabaseDown", host="db1"),
                alert("HostDown", "ticket", host="db1"),
                alert("UnitFailed", "ticket", host="db1", unit="hostler-heartbeat.service"),
                alert("DrillFailed", "ticket", host="backup1"),
                alert("DrillOld", "ticket", host="backup1"),
                alert("NoHealthyHost", app="shop", slot="green"),
                alert("ErrorBudgetBurns", app="shop", pace="fast"),
                alert("AppUnreachable", app="shop"),
                alert("ErrorBudgetBurns", app="hello", pace="fast"),
                alert("ErrorBudgetBurns", app="hello", pace="steady"),
                alert("RebootDue", "info", host="web4"),
                alert("Watchdog", "none"),
            )
            until(lambda: len(web.at("/told")) >= 7 and web.at("/deadman"))
            time.sleep(2)
        names = sorted(
            (one["labels"]["alertname"], one["labels"].get("host", one["labels"].get("app")))
            for post in web.at("/told")
            for one in post["alerts"]
        )
        assert names == [
            ("BalancerDown", "balancer1"),
            ("DatabaseDown", "db1"),
            ("DrillFailed", "backup1"),
            ("ErrorBudgetBurns", "hello"),
            ("HostDown", "web1"),
            ("NoHealthyHost", "shop"),
            ("SlotDown", "web2"),
            ("SlotDown", "web3"),
        ]
        assert len(web.at("/told")) == 7
        assert {authorization for path, authorization, _ in web.posts if path == "/told"} == {"Bearer hunter2"}
        assert {one["labels"]["alertname"] for post in web.at("/deadman") for one in post["alerts"]} == {"Watchdog"}


def test_of_a_database_that_is_down_the_better_one_of_two_messages_comes(tmp_path: Path) -> None:
    """Of one whose host is down: that it is the data; and where one follows, what has that take over."""
    told: list[tuple[str, str]] = []
    for alerts in (
        [alert("DatabaseDown", host="db1"), alert("NoPrimary", host="db2"), alert("HostDown", "ticket", host="web1")],
        [alert("DatabaseDown", "ticket", host="db2"), alert("HostDown", "ticket", host="db2")],
    ):
        web = Web()
        with listening(web) as port:
            receivers = [{"kind": "webhook", "url": f"http://127.0.0.1:{port}/told", "severities": ["page", "ticket"]}]
            with alertmanager(at_once(made(tmp_path, receivers))) as one:
                one.post(*alerts)
                until(partial(web.at, "/told"))
                time.sleep(2)
        told += sorted((one["labels"]["alertname"], one["labels"]["host"]) for post in web.at("/told") for one in post["alerts"])
    assert told == [("HostDown", "web1"), ("NoPrimary", "db2"), ("DatabaseDown", "db2")]


def test_chats_get_the_same_words(tmp_path: Path) -> None:
    """Slack as a message with a title; ntfy is told in its URL how to read what Alertmanager posts."""
    web = Web()
    with listening(web) as port:
        told = [
            {"kind": "slack", "url": f"http://127.0.0.1:{port}/slack"},
            {"kind": "ntfy", "url": f"http://127.0.0.1:{port}/topic?priority=high"},
        ]
        with alertmanager(at_once(made(tmp_path, told))) as one:
            one.post(alert("NoHealthyHost", app="shop"))
            until(lambda: len(web.posts) == 2)
    [slack] = web.at("/slack")
    [said] = slack["attachments"]
    assert said["title"] == said["fallback"] == "NoHealthyHost of shop"
    assert said["text"].splitlines()[:2] == ["NoHealthyHost of shop", "To do: look"]
    [path] = [path for path, _, _ in web.posts if path.startswith("/topic")]
    assert path.startswith("/topic?priority=high&tpl=1&t=%7B%7B%20if%20eq%20.status")
    assert "m=%7B%7B%20range%20.alerts%20%7D%7D" in path

"""The rules as files: what Prometheus takes, what they are made from, and that each alert has its page."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.monitor.promtool import ALERTS, FILES, FOLDER, objectives, rules
from tests.shared.samples import ROOT
from tests.shared.tools import tool

RUNBOOKS = ROOT / "docs/runbooks"
# What the hosts' facts, the reader of log lines, HAProxy and other exporters tell, as far as rules go by it
TOLD = {
    *{f"hostler_{name}" for name in ("facts_timestamp_seconds", "facts_failed", "map_differs", "reboot_due", "unit_failed", "drift_files")},
    *{f"hostler_{name}" for name in ("slot_live", "slot_release_info", "maintenance", "lock_since_timestamp_seconds")},
    *{f"hostler_database_{name}" for name in ("up", "connections", "connections_allowed", "oldest_transaction_seconds", "primary")},
    *{f"hostler_replication_{name}" for name in ("streams", "lag_seconds", "unmade")},
    *{f"hostler_{name}" for name in ("wal_waiting_files", "wal_archived_timestamp_seconds", "drill_failed", "backups", "backups_damaged")},
    *{f"hostler_{name}_timestamp_seconds" for name in ("backup", "backup_first", "drill_success")},
    *{f"hostler_{name}" for name in ("journal_unsent_seconds", "identity_ends_timestamp_seconds")},
    *{f"hostler_{name}" for name in ("certificate_ends_timestamp_seconds", "certificate_failing_since_timestamp_seconds")},
    *{f"hostler_{name}" for name in ("peers_heard_timestamp_seconds", "slot_up", "slot_restarts_total", "slot_oom_kills_total")},
    *{f"hostler_{name}" for name in ("requests_total", "request_duration_seconds_bucket", "request_lines_total")},
    *{f"haproxy_{name}" for name in ("server_status", "server_current_sessions", "server_limit_sessions", "backend_http_requests_total")},
    *{f"node_{name}" for name in ("time_seconds", "cpu_seconds_total", "memory_MemAvailable_bytes", "memory_MemTotal_bytes")},
    *{f"node_filesystem_{name}" for name in ("avail_bytes", "size_bytes", "files", "files_free", "readonly")},
    *{"up", "probe_success", "prometheus_config_last_reload_successful", "prometheus_rule_evaluation_failures_total"},
    *{"alertmanager_config_last_reload_successful", "alertmanager_notifications_failed_total"},
}
KNOWN = re.compile(r"(?<![\w:])(?:up|(?:hostler|haproxy|node|probe|prometheus|alertmanager)_\w+)(?![\w:])")
RECORDED = re.compile(r"\b\w+:\w+:\w+\b")


@pytest.mark.parametrize("debian", [12, 13])
def test_prometheus_takes_them_without_a_word(debian: int, tmp_path: Path) -> None:
    """Of both Debians; the monitor has the newer one."""
    own = tmp_path / "objectives.yml"
    own.write_text(objectives(), encoding="utf-8")
    command: list[str | Path] = [tool("promtool", debian), "check", "rules", "--lint=all", "--lint-fatal", own, *FILES]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("SUCCESS") == len(FILES) + 1 == 4


def test_rules_go_by_what_is_told_or_recorded() -> None:
    """A name that nobody tells makes an alert that is silent for ever."""
    recorded = {rule["record"] for rule in rules() if "record" in rule} | set(RECORDED.findall(objectives()))
    text = "\n".join(re.sub(r'"[^"]*"', "", rule["expr"]) for rule in rules())
    assert set(KNOWN.findall(text)) - {"node"} == TOLD
    assert set(RECORDED.findall(text)) - recorded == set()


def test_the_head_of_what_is_recorded_names_all_of_it() -> None:
    """It is what the fleet's page and an operator's own queries go by."""
    head, _, rest = (FOLDER / "recorded.yml").read_text(encoding="utf-8").partition("\ngroups:")
    names = re.findall(r"record: (\S+)", rest)
    assert len(names) > 20
    assert [name for name in names if name.rpartition(":")[2] not in head or name.partition(":")[0] not in head] == []
    # Of some the head has the end alone, beside another one
    whole = {
        found
        for found in RECORDED.findall(head)
        if not found.startswith("app:hostler_error_budget") and not found.startswith("app:hostler_slow:")
    }
    assert whole - set(names) == set()


@pytest.mark.parametrize(
    ("said", "budget", "seconds"),
    [
        ({}, 0.001, 1),
        ({"monitor_available": 99.5, "monitor_slow_seconds": 0.25}, 0.005, 0.25),
        ({"monitor_objectives": {"hello": {"available": "95"}}}, 0.05, 1),
        ({"monitor_objectives": {"hello": {"slow_seconds": 3}, "shop": {"available": 50}}}, 0.001, 3),
    ],
)
def test_what_is_good_enough_is_said_for_each_app(said: dict[str, object], budget: float, seconds: float) -> None:
    [group] = yaml.safe_load(objectives(**said))["groups"]
    assert {rule["labels"]["app"] for rule in group["rules"]} == {"hello"}
    found = {rule["record"]: float(rule["expr"].removeprefix("vector(").removesuffix(")")) for rule in group["rules"]}
    assert found == {"app:hostler_error_budget:ratio": budget, "app:hostler_slow:seconds": seconds}


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_page_says_what_it_means_where_to_look_what_to_do_and_when_to_stop(path: Path) -> None:
    """Who reads it has just been woken: each page has the same four parts, a command to begin with, and the severity of the rule."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^#+ .*", text, re.MULTILINE) == [
        f"# {path.stem}",
        "## What it means",
        "## Look here first",
        "## Do this",
        "## When to stop",
    ]
    assert re.search(r"## Look here first\n[^#]*(\n    \S|`)", text)
    said = re.search(r"^Severity: (.*)\. \[", text, re.MULTILINE)
    assert said
    assert {rule["labels"]["severity"] for rule in ALERTS if rule["alert"] == path.stem} == set(
        re.findall(r"\b(page|ticket|info|none)\b", said[1])
    )


@pytest.mark.parametrize("path", [ROOT / "docs/alerts.md", *sorted(RUNBOOKS.glob("*.md"))], ids=lambda path: path.stem)
def test_a_link_leads_somewhere(path: Path) -> None:
    """In a file that is there, to a heading that is."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        other = (path.parent / name).resolve() if name else path
        assert other.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)", other.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings], target


def test_the_table_has_every_alert() -> None:
    text = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\) \| ([^|]+) \|", text, re.MULTILINE)
    assert all(name == page for name, page, _ in rows)
    told = {(name, severity) for name, _, severities in rows for severity in re.findall(r"\w+", severities)}
    assert told == {(rule["alert"], rule["labels"]["severity"]) for rule in ALERTS}

"""What promtool makes of a fleet: which alerts fire, by the rules that a monitor has."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.monitor.fleet import APP, Fleet, named
from tests.shared.rendered import render
from tests.shared.samples import ROOT, app
from tests.shared.tools import tool

FOLDER = ROOT / "roles/monitor/files/etc/prometheus/rules"
FILES = sorted(FOLDER.glob("*.yml"))


def rules() -> list[dict[str, Any]]:
    """Return all rules that lie in files."""
    return [rule for path in FILES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


ALERTS = [rule for rule in rules() if "alert" in rule]


@dataclass(frozen=True)
class Alert:
    """An alert that is to fire: its name, the labels that tell it from others of that name, and what it says."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    def rule(self) -> dict[str, Any]:
        """Return the rule that it comes from."""
        [found] = [
            rule
            for rule in ALERTS
            if rule["alert"] == self.name
            and all(self.labels.get(name, value) == value for name, value in rule["labels"].items() if name in ("severity", "pace"))
        ]
        return found

    def whole(self) -> dict[str, str]:
        """Return all its labels: those of its rule too, filled in."""
        return {**self.labels, **{name: self.filled(value) for name, value in self.rule()["labels"].items()}}

    def filled(self, text: str) -> str:
        """Return a text of a rule with the labels in their places."""
        return re.sub(r"{{ \$labels\.(\w+) }}", lambda found: self.labels[found[1]], text)

    def sample(self) -> dict[str, Any]:
        """Return the series that Prometheus has of it while it fires."""
        return {"labels": named("ALERTS", alertname=self.name, alertstate="firing", **self.whole()), "value": 1}

    def expected(self) -> dict[str, Any]:
        """Return it as promtool compares it."""
        notes = self.rule()["annotations"]
        said = {"summary": self.summary, "action": self.filled(notes["action"]), "runbook": notes["runbook"]}
        return {"exp_labels": self.whole(), "exp_annotations": said}


WATCHDOG = Alert("Watchdog")


def objectives(**variables: Any) -> str:
    """Return the rules that the role makes of what is good enough."""
    return render("monitor", "etc/prometheus/rules/objectives.yml.j2", fleet={"apps": [app(name=APP)]}, **variables)


class Watched:
    """A fleet that is watched by the rules."""

    def __init__(self, fleet: Fleet, folder: Path, every: int = 15) -> None:
        """Have rules be worked out so often, in seconds."""
        self.fleet, self.folder, self.every = fleet, folder, every

    def fires(self, *alerts: Alert, at: float, quiet: float | None = None) -> None:
        """Hold that these alerts fire at that minute, and say what they are to say, and in a fleet that is whole, no other; and at the
        minute `quiet` none of them.
        """
        said: dict[str, list[Any]] = {}
        for alert in alerts:
            said.setdefault(alert.name, []).append(alert.expected() if alert.summary else None)
        texts = [
            {"eval_time": f"{at * 60:.0f}s", "alertname": name, "exp_alerts": expected}
            for name, expected in said.items()
            if None not in expected
        ]
        silent = [] if quiet is None else [self._silent(alert.name, quiet) for alert in alerts]
        self._run([self._now(alerts, at), *silent], texts)

    def silent(self, minutes: Iterable[float], alert: str = "") -> None:
        """Hold that none fires at these minutes; or that this one does not."""
        self._run([self._silent(alert, at) if alert else self._now((), at) for at in minutes])

    def values(self, query: str, expected: Mapping[float, list[tuple[str, float]]]) -> None:
        """Hold what a query gives at some minutes: series, with their values."""
        samples = {at: [{"labels": series, "value": value} for series, value in found] for at, found in expected.items()}
        self._run([{"expr": query, "eval_time": f"{at * 60:.0f}s", "exp_samples": found} for at, found in samples.items()])

    def all_values(self, at: float, expected: Iterable[tuple[str, list[tuple[str, float]]]]) -> None:
        """Hold what queries give at that minute."""
        samples = [(query, [{"labels": series, "value": value} for series, value in found]) for query, found in expected]
        self._run([{"expr": query, "eval_time": f"{at * 60:.0f}s", "exp_samples": found} for query, found in samples])

    def _silent(self, alert: str, at: float) -> dict[str, Any]:
        return {"expr": f'ALERTS{{alertstate="firing",alertname="{alert}"}}', "eval_time": f"{at * 60:.0f}s", "exp_samples": []}

    def _now(self, alerts: Iterable[Alert], at: float) -> dict[str, Any]:
        names = sorted({alert.name for alert in alerts})
        of = f',alertname=~"{"|".join(names)}"' if self.fleet.bare else ""
        samples = [alert.sample() for alert in (*alerts, *(() if self.fleet.bare else (WATCHDOG,)))]
        return {"expr": f'ALERTS{{alertstate="firing"{of}}}', "eval_time": f"{at * 60:.0f}s", "exp_samples": samples}

    def _run(self, queries: list[Any], alerts: list[Any] | None = None) -> None:
        (self.folder / "objectives.yml").write_text(objectives(), encoding="utf-8")
        test = {
            "rule_files": [*map(str, FILES), "objectives.yml"],
            # As Prometheus goes on within one file in its order, and from file to file whenever it comes to it
            "group_eval_order": ["objectives", "state", "requests", "hosts"],
            "evaluation_interval": f"{self.every}s",
            "tests": [
                {
                    "interval": f"{self.fleet.step}s",
                    "input_series": [{"series": name, "values": one.text()} for name, one in self.fleet.series.items()],
                    "promql_expr_test": queries,
                    "alert_rule_test": alerts or [],
                }
            ],
        }
        path = self.folder / "test.yml"
        path.write_text(json.dumps(test), encoding="utf-8")
        # With more memory before each of its collections it takes a fifth less
        spacious = {**os.environ, "GOGC": "400"}
        done = subprocess.run([tool("promtool"), "test", "rules", path], check=False, capture_output=True, text=True, env=spacious)
        assert done.returncode == 0, done.stdout + done.stderr

"""A cluster that uses what an upgrade has replaced, or that does not answer after one."""

import time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import postgres
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.modules import refresh_cluster
from tests.shared.samples import run_module

UNIT = "postgresql@17-main.service"


class Host:
    """A host with a cluster: whether that runs, and in how many questions it answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stale: bool = False, runs: bool = True, silent: int = 0) -> None:
        """Have the module meet it."""
        self.commands: list[tuple[str, ...]] = []
        self.runs, self.silent, self.now = runs, silent, 0.0
        monkeypatch.setattr(refresh_cluster, "newest", lambda: Cluster("17"))
        monkeypatch.setattr(refresh_cluster, "stale", lambda units: units if stale else [])
        monkeypatch.setattr(refresh_cluster, "must", self.must)
        monkeypatch.setattr(refresh_cluster, "run", lambda *command: CompletedProcess(command, 0, "FATAL: no space left\n"))
        for module in (refresh_cluster, postgres):
            monkeypatch.setattr(module, "running", lambda _: self.runs)
        monkeypatch.setattr(postgres, "ask", self.ask)
        monkeypatch.setattr(time, "sleep", self.sleep)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def must(self, *command: str) -> None:
        self.commands.append(command)
        self.runs = True

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def ask(self, _: str) -> str:
        self.silent -= 1
        if self.silent >= 0:
            raise Failed("PostgreSQL refused: the database system is starting up")
        return "1"


@pytest.mark.parametrize(
    ("host", "done"),
    [({}, []), ({"stale": True}, ["restart"]), ({"runs": False}, ["start"]), ({"silent": 3}, [])],
    ids=["it is well", "it uses what was replaced", "it does not run", "it takes its time"],
)
def test_it_is_seen_to_answer_and_restarted_only_where_that_is_due(
    host: dict[str, Any], done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Host(monkeypatch, **host)
    result = run_module(refresh_cluster, monkeypatch, seconds=10)
    assert (result["changed"], result["stale"]) == (bool(done), [UNIT] * ("stale" in host))
    assert found.commands == [("systemctl", verb, UNIT) for verb in done]
    assert found.silent < 0


@pytest.mark.parametrize("host", [{"silent": 99}, {"runs": False}], ids=["it does not answer", "it does not run"])
def test_where_it_stays_silent_the_run_says_so_with_what_the_journal_has(host: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    found = Host(monkeypatch, **host)
    monkeypatch.setattr(refresh_cluster, "must", lambda *_: None)
    result = run_module(refresh_cluster, monkeypatch, seconds=10)
    assert result["failed"]
    assert result["msg"].startswith("PostgreSQL does not answer, and apps are without their data: ")
    assert "FATAL: no space left" in result["msg"]
    assert found.now < 15


def test_one_that_cannot_be_restarted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Host(monkeypatch, stale=True)

    def must(*command: str) -> None:
        raise Failed(f"'{' '.join(command)}' failed: Job failed")

    monkeypatch.setattr(refresh_cluster, "must", must)
    assert f"'systemctl restart {UNIT}' failed: Job failed" in run_module(refresh_cluster, monkeypatch)["msg"]


def test_who_only_looks_waits_for_nothing_and_touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Host(monkeypatch, stale=True, silent=99)
    result = run_module(refresh_cluster, monkeypatch, check=True)
    assert (result["changed"], result["stale"], found.commands) == (True, [UNIT], [])


def test_a_host_without_a_cluster_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh_cluster, "newest", lambda: None)
    assert run_module(refresh_cluster, monkeypatch) == {"failed": False, "changed": False, "stale": [], "follows": False}


@pytest.mark.parametrize("runs", [True, False])
def test_one_that_has_yet_to_get_its_data_is_not_started(runs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would come up empty, and as one that apps write to. Where it runs, it has them."""
    found = Host(monkeypatch, runs=runs, stale=True)
    for module in (refresh_cluster, postgres):
        monkeypatch.setattr(module, "FOLLOWING", tmp_path / "following")
    (tmp_path / "following").touch()
    result = run_module(refresh_cluster, monkeypatch)
    assert (result["failed"], result["follows"], found.commands) == (False, True, [("systemctl", "restart", UNIT)] * runs)


@pytest.mark.parametrize("follows", [True, False])
def test_whether_it_follows_is_told(follows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    Host(monkeypatch)
    monkeypatch.setattr(Cluster, "follows", follows)
    assert run_module(refresh_cluster, monkeypatch)["follows"] is follows

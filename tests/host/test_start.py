"""``start_slot``: a slot runs a release, with its secrets, or what it ran before."""

import subprocess
import time
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import journal, layout, secrets, systemd
from ansible_collections.hostler.fleet.plugins.module_utils.host import start as host_start
from ansible_collections.hostler.fleet.plugins.module_utils.host.health import Health
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.shared.generations import NEW, OLD, ONE, TWO, give
from tests.shared.served import Server


class TestStart:
    """Starting a release."""

    @pytest.mark.parametrize(("given", "stops"), [("a", True), ("b", False)])
    def test_a_slot_that_has_another_release_by_now_is_not_stopped(
        self, app: App, given: str, stops: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[str] = []

        def run(*command: str, **_: object) -> subprocess.CompletedProcess[str]:
            done.append(command[1])
            if command[1] == "restart":
                layout.link(app.slot("green"), f"../releases/{given}")  # as the next run does while this one still waits
            return subprocess.CompletedProcess(command, 0, "", "")

        for module in (systemd, journal):
            monkeypatch.setattr(module, "run", run)
        with Server((503, "a")) as server, pytest.raises(Failed, match="answered 503"):
            host_start.start(app, "green", "a", server.health(), 0, live=False)
        assert ("stop" in done) is stops

    @pytest.mark.parametrize(
        ("result", "ago", "said"),
        [("exit-code", 5, ""), ("timeout", 30, " in time"), ("timeout", 5, " in time; start_seconds is 30 now, less in the unit: run")],
    )
    def test_a_start_that_the_unit_gives_less_time_than_the_inventory_is_told(
        self, result: str, ago: int, said: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As by deploy.yml after a change of start_seconds; an app that ends at once is another matter."""
        monkeypatch.setattr(host_start, "show", lambda units, *_: {unit: {"Result": result} for unit in units})
        assert host_start.ended_early("hello@blue.service", time.time() - ago, 30).partition(" site.yml")[0] == said


class TestSecrets:
    """Whether a slot has those of its release."""

    def test_a_release_without_its_secrets_is_not_started(self, home: Path) -> None:
        give(home, "a", OLD, ONE)
        (home / "secrets" / OLD).unlink()
        with pytest.raises(Failed, match="the secrets of the release a are no longer on this host"):
            host_start.start(App("hello"), "blue", "a", Health(1, "/", "localhost"), 1, live=False)

    @pytest.mark.parametrize(("held", "said"), [(OLD, ""), ("", "it did not get its secrets; "), (NEW, "it did not get its secrets; ")])
    def test_a_slot_whose_process_did_not_get_them_is_not_well(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, held: str, said: str
    ) -> None:
        """As where the unit is of before there were any: the app may be healthy all the same."""
        give(home, "a", OLD, ONE)
        monkeypatch.setattr(host_start, "show", lambda units, *_: {unit: {"MainPID": "70"} for unit in units})
        monkeypatch.setattr(secrets, "held", {70: held}.get)
        assert host_start.lacks_secrets(App("hello"), "blue", "a").partition("the unit")[0] == said
        assert host_start.lacks_secrets(App("hello"), "blue", "b") == ""
        monkeypatch.setattr(Health, "wrong", lambda *_: "")
        health = Health(1, "/", "localhost")
        assert host_start.well(App("hello"), "blue", "a", "own", health) is not bool(said)
        assert not host_start.well(App("hello"), "blue", "a", NEW, health)

    def test_it_gets_others_where_that_is_said(self, home: Path) -> None:
        give(home, "a", OLD, ONE)
        secrets.write(home, TWO, NEW)
        for generation, found in (("own", ONE), (NEW, TWO), ("", {})):
            host_start.secrets_of(App("hello"), "a", generation)
            assert secrets.values(home / "releases/a") == found

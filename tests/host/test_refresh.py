"""Slots and workers that use what an upgrade has replaced."""

import os
from pathlib import Path
from types import ModuleType

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import refresh as host_refresh
from ansible_collections.hostler.fleet.plugins.module_utils.host import systemd
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.modules import refresh_slots
from tests.shared.samples import app, run_module, write

OURS = "7f01-7f02 r-xp 0 08:01 77   /srv/hello/venvs/a/lib/x.so (deleted)\n7f02-7f03 rw-s 0 00:01 9   /memfd:x (deleted)\n"
FRESH = "7f00-7f01 r-xp 0 08:01 77   /usr/lib/x86_64-linux-gnu/libssl.so.3\n7f03-7f04 rw-p 0 00:00 0 \n"
OLD = "7f00-7f01 r-xp 0 08:01 77                  /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)\n"


class TestStale:
    """``refresh_slots``: what uses a library that is no longer on disk."""

    @pytest.mark.parametrize(
        ("main", "worker", "stale"),
        [(FRESH, OURS, []), (OLD, FRESH, ["hello@blue.service"]), (FRESH, OLD, ["hello@blue.service"])],
        ids=["none", "its master", "a worker"],
    )
    def test_a_slot_is_stale_if_one_of_its_processes_uses_it(
        self, main: str, worker: str, stale: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tmp_path, {"70/maps": main, "71/maps": worker, "70/task/70/children": "71 "})
        for module in (systemd, host_refresh):
            monkeypatch.setattr(module, "PROC", tmp_path)
        shown = {"hello@blue.service": {"MainPID": "70"}, "hello@green.service": {"MainPID": "0"}}
        monkeypatch.setattr(host_refresh, "show", lambda *_: shown)
        assert host_refresh.stale(["hello@blue.service", "hello@green.service"]) == stale

    def test_a_process_that_is_gone_uses_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (systemd, host_refresh):
            monkeypatch.setattr(module, "PROC", tmp_path)
        assert (systemd.children(70), host_refresh.replaced(70)) == ([], False)

    def test_this_very_process_uses_what_is_there(self) -> None:
        assert not host_refresh.replaced(os.getpid())

    @pytest.mark.parametrize(
        ("restart", "stale", "check", "restarts"),
        [(False, [], False, 0), (True, [], False, 1), (False, ["hello@blue.service"], False, 1), (True, [], True, 0)],
    )
    def test_slots_are_restarted_where_it_is_due_and_those_that_matter_waited_for(
        self, restart: bool, stale: list[str], check: bool, restarts: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commands: list[tuple[str, ...]] = []
        waited: list[str] = []
        module: ModuleType = refresh_slots
        monkeypatch.setattr(App, "in_slot", lambda _, slot: {"blue": "aaaaaaaaaaaa"}.get(slot, ""))
        monkeypatch.setattr(module, "workers", lambda app: [f"{app.name}.mail.service"])
        monkeypatch.setattr(module, "stale", lambda units: stale)
        monkeypatch.setattr(module, "run", lambda *command, **_: commands.append(command))
        monkeypatch.setattr(module, "wait", lambda given, app, slot, entries, began: waited.append(f"{app.name}_{slot}"))
        given = {"apps": [app().json()], "entries": {}, "backends": ["hello_blue"], "restart": restart}
        result = run_module(module, monkeypatch, check, **given)
        assert (result["changed"], result["stale"]) == (restart or bool(stale), stale)
        assert commands == [("systemctl", "try-restart", "hello@blue.service", "hello.mail.service")] * restarts
        assert waited == ([] if check else ["hello_blue"])

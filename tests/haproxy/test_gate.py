"""``gate_slot``: this balancer sees the release up."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.gate import missing
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Runtime
from ansible_collections.hostler.fleet.plugins.modules import gate_slot
from tests.shared.fakes import STATISTICS, HAProxy
from tests.shared.samples import run_module
from tests.shared.traffic import ENTRIES, stat

NEW = {"hello/green": "aaaaaaaaaaaa", "hello/green/path": "/status"}
Result = dict[str, Any]


class TestGate:
    """``gate_slot``: this balancer sees the release up."""

    @pytest.fixture
    def gate(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module, with these options in place of a gate's own."""

        def gate(check: bool = False, **options: Any) -> Result:
            given = {"entries": NEW, "run": "one", "backend": "hello_green"}
            return run_module(gate_slot, monkeypatch, check, **{**given, "servers": ["web1", "web2"], "seconds": 30, **options})

        return gate

    def test_it_waits_until_all_are_up_twice_in_a_row(self, balancer: HAProxy, gate: Any) -> None:
        asked = [stat(up=False), stat(up=True), stat(up=False), stat(up=True), stat(up=True), "never asked for"]
        balancer.statistics = list(asked)
        result = gate()
        assert (result["failed"], result.get("changed")) == (False, True)
        assert balancer.statistics == asked[-1:]
        assert balancer.entries == slots_map.read(balancer.map) == {**ENTRIES, **NEW}

    def test_what_is_not_up_in_time_is_told(self, balancer: HAProxy, gate: Any) -> None:
        balancer.statistics = [stat(up=False)]
        result = gate(seconds=0, servers=["web1", "web9"])
        assert result["msg"].startswith(
            "This balancer does not see hello_green up after 0 s: web1: DOWN, last check L4CON  Connection refused; "
            "web9: not in HAProxy's configuration. The hosts themselves do, so look at what lies between"
        )

    def test_who_has_lost_the_lock_changes_nothing(self, balancer: HAProxy, gate: Any) -> None:
        assert "lost the fleet's lock" in gate(run="another")["msg"]
        assert (balancer.changes, slots_map.read(balancer.map)) == ([], ENTRIES)

    def test_check_mode_asks_nothing(self, balancer: HAProxy, gate: Any) -> None:
        balancer.end()
        assert gate(check=True) == {"failed": False, "changed": True}

    def test_a_line_that_another_has_just_added_stays(self, balancer: HAProxy, gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who needs no lock of the fleet, as for maintenance, is only kept apart while the file is read and written."""
        held = lock.held

        def late(run: str) -> Any:
            slots_map.write(balancer.map, {**slots_map.read(balancer.map), "hello/maintenance": "on"})
            return held(run)

        monkeypatch.setattr(lock, "held", late)
        balancer.statistics = [stat()]
        gate()
        assert slots_map.read(balancer.map)["hello/maintenance"] == "on"

    def test_only_servers_that_have_to_be_up_are_missed(self, haproxy: HAProxy) -> None:
        haproxy.statistics = [STATISTICS]
        assert missing(Runtime(haproxy.socket), "hello_blue", ["web1", "web6", "web9"]) == {
            "web6": "MAINT, last check L7OK 200",
            "web9": "not in HAProxy's configuration",
        }

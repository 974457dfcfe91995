"""Web hosts out of rotation and back."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, rotation
from ansible_collections.hostler.fleet.plugins.modules import lock_fleet, rotate_hosts, slots_info
from tests.shared.fakes import HAProxy
from tests.shared.samples import run_module

HEAD = "# pxname,svname,status,check_status,check_code,last_chk,scur,qcur,\n"


def stat(**states: str) -> str:
    """Return ``show stat`` with these servers of blue, as ``UP`` or ``MAINT``; a number after it is of open requests."""
    lines = HEAD
    for name, said in states.items():
        state, _, count = said.partition(" ")
        check = "L7OK,200,," if state == "UP" else "L4CON,,refused,"
        lines += f"hello_blue,{name},{state},{check}{count or 0},0,\n"
    return lines + "hello_blue,BACKEND,UP,,,,9,9,\n"


def back(host: str) -> str:
    """Return how a host is put back: never as up before a check has said so."""
    return "; ".join(f"set server hello_blue/{host} {word}" for word in ("state drain", "health down", "state ready"))


class TestRotation:
    """``rotate_hosts``, and what ``lock_fleet`` does of a run that is no more."""

    @pytest.fixture
    def rotate(self, haproxy: HAProxy, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module, on web1, with these options in place of its usual ones."""
        lock.take({"id": "one", "who": "ann@desk", "what": "patch", "since": "now"})
        monkeypatch.setattr(rotation, "PAUSE", 0)

        def rotate(statistics: list[str], check: bool = False, **options: Any) -> dict[str, Any]:
            haproxy.statistics = statistics
            given = {"hosts": ["web1"], "backends": ["hello_blue"], "seconds": 0, "run": "one", **options}
            return run_module(rotate_hosts, monkeypatch, check, **given)

        return rotate

    def test_what_is_open_on_a_host_that_is_taken_out_may_finish(self, haproxy: HAProxy, rotate: Any) -> None:
        result = rotate([stat(web1="UP", web2="UP"), stat(web1="MAINT 2"), stat(web1="MAINT 1"), stat(web1="MAINT")], out=True, seconds=60)
        assert (result["failed"], result["changed"], result["up"], result["open"]) == (False, True, ["hello_blue"], 0)
        assert haproxy.changes == ["set server hello_blue/web1 state maint"]
        assert haproxy.statistics == [stat(web1="MAINT")]

    def test_what_does_not_finish_is_not_waited_for_without_end(self, rotate: Any) -> None:
        assert rotate([stat(web1="UP", web2="UP"), stat(web1="MAINT 1")], out=True)["open"] == 1

    @pytest.mark.parametrize("web2", ["DOWN", "MAINT"])
    def test_the_last_host_that_serves_is_not_taken_out_unless_that_is_said(self, web2: str, haproxy: HAProxy, rotate: Any) -> None:
        result = rotate([stat(web1="UP", web2=web2)], out=True)
        assert result["msg"] == "No other web host is up in hello_blue; web1 stays in rotation."
        assert haproxy.changes == []
        assert not rotate([stat(web1="UP", web2=web2)], out=True, anyway=True)["failed"]
        assert not rotate([stat(web1="UP", web2=web2)], out=True, backends=[])["failed"]  # a standby needs no other

    def test_a_host_is_put_back_and_waited_for(self, haproxy: HAProxy, rotate: Any) -> None:
        result = rotate([stat(web1="MAINT", web2="MAINT"), stat(web1="DOWN"), stat(web1="UP")], out=False, seconds=60)
        assert (result["failed"], result["changed"], result["down"]) == (False, True, {})
        assert haproxy.changes == [back("web1")]

    @pytest.mark.parametrize("optional", [True, False])
    def test_a_host_that_does_not_come_back_is_told(self, optional: bool, rotate: Any) -> None:
        result = rotate([stat(web1="MAINT"), stat(web1="DOWN")], out=False, optional=optional)
        assert (result["failed"], list(result["down"])) == (not optional, ["web1 in hello_blue"])
        assert optional or "web1 in hello_blue: DOWN, last check L4CON" in result["msg"]

    def test_a_host_in_rotation_is_left_as_it_is(self, haproxy: HAProxy, rotate: Any) -> None:
        assert not rotate([stat(web1="UP")], out=False)["changed"]
        assert haproxy.changes == []

    @pytest.mark.parametrize("out", [True, False])
    def test_who_has_lost_the_lock_changes_nothing(self, out: bool, haproxy: HAProxy, rotate: Any) -> None:
        assert "lost the fleet's lock" in rotate([stat(web1="MAINT", web2="UP")], out=out, run="another")["msg"]
        assert haproxy.changes == []

    def test_what_haproxy_refuses_is_told(self, haproxy: HAProxy, rotate: Any) -> None:
        haproxy.refusal = "No such server."
        assert "No such server." in rotate([stat(web1="UP", web2="UP")], out=True)["msg"]

    @pytest.mark.parametrize("state", ["MAINT", "DRAIN"])
    def test_who_takes_the_lock_puts_back_what_a_run_that_is_no_more_left_out(
        self, state: str, haproxy: HAProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        haproxy.statistics = [stat(web1=state, web2="UP"), stat(web1="UP", web2="UP")]
        assert not run_module(slots_info, monkeypatch)["changed"]
        assert not run_module(lock_fleet, monkeypatch, check=True, lock={"id": "two"})["changed"]
        assert haproxy.changes == []
        haproxy.statistics = [stat(web1=state, web2="UP"), stat(web1="UP", web2="UP")]
        assert run_module(lock_fleet, monkeypatch, lock={"id": "two"})["changed"]
        assert haproxy.changes == [back("web1")]

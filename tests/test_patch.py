"""Upgrades of the system: which hosts they are due for, hosts out of rotation and back, and slots that use what was replaced."""

import os
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.module_utils.hostler_balancer import lock, rotation
from ansible.module_utils.hostler_release import host
from ansible.module_utils.hostler_release.host import App

from roles.balancer.library import read_slots, rotate_hosts
from roles.base.library import upgrade_packages
from roles.fleet.action_plugins import check_patch
from roles.release.library import refresh_slots
from tests.haproxy import HAProxy
from tests.samples import action, app, run_module, write

NOTHING = {"packages": [], "reboot": False, "stale": []}
DUE = {"packages": ["libssl3", "tzdata"], "reboot": False, "stale": []}
SEEN = {"hello_blue": {"web1": "", "web2": ""}, "hello_green": {"web1": "DOWN", "web2": "DOWN"}}
HEAD = "# pxname,svname,status,check_status,check_code,last_chk,scur,qcur,\n"


class TestDecision:
    """``check_patch``: who is upgraded, and what is against it."""

    def decide(self, check: bool = False, **changes: Any) -> dict[str, Any]:
        """Return what is decided for two web hosts and two balancers of which all but web1 have nothing due."""
        hosts = ["web1", "web2", "balancer1", "balancer2"]
        known = {"entries": {"hello": "blue", "hello/blue": "a", "shop": "blue"}, "behind": []}
        known |= {"servers": changes.pop("servers", dict.fromkeys(hosts[2:], SEEN)), **changes.pop("known", {})}
        given = {"apps": ["hello", "shop"], "web": hosts[:2], "balancers": hosts[2:], "with_balancers": False, "anyway": False}
        due = {**dict.fromkeys(hosts, NOTHING), **changes.pop("due", {"web1": DUE})}
        return action(check_patch.ActionModule, check, **{**given, "known": known, "due": due, **changes}).run()

    def test_a_host_with_nothing_due_is_left_alone(self) -> None:
        decided = self.decide()
        assert (decided["web"], decided["balancers"], decided["live"]) == (["web1"], [], ["hello_blue"])
        assert decided["lines"][:2] == ["web1: 2 packages (libssl3, tzdata).", "web2: nothing is due."]

    @pytest.mark.parametrize(
        ("due", "line"),
        [
            ({"reboot": True}, "web1: a reboot."),
            ({"packages": ["tzdata"], "reboot": True}, "web1: 1 package (tzdata); a reboot."),
            ({"stale": ["hello@blue.service"]}, "web1: a restart of hello@blue.service, which use what was replaced."),
        ],
    )
    def test_what_an_earlier_upgrade_left_is_due_too(self, due: dict[str, Any], line: str) -> None:
        decided = self.decide(due={"web1": {**NOTHING, **due}})
        assert (decided["web"], decided["lines"][0]) == (["web1"], line)

    @pytest.mark.parametrize(("said", "chosen"), [(True, ["balancer2"]), (False, [])])
    def test_balancers_are_upgraded_only_where_that_is_said(self, said: bool, chosen: list[str]) -> None:
        decided = self.decide(due={"balancer2": DUE}, with_balancers=said)
        assert (decided["web"], decided["balancers"]) == ([], chosen)
        assert any("what is due on balancer2 is left" in line for line in decided["lines"]) is not said

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            (
                {"servers": {"balancer1": SEEN, "balancer2": {"hello_blue": {"web1": "", "web2": "DOWN, last check L4CON"}}}},
                "balancer2 does not see hello_blue up on web2: DOWN, last check L4CON. Hosts are upgraded only while all others serve.",
            ),
            ({"servers": {"balancer1": {"hello_blue": {"web1": ""}}}}, "balancer1 does not see hello_blue up on web2: not in HAProxy's"),
            ({"servers": {"balancer1": SEEN, "balancer2": {}}}, "balancer2: HAProxy does not run; run site.yml."),
            ({"known": {"behind": ["balancer2"]}}, "balancer2 is behind: it lacks lines of the map that others have; run site.yml."),
            ({"web": ["web1"]}, "web1 is the only web host: while it is upgraded, nobody is served. Where that may be, run this with"),
        ],
    )
    def test_a_fleet_that_would_not_serve_is_refused_and_check_mode_says_so(self, changes: dict[str, Any], said: str) -> None:
        with pytest.raises(AnsibleActionFail, match=said):
            self.decide(**changes)
        assert any(line.startswith(said) for line in self.decide(check=True, **changes)["lines"])
        assert self.decide(due={}, **changes)["web"] == []  # nothing is due, and nothing is against that

    def test_an_only_web_host_is_upgraded_where_that_is_said(self) -> None:
        assert self.decide(web=["web1"], anyway=True)["web"] == ["web1"]


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
    """``rotate_hosts``, and what ``read_slots`` does of a run that is no more."""

    @pytest.fixture
    def rotate(self, haproxy: HAProxy, files: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module, on web1, with these options in place of its usual ones."""
        lock.take({"id": "one", "who": "ann@desk", "what": "patch", "since": "now"})
        monkeypatch.setattr(rotation, "PAUSE", 0)

        def rotate(statistics: list[str], check: bool = False, **options: Any) -> dict[str, Any]:
            haproxy.statistics = statistics
            given = {"socket": haproxy.socket, "hosts": ["web1"], "backends": ["hello_blue"], "seconds": 0, "run": "one", **options}
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
        self, state: str, haproxy: HAProxy, files: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        haproxy.statistics = [stat(web1=state, web2="UP"), stat(web1="UP", web2="UP")]
        given: dict[str, Any] = {"map": str(haproxy.map), "socket": haproxy.socket, "config": str(files / "haproxy.cfg")}
        assert not run_module(read_slots, monkeypatch, **given)["changed"]
        haproxy.statistics = [stat(web1=state, web2="UP"), stat(web1="UP", web2="UP")]
        assert run_module(read_slots, monkeypatch, lock={"id": "two"}, **given)["changed"]
        assert haproxy.changes == [back("web1")]


class TestPackages:
    """``upgrade_packages``: what apt-get is asked, and what it says."""

    SAID = """\
Reading package lists...
The following packages have been kept back:
  linux-image-amd64
Inst libssl3 [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64]) []
Inst tzdata [1] (2 Debian:12/stable [all])
Conf libssl3 (3.0.2 Debian-Security:12/stable-security [amd64])
Conf tzdata (2 Debian:12/stable [all])
Conf half-done (1 Debian:12/stable [all])
"""

    @pytest.fixture
    def asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        """Return the commands that are run; apt-get has upgrades."""
        commands: list[list[str]] = []

        def must(command: list[str]) -> str:
            commands.append(command)
            return self.SAID if "--simulate" in command else ""

        monkeypatch.setattr(upgrade_packages, "must", must)
        write(tmp_path, {"STAT": f"cpu 1 2\nbtime {int(time.time()) - 60}\nprocesses 7\n"})
        for name in ("JOURNAL", "REBOOT", "BOOT", "STAT"):
            monkeypatch.setattr(upgrade_packages, name, tmp_path / name)
        return commands

    @pytest.mark.parametrize("check", [True, False])
    def test_what_is_due_is_told_and_upgraded(self, check: bool, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
        result = run_module(upgrade_packages, monkeypatch, check)
        assert (result["changed"], result["packages"], result["reboot"]) == (True, ["half-done", "libssl3", "tzdata"], False)
        assert ["--yes" in command for command in asked] == [False] + [True] * (not check)
        assert all("upgrade" in command for command in asked)  # by which apt-get removes nothing

    def test_what_was_cut_off_is_finished_first(self, asked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, {"JOURNAL/0001": "", "REBOOT": ""})
        assert run_module(upgrade_packages, monkeypatch)["reboot"]
        assert [command[0] for command in asked] == ["apt-get", "dpkg", "apt-get"]

    @pytest.mark.parametrize(("booted", "reboot"), [(-60, True), (60, False)], ids=["before it came", "since"])
    @pytest.mark.usefixtures("asked")
    def test_a_new_kernel_needs_a_reboot(self, booted: int, reboot: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, {"BOOT/vmlinuz-6.12.0-1-amd64": "", "STAT": f"btime {int(time.time()) + booted}\n"})
        os.utime(tmp_path / "BOOT/vmlinuz-6.12.0-1-amd64", (0, 0))
        assert run_module(upgrade_packages, monkeypatch)["reboot"] is reboot

    def test_nothing_is_nothing(self, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(self.__class__, "SAID", "0 upgraded, 0 newly installed, 0 to remove and 1 not upgraded.\n")
        assert not run_module(upgrade_packages, monkeypatch)["changed"]
        assert len(asked) == 1

    def test_what_fails_is_told_with_what_it_said(self) -> None:
        with pytest.raises(upgrade_packages.Failed, match="'ls /no/such/folder' failed:\n.*No such file or directory"):
            upgrade_packages.must(["ls", "/no/such/folder"])


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
        for module in (host, refresh_slots):
            monkeypatch.setattr(module, "PROC", tmp_path)
        shown = {"hello@blue.service": {"MainPID": "70"}, "hello@green.service": {"MainPID": "0"}}
        monkeypatch.setattr(refresh_slots, "show", lambda *_: shown)
        assert refresh_slots.stale(["hello@blue.service", "hello@green.service"]) == stale

    def test_a_process_that_is_gone_uses_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (host, refresh_slots):
            monkeypatch.setattr(module, "PROC", tmp_path)
        assert (host.children(70), refresh_slots.replaced(70)) == ([], False)

    def test_this_very_process_uses_what_is_there(self) -> None:
        assert not refresh_slots.replaced(os.getpid())

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
        given = {"apps": [app()], "entries": {}, "backends": ["hello_blue"], "restart": restart}
        result = run_module(module, monkeypatch, check, **given)
        assert (result["changed"], result["stale"]) == (restart or bool(stale), stale)
        assert commands == [("systemctl", "try-restart", "hello@blue.service", "hello.mail.service")] * restarts
        assert waited == ([] if check else ["hello_blue"])

"""The action ``read_slots``: which run asks a balancer, and what it does about another one that has the lock."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure

from roles.balancer.action_plugins import read_slots
from tests.samples import ROOT, action

ENTRIES = {"hello": "blue"}
MINE = read_slots.mine("deploy")
# As another run says of itself; it is at work on another machine
OTHER = {**MINE, "id": "other", "who": "ann@desk", "what": "rollback", "since": "2026-01-01T00:00:00Z", "machine": "elsewhere"}
SAID = "ann@desk holds the fleet's lock since 2026-01-01T00:00:00Z, for rollback. Wait until that has ended"
ASK = "from roles.balancer.action_plugins.read_slots import mine; print(mine('deploy')['id'])"


class TestIdentity:
    """Who a run is, and whether it is still there."""

    def test_all_workers_of_a_run_are_one_and_those_of_another_are_not(self) -> None:
        worker = [sys.executable, "-c", ASK]
        other = ["sh", "-c", f"{shlex.join(worker)}; true"]  # its shell is their parent, as another ansible-playbook would be
        asked = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for command in (worker, worker, other)]
        one, two, three = (process.communicate(timeout=60)[0] for process in asked)
        assert one == two != three
        assert len(one) == 17

    @pytest.fixture
    def child(self) -> Iterator[subprocess.Popen[str]]:
        """Return a process that runs until it is killed."""
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True) as process:
            yield process
            process.kill()

    def test_a_run_that_was_killed_here_is_gone_and_one_that_lives_is_not(self, child: subprocess.Popen[str]) -> None:
        holder = {**MINE, "pid": str(child.pid), "born": read_slots.born(child.pid)}
        assert not read_slots.gone(holder)
        child.kill()
        child.wait()
        assert read_slots.gone(holder)

    def test_another_process_with_its_number_is_not_it(self) -> None:
        assert read_slots.gone({**MINE, "pid": str(os.getpid()), "born": "1"})

    @pytest.mark.parametrize("machine", ["elsewhere", ""], ids=["another machine", "one that does not tell"])
    def test_what_runs_elsewhere_is_never_gone(self, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(read_slots, "machine", lambda: machine and MINE["machine"])
        assert not read_slots.gone({**MINE, "machine": machine, "pid": "999999999"})

    @pytest.mark.parametrize("part", ["machine", "pid", "born"])
    def test_a_holder_that_does_not_say_where_it_runs_is_never_gone(self, part: str) -> None:
        assert not read_slots.gone({key: value for key, value in MINE.items() if key != part})

    def test_a_process_is_known_whatever_its_name(self, tmp_path: Path) -> None:
        (program := tmp_path / "a ) 1 2").symlink_to("/bin/sleep")
        with subprocess.Popen([program, "600"]) as process:
            began = int(read_slots.born(process.pid))
            process.kill()
        uptime = float(Path("/proc/uptime").read_text().split()[0]) * os.sysconf("SC_CLK_TCK")
        assert int(read_slots.born(os.getpid())) <= began <= uptime + 1


class Asked(read_slots.ActionModule):
    """The action, with a balancer that gives these answers."""

    answers: list[dict[str, Any] | Exception]
    asked: list[tuple[str, str]]

    def _execute_module(self, module_name: str = "", module_args: dict[str, Any] | None = None, **_: Any) -> dict[str, Any]:
        """Note the lock that is to be taken, and from whom; return the next answer."""
        assert module_args
        assert (module_name, module_args["map"]) == ("read_slots", "slots.map")
        assert set(module_args) == {"map", "lock", "over"}
        self.asked.append((module_args["lock"].get("id", ""), module_args["over"]))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def ask(*answers: dict[str, Any] | Exception, check: bool = False, **args: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the action's result, and what the balancer was asked: the id of a lock to take, and from whom."""
    made = action(Asked, check, map="slots.map", **args)
    made.answers, made.asked = list(answers), []
    result = made.run()
    assert made.answers == []
    assert result["run"] == MINE["id"]
    return result, made.asked


def holds(holder: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return what the balancer says while `holder` has the lock."""
    return {"changed": False, "holder": holder, **more}


GONE = {**OTHER, "machine": MINE["machine"], "pid": "999999999"}
KNOWN = holds(MINE, entries=ENTRIES)


class TestTaken:
    """The lock is to be taken."""

    def test_the_first_goes_on_under_its_own_name(self) -> None:
        result, asked = ask(KNOWN, what="deploy")
        assert asked == [(MINE["id"], "")]
        assert (result["entries"], result["by"], result.get("failed")) == (ENTRIES, MINE["who"], None)
        assert result["at"].endswith("Z")

    def test_a_second_is_refused_and_told_who_has_it(self) -> None:
        result, asked = ask(holds(OTHER), what="deploy")
        assert asked == [(MINE["id"], "")]
        assert result["failed"]
        assert result["msg"].startswith(SAID)
        assert "-e break_lock=true" in result["msg"]

    @pytest.mark.parametrize(("holder", "breaks"), [(GONE, False), (OTHER, True)], ids=["killed", "broken"])
    def test_it_is_taken_from_the_very_run_that_was_seen(self, holder: dict[str, str], breaks: bool) -> None:
        result, asked = ask(holds(holder), KNOWN, what="deploy", break_lock=breaks)
        assert asked == [(MINE["id"], ""), (MINE["id"], "other")]
        assert (result["entries"], result.get("failed")) == (ENTRIES, None)

    def test_who_was_faster_is_told(self) -> None:
        result, _ = ask(holds(GONE), holds({**OTHER, "id": "third", "who": "bob@desk"}), what="deploy")
        assert result["failed"]
        assert result["msg"].startswith("bob@desk holds the fleet's lock")

    @pytest.mark.parametrize(("holder", "breaks"), [(GONE, False), (OTHER, True)], ids=["killed", "broken"])
    def test_check_mode_goes_on_where_a_run_would(self, holder: dict[str, str], breaks: bool) -> None:
        """The module takes no lock in check mode, so the holder is still there when it is asked again."""
        result, _ = ask(holds(holder), holds(holder, entries=ENTRIES), what="deploy", break_lock=breaks, check=True)
        assert (result["entries"], result.get("failed")) == (ENTRIES, None)


class TestHeeded:
    """The lock is only looked at."""

    @pytest.mark.parametrize(
        ("args", "holder", "refused"),
        [
            ({"heed": True}, OTHER, True),
            ({"heed": True}, GONE, False),
            ({"heed": True}, MINE, False),
            ({"heed": True}, {}, False),
            ({"heed": True, "break_lock": True}, OTHER, False),
            ({}, OTHER, False),
        ],
        ids=["at work", "killed", "this run", "nobody", "broken", "not heeded"],
    )
    def test_only_a_run_that_is_at_work_is_heeded(self, args: dict[str, bool], holder: dict[str, str], refused: bool) -> None:
        result, asked = ask(holds(holder, entries=ENTRIES), **args)
        assert asked == [("", "")]
        assert result.get("failed", False) is refused
        assert result.get("msg", "").startswith(SAID if refused else "")


def test_what_the_module_refuses_is_told_as_it_is() -> None:
    result, _ = ask({"failed": True, "msg": "HAProxy does not answer"}, what="deploy")
    assert result["msg"] == "HAProxy does not answer"


def test_a_balancer_that_is_lost_fails_and_the_run_still_knows_its_lock() -> None:
    """The lock may be taken though the answer never came; the end of the run gives it back by that id."""
    result, _ = ask(AnsibleConnectionFailure("no route"), what="deploy")
    assert result["failed"]
    assert "unreachable" not in result
    assert "no route" in result["msg"]

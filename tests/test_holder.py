"""Who a run is, and whether it is still there."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import holder as run_holder
from tests.shared.samples import ROOT

MINE = run_holder.mine("deploy")
ASK = "from ansible_collections.hostler.fleet.plugins.module_utils.holder import mine; print(mine('deploy')['id'])"


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
        holder = {**MINE, "pid": str(child.pid), "born": run_holder.born(child.pid)}
        assert not run_holder.gone(holder)
        child.kill()
        child.wait()
        assert run_holder.gone(holder)

    def test_another_process_with_its_number_is_not_it(self) -> None:
        assert run_holder.gone({**MINE, "pid": str(os.getpid()), "born": "1"})

    @pytest.mark.parametrize("machine", ["elsewhere", ""], ids=["another machine", "one that does not tell"])
    def test_what_runs_elsewhere_is_never_gone(self, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(run_holder, "machine", lambda: machine and MINE["machine"])
        assert not run_holder.gone({**MINE, "machine": machine, "pid": "999999999"})

    @pytest.mark.parametrize("part", ["machine", "pid", "born"])
    def test_a_holder_that_does_not_say_where_it_runs_is_never_gone(self, part: str) -> None:
        assert not run_holder.gone({key: value for key, value in MINE.items() if key != part})

    def test_a_process_is_known_whatever_its_name(self, tmp_path: Path) -> None:
        (program := tmp_path / "a ) 1 2").symlink_to("/bin/sleep")
        with subprocess.Popen([program, "600"]) as process:
            began = int(run_holder.born(process.pid))
            process.kill()
        uptime = float(Path("/proc/uptime").read_text().split()[0]) * os.sysconf("SC_CLK_TCK")
        assert int(run_holder.born(os.getpid())) <= began <= uptime + 1


class TestOther:
    """Who else has the lock, by what a balancer says."""

    OTHER = {"id": "other", "who": "ann@desk"}  # noqa: RUF012 no test changes it

    def test_it_is_told(self) -> None:
        assert run_holder.other({"holder": self.OTHER}, "mine") == self.OTHER

    @pytest.mark.parametrize("result", [{}, {"holder": {}}, {"holder": None}, {"holder": OTHER}])
    def test_nobody_and_who_is_known_are_none(self, result: dict[str, dict[str, str]]) -> None:
        assert run_holder.other(result, "mine", "other") == {}

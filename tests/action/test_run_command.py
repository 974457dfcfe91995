"""A command that is tried again where a lock of the database was not to be had, and only then."""

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.hostler.fleet.plugins.action import run_command
from tests.shared.samples import action

Result = dict[str, Any]
WELL: Result = {"failed": False, "changed": True, "stdout": "", "code": 0}
LACKED: Result = {"failed": True, "msg": "no lock", "lacked_lock": True}
OTHER: Result = {"failed": True, "msg": "no table", "lacked_lock": False}
LOST = AnsibleConnectionFailure("no route to host")
ARGS: Result = {"name": "hello", "slot": "blue", "command": "flask db upgrade", "seconds": 100}


class Host:
    """A web host that answers as it is told, each answer after some seconds; it notes what it is asked, and for how long it is waited."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Result | Exception, takes: float = 0) -> None:
        """Take its answers; an exception is raised."""
        self.answers, self.now, self.takes = list(answers), 0.0, takes
        self.asked: list[tuple[int, int]] = []
        self.pauses: list[float] = []
        monkeypatch.setattr(run_command, "time", SimpleNamespace(monotonic=lambda: self.now, sleep=self.sleep))
        monkeypatch.setattr(run_command.ActionModule, "_execute_module", self.execute)

    def sleep(self, seconds: float) -> None:
        """Let time go by."""
        self.pauses.append(seconds)
        self.now += seconds

    def execute(self, _: str, args: Result, **__: object) -> Result:
        """Answer."""
        self.asked.append((args["seconds"], args.get("tried", 0)))
        self.now += self.takes
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, check: bool = False, **more: Any) -> Result:
        """Run a release command."""
        return dict(action(run_command.ActionModule, check, **{**ARGS, "lock_seconds": 1, **more}).run())


def test_one_that_goes_well_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, WELL)
    assert host.run() == {**WELL, "commanded": "hello"}
    assert (host.asked, host.pauses) == ([(100, 0)], [])


def test_for_a_lock_it_is_tried_again_and_each_time_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All tries together have the time of one."""
    host = Host(monkeypatch, LACKED, LACKED, WELL, takes=2)
    assert host.run() == {**WELL, "said": "after 3 tries", "commanded": "hello"}
    assert (host.asked, host.pauses) == ([(100, 0), (97, 1), (93, 2)], [1, 2])
    told = capsys.readouterr().out.splitlines()
    assert told == [f"hello: the release command did not get a lock of the database; try {n} begins in {s} s" for n, s in ((2, 1), (3, 2))]


def test_the_fifth_failure_is_final(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, *[LACKED] * 9)
    assert host.run() == {**LACKED, "commanded": "hello"}
    assert ([tried for _, tried in host.asked], host.pauses) == ([0, 1, 2, 3, 4], [1, 2, 4, 8])


@pytest.mark.parametrize("before", [[], [LACKED]], ids=["at once", "after a lock"])
def test_another_failure_is_final_at_once(monkeypatch: pytest.MonkeyPatch, before: list[Result]) -> None:
    host = Host(monkeypatch, *before, OTHER, WELL)
    assert host.run() == {**OTHER, "commanded": "hello"}
    assert len(host.asked) == len(before) + 1


def test_where_the_time_is_over_it_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, *[LACKED] * 9, takes=60)
    assert host.run()["failed"]
    assert host.asked == [(100, 0), (39, 1)]


def test_a_command_without_that_limit_is_run_once_as_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one of an operator's, or one that asks what is live."""
    host = Host(monkeypatch, LACKED)
    assert dict(action(run_command.ActionModule, **ARGS).run()) == LACKED
    assert host.asked == [(100, 0)]


def test_a_host_that_is_lost_may_have_begun_it(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, LACKED, LOST)
    assert host.run() == {"failed": True, "msg": "The host cannot be reached: no route to host", "commanded": "hello"}


def test_check_mode_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "commanded" not in Host(monkeypatch, WELL).run(check=True)

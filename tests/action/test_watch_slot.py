"""The watch of several balancers: a little at a time, so that none goes on alone once another has gone back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.hostler.fleet.plugins.action import watch_slot
from tests.shared.samples import action

Result = dict[str, Any]
WELL: Result = {"failed": False, "count": {}}
WORSE: Result = {"failed": True, "worse": True}


class Balancer:
    """A balancer that answers as it is told; the last answer stays. It notes what it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Result, alone: bool = False) -> None:
        """Take its answers; an exception is raised."""
        self.monkeypatch, self.answers, self.alone = monkeypatch, list(answers), alone
        self.asked: list[tuple[int, int, bool]] = []

    def watch(self, seconds: int, meanwhile: Callable[[], object] = lambda: None, backend: str = "hello_green") -> Result:
        """Watch for so long; do something each time that it is asked."""

        def execute(_: object, __: str, args: Result, **___: object) -> Result:
            self.asked.append((args["after"], args["seconds"], args["last"]))
            meanwhile()
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

        self.monkeypatch.setattr(watch_slot.ActionModule, "_execute_module", execute)
        args: Result = {"backend": backend, "run": "one", "seconds": seconds, "alone": self.alone}
        return dict(action(watch_slot.ActionModule, **args).run())


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the run a folder of its own."""
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))


@pytest.mark.parametrize(
    ("seconds", "alone", "asked"),
    [
        (5, False, [(0, 2, False), (2, 2, False), (4, 1, True)]),
        (5, True, [(0, 5, True)]),
        (0, False, [(0, 0, True)]),
    ],
    ids=["several", "the only one", "not at all"],
)
def test_it_is_asked_a_little_at_a_time(monkeypatch: pytest.MonkeyPatch, seconds: int, alone: bool, asked: list[Any]) -> None:
    balancer = Balancer(monkeypatch, WELL, alone=alone)
    assert balancer.watch(seconds) == WELL
    assert balancer.asked == asked


def test_who_finds_fault_ends_the_watch_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Balancer(monkeypatch, WELL, WORSE), Balancer(monkeypatch, WELL)
    assert one.watch(60) == WORSE
    assert len(one.asked) == 2
    assert other.watch(60) == {"failed": True, "msg": "Another balancer found it worse than what was live."}
    assert len(other.asked) == 1


def test_what_was_found_of_another_app_is_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    Balancer(monkeypatch, WORSE).watch(5)
    assert Balancer(monkeypatch, WELL).watch(5, backend="shop_green") == WELL


def test_a_balancer_that_is_lost_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose() -> None:
        raise AnsibleConnectionFailure("no route to host")

    assert Balancer(monkeypatch, WELL).watch(5, lose) == {"failed": True, "msg": "The host cannot be reached: no route to host"}

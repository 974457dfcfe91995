"""A cluster that is started and waited for; one that ends says why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import recovery
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import Cluster
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed

OURS = Cluster("15")


class Unit:
    """What systemd says of a unit, one state after the other, and all that it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have it be one that was tried nine times before it was stopped, as its gate did not let it start."""
        self.tries, self.states, self.told = 9, ["activating"], list[str]()
        monkeypatch.setattr(recovery, "POLL", 0)
        for name, instead in (("run", self.run), ("must", self.run), ("show", self.show)):
            monkeypatch.setattr(recovery, name, instead)

    def run(self, *command: str) -> str:
        if command[0] == "journalctl":
            return "PANIC:  no checkpoint\n"
        self.told.append(command[1])
        if command[1] == "reset-failed":
            self.tries = 0
        return ""

    def show(self, names: list[str], *_: str) -> dict[str, dict[str, str]]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "again":
            self.tries += 1
        queued = "7" if state == "queued" else ""
        active = {"again": "activating", "queued": "inactive"}.get(state, state)
        return {names[0]: {"NRestarts": str(self.tries), "ActiveState": active, "Job": queued}}

    def start(self, tries: int) -> None:
        """Start it; it is there when it is asked that many times."""
        asked = iter(range(tries))
        recovery.start(OURS, lambda: next(asked, None) is None, "It is not there")


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch) -> Unit:
    return Unit(monkeypatch)


def test_tries_of_before_are_no_failure(unit: Unit) -> None:
    unit.states = ["queued", "activating", "activating", "active"]
    unit.start(5)
    assert unit.told == ["reset-failed", "start"]


def test_who_cannot_tell_yet_is_asked_again(unit: Unit) -> None:
    answers: Iterator[Failed | bool] = iter([Failed("no answer"), False, True])

    def there() -> bool:
        answer = next(answers)
        if isinstance(answer, Failed):
            raise answer
        return answer

    recovery.start(OURS, there, "It is not there")
    assert next(answers, None) is None


@pytest.mark.parametrize("state", ["failed", "inactive", "again"])
def test_one_that_ends_says_why(state: str, unit: Unit) -> None:
    unit.states = ["activating", state]
    with pytest.raises(Failed, match="PANIC:  no checkpoint"):
        unit.start(9)
    assert unit.told == ["reset-failed", "start"]


def test_one_that_does_not_come_is_given_up(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "SECONDS", 0.01)
    with pytest.raises(Failed, match=r"^It is not there within 0.01 s$"):
        unit.start(10**9)

"""The action ``lock_fleet``: what a run does about another one that has the lock."""

from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.hostler.fleet.plugins.action import lock_fleet
from ansible_collections.hostler.fleet.plugins.module_utils import holder as run_holder
from tests.shared.samples import action

ENTRIES = {"hello": "blue"}
MINE = run_holder.mine("deploy")
# As another run says of itself; it is at work on another machine
OTHER = {**MINE, "id": "other", "who": "ann@desk", "what": "rollback", "since": "2026-01-01T00:00:00Z", "machine": "elsewhere"}
SAID = "ann@desk holds the fleet's lock since 2026-01-01T00:00:00Z, for rollback. Wait until that has ended"


class Asked(lock_fleet.ActionModule):
    """The action, with a balancer that gives these answers."""

    answers: list[dict[str, Any] | Exception]
    asked: list[tuple[str, str]]

    def _execute_module(self, module_name: str = "", module_args: dict[str, Any] | None = None, **_: Any) -> dict[str, Any]:
        """Note the lock that is to be taken, and from whom; return the next answer."""
        assert module_args is not None
        assert module_name == self._task.action
        assert set(module_args) in ({"lock", "over"}, set())  # what asks without a lock has no such options
        self.asked.append((module_args.get("lock", {}).get("id", ""), module_args.get("over", "")))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def ask(*answers: dict[str, Any] | Exception, check: bool = False, **args: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the action's result, and what the balancer was asked: the id of a lock to take, and from whom."""
    made = action(Asked, check, **args)
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

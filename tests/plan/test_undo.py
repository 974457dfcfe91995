"""What is put back after a step has failed, and what is said of one that went well."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.model import Step
from ansible_collections.hostler.fleet.plugins.module_utils.plan.undo import ended, turns, undo, why
from tests.shared.planned import WEB, WORKERS, Fleet

AT = "2026-01-01T00:00:00Z"
LOST = {"failed": True, "msg": "The host cannot be reached: no route to host"}
WORSE = {"failed": True, "msg": "hello_blue is worse than what was live: so.", "worse": True, "counted": {"requests": 9, "failed": 4}}


def step_of(*live: str, **changes: Any) -> Step:
    """Return the step of a deploy of c on a fleet with two balancers."""
    return Fleet(*live, balancers=2, **changes).step("deploy", "c")


def switched(step: Step, *balancers: str) -> dict[str, Any]:
    """Return what the switch of these balancers returned, and nothing of the others."""
    said = {balancer: {"entries": step.options["switch"]["entries"]} for balancer in balancers}
    return {"balancer1": {}, "balancer2": {}, **said}


def restored(step: Step, *balancers: str) -> dict[str, Any]:
    """Return what putting back returned of these balancers; the others were switched, and then there is no word from them."""
    said = {balancer: {"entries": step.options["restore"]["entries"]} for balancer in balancers}
    return {**switched(step, "balancer1", "balancer2"), **said}


class TestWho:
    """Who puts back what."""

    def test_once_all_balancers_are_back_slots_and_units_are_put_back(self) -> None:
        step = step_of("a", "b", workers=WORKERS)
        found = undo(step, {"web1": LOST}, restored(step, "balancer1", "balancer2"), AT)
        assert found.on == {"restart": WEB, "follow": WEB}
        assert found.msg == "hello: the release c is not up on the whole fleet; the reason is above. The fleet serves b as before."

    @pytest.mark.parametrize("back", [[], ["balancer1"]], ids=["no word at all", "of one"])
    @pytest.mark.parametrize("was", ["switched", "nothing"])
    def test_while_a_balancer_may_send_visitors_to_a_slot_it_is_left_alone(self, back: list[str], was: str) -> None:
        step = step_of("a", "b", workers=WORKERS)
        said = restored(step, *back)
        lost = [balancer for balancer in said if balancer not in back]
        for balancer in lost if was == "nothing" else []:
            said[balancer] = {}
        found = undo(step, {"balancer2": LOST}, said, AT)
        assert found.on == {"restart": [], "follow": []}
        assert found.msg.endswith(f"Slots were left as they are, for there is no word from {', '.join(lost)}.")
        assert "serves" not in found.msg

    @pytest.mark.parametrize("stands", [{"hello": "green"}, {"hello": "green", "hello/turn": "3"}])
    def test_a_balancer_that_could_not_write_but_is_on_what_was_live_is_back(self, stands: dict[str, str]) -> None:
        """As with a full disk: it has answered, and visitors get what was live."""
        step = step_of("a", "b", workers=WORKERS)
        full = {"failed": True, "msg": "[Errno 28] No space left on device: '/etc/haproxy/slots.map'", "stands": stands}
        found = undo(step, {"balancer2": full}, {**restored(step, "balancer1"), "balancer2": full}, AT)
        assert found.on == {"restart": WEB, "follow": WEB}
        assert " The fleet serves b as before. The map's file of balancer2 could not be changed and is of before; " in found.msg

    @pytest.mark.parametrize("stands", [{"hello": "blue"}, {"hello/turn": "3"}, {}], ids=["switched", "in one place alone", "unknown"])
    def test_one_that_could_not_go_back_is_not_said_to_be_silent(self, stands: dict[str, str]) -> None:
        step = step_of("a", "b")
        said = {"balancer1": LOST, "balancer2": {"failed": True, "msg": "", "stands": stands}}
        found = undo(step, {}, said, AT)
        assert found.on["restart"] == []
        assert found.msg.endswith("there is no word from balancer1, and balancer2 did not go back to what was live.")
        assert "serves" not in found.msg

    def test_a_failed_change_without_lines_is_no_word(self) -> None:
        step = step_of("a", "b")
        said = {**restored(step, "balancer1"), "balancer2": LOST}
        assert undo(step, {}, said, AT).on["restart"] == []

    def test_in_place_nothing_is_restarted(self) -> None:
        fleet = Fleet("a", "b", balancers=2, workers=WORKERS)
        fleet.up["green"] = {"web1"}
        step = fleet.step("deploy", "b")
        assert undo(step, {"web2": LOST}, restored(step, "balancer1", "balancer2"), AT).on == {"restart": [], "follow": []}

    def test_after_a_switch_alone_slots_run_what_they_did(self) -> None:
        step = Fleet("a", "b", balancers=2).step("rollback")
        assert undo(step, {"balancer2": LOST}, restored(step, "balancer1", "balancer2"), AT).on == {"restart": [], "follow": []}

    def test_after_a_rollback_jobs_and_workers_are_not_touched(self) -> None:
        fleet = Fleet("a", "b", balancers=2, workers=WORKERS)
        fleet.up["blue"].clear()
        step = fleet.step("rollback")
        assert undo(step, {"web2": LOST}, restored(step, "balancer1", "balancer2"), AT).on == {"restart": WEB, "follow": []}

    def test_of_the_first_release_there_was_nothing_before(self) -> None:
        step = step_of()
        assert undo(step, {"web2": LOST}, restored(step, "balancer1", "balancer2"), AT).msg.endswith("Nothing was live before.")

    def test_turns_are_those_that_were_confirmed_last(self) -> None:
        step = step_of("a", "b")
        assert turns(step, {**restored(step, "balancer1"), "balancer3": {}}) == {"balancer1": 4, "balancer2": 3, "balancer3": 0}
        assert turns(step, {"balancer1": {"entries": None}}) == {"balancer1": 0}


class TestDatabase:
    """What is said of the database where a release command was begun."""

    RAN: dict[str, Any] = {"failed": False, "commanded": "hello"}  # noqa: RUF012 no test changes it
    UNFIT: dict[str, Any] = {"failed": True, "msg": "hello: the release b, which is live, does not bear", "borne": False}  # noqa: RUF012

    @staticmethod
    def said(failed: dict[str, Any], *ran: dict[str, Any], live: tuple[str, ...] = ("a", "b")) -> str:
        """Return what is said after the sentence that tells what is served."""
        step = step_of(*live)
        commanded = dict(zip(WEB, [*ran, {"skipped": True}], strict=False))
        msg = undo(step, {"web1": failed}, restored(step, "balancer1", "balancer2"), AT, commanded).msg
        return msg.rpartition("before.")[2].strip()

    @pytest.mark.parametrize("ran", [[], [{**RAN, "commanded": "shop"}]], ids=["before it", "of another app"])
    def test_nothing_where_it_was_not_begun(self, ran: list[dict[str, Any]]) -> None:
        assert self.said(LOST, *ran) == ""

    def test_one_that_failed_may_have_changed_it(self) -> None:
        assert self.said(LOST, {**LOST, "commanded": "hello"}) == (
            "The release command failed, and may have changed the database: what it did there stays, for nothing here takes that back. "
            "Put right what failed and deploy again, which runs the command again. b has to bear it until then. See docs/migrations.md."
        )

    def test_of_several_hosts_one_is_enough(self) -> None:
        assert "may have changed" in self.said(LOST, self.RAN, {**self.RAN, "failed": True})

    @pytest.mark.parametrize("failed", [WORSE, LOST], ids=["a canary or a watch", "a host lost later"])
    def test_what_fails_later_leaves_what_it_did(self, failed: dict[str, Any]) -> None:
        said = self.said(failed, self.RAN)
        assert said.startswith("The release command has run: what it did to the database stays")
        assert "does not bear" not in said

    def test_that_the_live_release_does_not_bear_it_is_said_with_both_ways_on(self) -> None:
        said = self.said(self.UNFIT, self.RAN)
        assert "The release command has run: what it did to the database stays, " in said
        assert (
            "b does not bear it, and visitors may get errors now: have the schema suit b again (playbooks/run.yml), or deploy once more"
            in said
        )
        assert "to go on to c" in said

    def test_of_the_first_release_nobody_has_to_bear_it(self) -> None:
        said = self.said(LOST, {**LOST, "commanded": "hello"}, live=())
        assert "may have changed the database" in said
        assert "has to bear" not in said


class TestEvents:
    """What the history has of it."""

    def test_what_failed_before_any_switch_is_one_event(self) -> None:
        step = step_of("a", "b")
        [failed] = undo(step, {"web1": LOST, "web2": {}}, switched(step), AT).events
        assert failed == {**step.event, "event": "failed", "at": AT, "turn": 4, "why": LOST["msg"]}

    @pytest.mark.parametrize("balancers", [["balancer1"], ["balancer1", "balancer2"]])
    def test_what_any_balancer_was_switched_to_is_gone_back_from(self, balancers: list[str]) -> None:
        step = step_of("a", "b")
        back, failed = undo(step, {"balancer2": LOST}, switched(step, *balancers), AT).events
        expected = {"event": "switched", "verb": "switch back", "release": "b", "from": "c", "at": AT, "turn": 4, "slot": "green"}
        assert back.items() >= expected.items()
        assert failed["event"] == "failed"

    @pytest.mark.parametrize(("result", "bad"), [(WORSE, "c"), (LOST, ""), ({}, "")], ids=["worse", "lost", "nothing said"])
    def test_only_a_release_that_was_found_worse_is_bad(self, result: dict[str, Any], bad: str) -> None:
        """One whose deploy lost a host may be deployed again as it is."""
        step = step_of("a", "b")
        failed = {"balancer1": result, "balancer2": {"failed": True, "msg": "Another balancer found it worse than what was live."}}
        back = undo(step, failed, switched(step, "balancer1", "balancer2"), AT).events[0]
        assert back["bad"] == bad

    def test_the_reason_is_the_first_line_of_the_first_that_says_one(self) -> None:
        failed: dict[str, Any] = {"web1": {}, "web2": {"msg": ""}, "web3": {"msg": "it does not import:\nTraceback"}, "web4": LOST}
        assert why(failed) == "it does not import:"
        assert why({"web1": {}}) == ""


class TestHook:
    """What the hook after is told."""

    def test_of_a_failure_it_is_told_why(self) -> None:
        step = step_of("a", "b", hooks={"after": "tell"})
        hook = undo(step, {"web1": LOST}, switched(step), AT).hook
        assert (hook["command"], hook["folder"]) == ("tell", "/etc/hostler")
        assert hook["facts"] == {**step.facts, "result": "failed", "why": LOST["msg"]}

    def test_of_a_watch_it_is_told_the_counts_of_who_found_fault(self) -> None:
        step = step_of("a", "b", hooks={"after": "tell"})
        other = {**WORSE, "counted": {"requests": 1, "failed": 1}}
        facts = undo(step, {"balancer1": WORSE, "balancer2": other}, switched(step, "balancer1", "balancer2"), AT).hook["facts"]
        assert (facts["requests"], facts["failed"]) == (10, 5)

    def test_of_a_good_end_it_is_told_the_counts_of_all(self) -> None:
        step = step_of("a", "b", hooks={"after": "tell"})
        watched = {"balancer1": {"count": {"requests": 5, "failed": 1}}, "balancer2": {"count": {"requests": 7, "failed": 0}}}
        hook = ended(step, watched)[1]
        assert hook["facts"] == {**step.facts, "result": "live", "requests": 12, "failed": 1}
        assert hook["command"] == "tell"


class TestEnded:
    """What is said of a step that went well."""

    def test_it_says_what_is_live_and_what_visitors_had_of_it(self) -> None:
        watched: dict[str, Any] = {"balancer1": {"count": {"requests": 5, "failed": 1}, "down": []}, "balancer2": {"count": {}}}
        assert ended(step_of("a", "b"), watched)[0] == "hello: c is live in blue; 1 of 5 requests failed since the switch."

    def test_a_host_that_is_not_up_in_the_end_is_named_once(self) -> None:
        watched = {name: {"count": {"requests": 0, "failed": 0}, "down": ["web2"]} for name in ("balancer1", "balancer2")}
        assert ended(step_of("a", "b"), watched)[0].endswith("Not up in it: web2; see playbooks/status.yml.")

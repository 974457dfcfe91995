"""What is printed of the fleet and of its past, for people or as JSON."""

import json
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.hostler.fleet.plugins.action import check_slots, report_history, report_status
from ansible_collections.hostler.fleet.plugins.module_utils.holder import mine
from ansible_collections.hostler.fleet.plugins.module_utils.report.story import story
from tests.shared.judged import Fleet, balancer, event
from tests.shared.samples import action, app


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is printed."""
    said: list[str] = []
    monkeypatch.setattr(Display, "display", lambda _, text, *__, **___: said.append(text))
    return said


def report(fleet: Fleet, kind: str = "table") -> dict[str, Any]:
    """Have the fleet's state reported."""
    apps = [app(domains=["hello.example.org"]).json()]
    known = action(check_slots.ActionModule, apps=apps, balancers=fleet.balancers, tell=True).run()
    args: dict[str, Any] = {"apps": apps, "pages": [], "balancers": fleet.balancers, "web": fleet.web, "beside": fleet.beside}
    args |= {"databases": fleet.databases, "drift": {}, "pending": {}, "format": kind}
    args["compared"] = [fleet.compared, fleet.firewalls]
    return action(report_status.ActionModule, known=known, **args).run()


class TestStatus:
    """``report_status``."""

    def test_for_people_there_are_tables(self, printed: list[str]) -> None:
        report(Fleet())
        [text] = printed
        assert "is live in green since" in text
        assert text.startswith("\n")
        assert [line.split()[:2] for line in text.splitlines() if line.startswith("host ")] == [["host", "app"]] * 2

    def test_for_machines_there_is_one_line_of_json(self, printed: list[str]) -> None:
        report(Fleet(), "json")
        [text] = printed
        assert "\n" not in text
        assert json.loads(text)["problems"] == []

    def test_a_run_that_was_killed_here_is_at_work_no_more(self, printed: list[str]) -> None:
        """Its lock stays, and what it has left is a problem; of one on another machine nobody knows."""
        fleet = Fleet()
        for servers in fleet.balancers["balancer2"]["servers"].values():
            servers.update(web1="MAINT")
        holder = {**mine("patch"), "pid": "1", "born": "0"}
        for said in fleet.balancers.values():
            said["holder"] = {**holder, "machine": "another"}
        report(fleet)
        assert "PROBLEM" not in printed[0]
        for said in fleet.balancers.values():
            said["holder"] = holder
        with pytest.raises(AnsibleActionFail, match="one problem"):
            report(fleet, "json")
        told = json.loads(printed[1])
        assert told["problems"][0].startswith("balancer2: web1 is out of rotation")
        assert told["locks"] == [{key: holder[key] for key in ("who", "what", "since")}]

    def test_problems_are_told_and_fail(self, printed: list[str]) -> None:
        fleet = Fleet()
        fleet.web["web2"] = {"msg": "gone"}
        with pytest.raises(AnsibleActionFail, match="The fleet is not as it should be: one problem was told above."):
            report(fleet)
        assert "PROBLEM: web2: gone" in printed[0]
        fleet.web["web1"] = {"msg": "gone"}
        with pytest.raises(AnsibleActionFail, match="2 problems were told above"):
            report(fleet, "json")
        assert len(json.loads(printed[1])["problems"]) == 2

    def test_a_balancer_that_is_away_is_no_part_of_what_is_agreed_on(self, printed: list[str]) -> None:
        fleet = Fleet()
        fleet.balancers["balancer1"] = {"msg": "gone"}
        with pytest.raises(AnsibleActionFail):
            report(fleet, "json")
        assert json.loads(printed[0])["problems"] == ["balancer1: gone"]

    @pytest.mark.usefixtures("printed")
    def test_another_format_is_refused(self) -> None:
        with pytest.raises(AnsibleActionFail, match="format: 'xml' is none; use -e format=table or -e format=json."):
            report(Fleet(), "xml")

    def test_the_report_is_json_and_has_what_the_manual_says(self, printed: list[str]) -> None:
        fleet = Fleet()
        fleet.data()
        report(fleet, "json")
        judged = fleet.judged().json()
        assert {**json.loads(printed[0]), "at": ""} == {**judged, "at": ""}
        manual = report_status.ActionModule.__doc__ or ""
        parts = [
            judged,
            judged["apps"]["hello"],
            *judged["hosts"].values(),
            *judged["databases"].values(),
            *judged["slots"],
            *judged["units"],
        ]
        assert [key for part in parts for key in part if key not in manual] == []


class TestHistory:
    """``report_history``."""

    def test_what_all_balancers_recorded_is_told(self, printed: list[str]) -> None:
        events = [[event("r1", "switched")], [event("r1", "switched"), event("r2", "switched")]]
        balancers = {f"balancer{number}": {**balancer(), "history": of_one} for number, of_one in enumerate(events)}
        action(report_history.ActionModule, balancers=balancers, app="", count="20", format="json").run()
        assert [one["run"] for one in json.loads(printed[0])["entries"]] == ["r1", "r2"]

    def test_the_manual_has_every_key(self) -> None:
        [one] = story([event("r1", "switched")])
        assert [key for key in one if key not in (report_history.ActionModule.__doc__ or "")] == []

"""What a web host tells of itself."""

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import jobs, layout, systemd, units
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.module_utils.observe import web as observe
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import render
from ansible_collections.hostler.fleet.plugins.module_utils.observe.web import Web
from tests.observe.told import told
from tests.shared.rendered import MAIL, REPORT, TEXTS, units_of
from tests.shared.samples import app, write

BLUE = {"ActiveState": "active", "MainPID": "7", "MemoryCurrent": "1000", "MemoryMax": "5000", "NRestarts": "2", "ControlGroup": "/blue"}
GREEN = {
    "ActiveState": "inactive",
    "MainPID": "0",
    "MemoryCurrent": "[not set]",
    "MemoryMax": "infinity",
    "NRestarts": "0",
    "ControlGroup": "",
}
ENDED = "Sat 2026-11-28 02:00:00 UTC"
SECOND = 1795831200


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """Return what systemd says of each unit of a web host with one app, whose blue slot runs."""
    files = {"hello@.service": TEXTS.slots(app()), "foreign@.service": "[Service]\n"}
    work = {Path(place).name: text for place, text in units_of("a", jobs=(REPORT,), workers=(MAIL,)).items()}
    system = write(tmp_path / "system", {**files, **work})
    for module in (layout, units):
        monkeypatch.setattr(module, "SYSTEM", system)
    monkeypatch.setattr(App, "home", property(lambda own: tmp_path / "srv" / own.name))
    monkeypatch.setattr(units.installed, "__defaults__", (system,))
    monkeypatch.setattr(systemd, "PROC", write(tmp_path / "proc", {"7/task/7/children": "8 9 10 "}))
    monkeypatch.setattr(systemd, "CGROUPS", write(tmp_path / "cgroup", {"blue/memory.events": "oom_kill 4\n"}))
    (tmp_path / "srv/hello/slots").mkdir(parents=True)
    layout.link(App("hello").slot("blue"), "../releases/a")
    said = {
        "hello@blue.service": BLUE,
        "hello@green.service": GREEN,
        "hello.report.service": {"ActiveState": "inactive", "Result": "success", "ExecMainExitTimestamp": ""},
    }
    monkeypatch.setattr(observe, "show", lambda names, *_: {name: said[name] for name in names})
    state = {"ActiveState": "active", "Result": "success", "ExecMainStartTimestamp": ""}
    monkeypatch.setattr(jobs, "show", lambda names, *_: dict.fromkeys(names, state))
    return said


def test_each_slot_is_told_and_of_one_that_does_not_run_little(host: Any) -> None:
    blue, green = ('app="hello",slot="blue",host="web1"', 'app="hello",slot="green",host="web1"')
    assert told(Web("web1", "").of_slots()) == {
        f"hostler_slot_up{{{blue}}}": 1,
        f'hostler_slot_release_info{{{blue},release="a"}}': 1,
        f"hostler_slot_memory_bytes{{{blue}}}": 1000,
        f"hostler_slot_memory_limit_bytes{{{blue}}}": 5000,
        f"hostler_slot_restarts_total{{{blue}}}": 2,
        f"hostler_slot_oom_kills_total{{{blue}}}": 4,
        f"hostler_slot_workers{{{blue}}}": 3,
        f"hostler_slot_up{{{green}}}": 0,
        f'hostler_slot_state_info{{{green},active="inactive"}}': 1,
        f"hostler_slot_restarts_total{{{green}}}": 0,
    }


def test_a_host_without_apps_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SYSTEM", tmp_path)
    monkeypatch.setattr(systemd, "must", lambda *_: pytest.fail("without a name systemd tells of all that is loaded"))
    web = Web("web1", "")
    assert told(web.of_slots()) == told(web.of_jobs()) == told(web.of_work()) == {}


def test_jobs_and_workers_are_told_as_each_slot_s_release_has_them(host: Any, tmp_path: Path) -> None:
    """The blue slot's release has another worker in place of the one that is here; the green slot has none."""
    laid_out = units_of("a", jobs=(REPORT,), workers=(MAIL,))
    assert "once/hello.report.timer" in laid_out
    moved = {f"units/{place.replace('mail', 'post')}": text for place, text in laid_out.items()}
    write(App("hello").release("a"), moved)
    assert {re.sub(r".*host=\"web1\",|}$", "", line) for line in told(Web("web1", "").of_work())} == {
        'kind="worker",unit="mail",wanted="false",once="false",release="a",changed="false",active="active",result="success"',
        'kind="worker",unit="post",wanted="true",once="false",release="",changed="false",active="active",result="success"',
        'kind="job",unit="report",wanted="true",once="true",release="a",changed="false",active="active",result="success"',
    }
    layout.link(App("hello").slot("green"), "../releases/b")
    assert {line.count('wanted="false"') for line in told(Web("web1", "").of_work()) if 'slot="green"' in line} == {1}


class TestJobs:
    """When jobs last ended well."""

    NAME = 'hostler_job_last_success_timestamp_seconds{app="hello",job="report",host="web1"}'

    def test_one_that_never_ran_is_not_told(self, host: Any) -> None:
        assert told(Web("web1", "").of_jobs()) == {}

    def test_one_that_ended_well_is_told_until_it_does_so_again(self, host: dict[str, dict[str, str]]) -> None:
        web, job = Web("web1", ""), host["hello.report.service"]
        job["ExecMainExitTimestamp"] = ENDED
        assert told(web.of_jobs()) == {self.NAME: SECOND}
        job |= {"Result": "exit-code", "ActiveState": "failed", "ExecMainExitTimestamp": ENDED.replace("02:00", "03:00")}
        assert told(web.of_jobs()) == {self.NAME: SECOND}
        job |= {"Result": "success", "ActiveState": "activating"}
        assert told(web.of_jobs()) == {self.NAME: SECOND}
        job |= {"ActiveState": "inactive", "ExecMainExitTimestamp": ENDED.replace("02:00", "04:00")}
        assert told(web.of_jobs()) == {self.NAME: SECOND + 7200}

    def test_what_was_told_before_a_restart_is_known_after_it(self, host: dict[str, dict[str, str]]) -> None:
        """systemd knows of the last run alone, and after a reboot of none."""
        host["hello.report.service"]["ExecMainExitTimestamp"] = ENDED
        former = render(Web("web1", "").of_jobs())
        host["hello.report.service"]["ExecMainExitTimestamp"] = ""
        assert told(Web("web1", former).of_jobs()) == {self.NAME: SECOND}
        assert told(Web("web1", re.sub(r"\d+$", "x", former)).of_jobs()) == {}

    def test_one_that_the_host_has_no_more_is_not_told(self, host: Any, tmp_path: Path) -> None:
        host["hello.report.service"]["ExecMainExitTimestamp"] = ENDED
        web = Web("web1", "")
        assert told(web.of_jobs()) != {}
        (tmp_path / "system/hello.report.timer").unlink()
        assert told(web.of_jobs()) == {}

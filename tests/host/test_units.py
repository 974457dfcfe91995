"""Jobs and workers: the texts of their units, and what systemd says of them."""

import configparser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils.host import facts as host_facts
from ansible_collections.hostler.fleet.plugins.module_utils.host import layout, units
from ansible_collections.hostler.fleet.plugins.module_utils.host import remove as host_remove
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import MARK, App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.shared.rendered import MAIL, REPORT, TEXTS, units_of
from tests.shared.samples import app, write

OLD, NEW = "1f0c3a5e7b9d", "aaaaaaaaaaaa"


def parsed(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=["="], strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return parser


class TestText:
    """The units' texts."""

    def test_a_worker_runs_its_release_again_and_again_and_is_given_time_to_finish(self) -> None:
        text = units_of(workers=({**MAIL, "stop_seconds": 90},))["every/hello.mail.service"]
        service = parsed(text)["Service"]
        assert (service["Type"], service["Restart"], service["TimeoutStopSec"], service["KillMode"]) == ("exec", "always", "90", "mixed")
        folder = f"/srv/hello/releases/{units.STAND_IN}"
        assert service["WorkingDirectory"] == f"{folder}/app"
        files = [line for line in text.splitlines() if line.startswith("EnvironmentFile=")]
        assert files == [f"EnvironmentFile={folder}/environment", f"EnvironmentFile=-{folder}/secrets"]
        assert f"Environment=PATH={folder}/venv/bin:" in text
        assert units.starts(text)
        assert units.release_of(text.replace(units.STAND_IN, OLD)) == OLD

    def test_a_job_is_started_by_its_timer_alone_and_for_so_long(self) -> None:
        found = units_of(jobs=({**REPORT, "seconds": 60},))
        service, timer = found["once/hello.report.service"], found["once/hello.report.timer"]
        assert (parsed(service)["Service"]["Type"], parsed(service)["Service"]["TimeoutStartSec"]) == ("oneshot", "60")
        assert (parsed(timer)["Timer"]["OnCalendar"], parsed(timer)["Timer"]["Persistent"]) == (REPORT["schedule"], "true")
        assert (units.starts(service), units.starts(timer)) == (False, True)

    def test_a_timer_does_not_change_with_the_release(self) -> None:
        place = "once/hello.report.timer"
        assert units_of(OLD, jobs=(REPORT,))[place] == units_of(NEW, jobs=(REPORT,))[place]

    @pytest.mark.parametrize("text", units_of(OLD, jobs=(REPORT,), workers=(MAIL,)).values())
    def test_it_begins_with_the_mark(self, text: str) -> None:
        assert text.startswith(MARK)

    @given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40))
    def test_a_command_reaches_the_shell_as_it_stands(self, command: str) -> None:
        """As systemd.service(5) and systemd.syntax(7) read it: quotes, then doubled signs."""
        text = units_of(workers=({**MAIL, "command": command},))["every/hello.mail.service"]
        [line] = [line for line in text.split("\n") if line.startswith("ExecStart=")]
        quoted = line.removeprefix('ExecStart=/bin/bash -c "')
        assert quoted.endswith('"')
        read, rest = "", iter(quoted[:-1])
        for char in rest:
            assert char != '"'
            if char in "\\$%":
                following = next(rest)
                assert following in ('\\"' if char == "\\" else char)
                char = following
            read += char
        assert read == command


class TestCheck:
    """What systemd does not accept is refused when a release is laid out."""

    def test_what_is_good_is_accepted(self, tmp_path: Path) -> None:
        units.lay_out(tmp_path, units_of(jobs=(REPORT,), workers=({**MAIL, "command": 'a "b" $C 100% \\d; e'},)), OLD)
        units.check(App("hello"), tmp_path)

    def test_a_schedule_is_named(self, tmp_path: Path) -> None:
        units.lay_out(tmp_path, units_of(jobs=({**REPORT, "schedule": "tea time"},)), OLD)
        with pytest.raises(Failed, match=r"^apps.hello.jobs.report.schedule: 'tea time' is none to systemd, such as .*Failed to parse"):
            units.check(App("hello"), tmp_path)

    def test_a_unit_is_named(self, tmp_path: Path) -> None:
        units.lay_out(tmp_path, {"every/hello.mail.service": "[Service]\nExecStart=/bin/true\nMemoryMax=lots\n"}, OLD)
        with pytest.raises(Failed, match="does not accept the units of hello's jobs and workers:\n.*hello.mail.service:3: .*'lots'"):
            units.check(App("hello"), tmp_path)

    def test_a_release_without_any_asks_nobody(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(units, "run", lambda *_: pytest.fail("there is nothing to ask"))
        units.check(App("hello"), tmp_path)


def test_all_know_what_is_ours_and_of_which_release_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put on a host is found there by each that asks; and nothing else is."""
    system = tmp_path / host_remove.UNITS
    ours = {Path(place).name: text for place, text in units_of(OLD, jobs=(REPORT,), workers=(MAIL,)).items()}
    write(system, {**ours, "hello@.service": TEXTS.slots(app()), "hello.foreign.service": "[Service]\n", "other@.service": "[Service]\n"})
    (system / "x.wants").mkdir()
    for name in ("hello.mail.service", "hello.report.timer"):
        (system / "x.wants" / name).symlink_to(system / name)
    for module in (host_facts, layout):
        monkeypatch.setattr(module, "SYSTEM", system)
    assert set(units.installed(App("hello"), system)) == set(ours)
    assert {path.name for path in host_remove.App("hello", tmp_path).units()} == set(ours)
    assert host_remove.App("hello", tmp_path).ours()
    assert not host_remove.App("other", tmp_path).ours()
    assert host_facts.left([]) == ["hello"]
    assert host_facts.units("hello") == {"hello.mail.service": OLD, "hello.report.timer": OLD}

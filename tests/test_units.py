"""Jobs and workers: their units, what a host has of them, and how a host comes to have those of a release."""

import configparser
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.hostler_release import host, manifest, told, units
from ansible.module_utils.hostler_release.host import App, Failed
from hypothesis import given
from hypothesis import strategies as st

from roles.fleet.library import probe_host
from roles.release.library import follow_release
from tests.samples import ROOT, app, run_module, write
from tests.test_templates import render

REPORT: dict[str, Any] = {"name": "report", "command": "flask report", "schedule": "Mon..Fri 03:00 Europe/Berlin"}
MAIL: dict[str, Any] = {"name": "mail", "command": "celery -A app worker"}
OLD, NEW = "1f0c3a5e7b9d", "aaaaaaaaaaaa"
WANTS = {".timer": "timers.target.wants", ".service": "multi-user.target.wants"}


def texts(release: str = units.STAND_IN, jobs: tuple[dict[str, Any], ...] = (), workers: tuple[dict[str, Any], ...] = ()) -> dict[str, str]:
    """Return the units of an app by their places in a release, as ``__release_units`` of the role has them."""
    each = app(jobs=list(jobs), workers=list(workers))
    found = {}
    for kind, unit in [*(("job", job) for job in each["jobs"]), *(("worker", worker) for worker in each["workers"])]:
        for suffix in ("service", "timer") if kind == "job" else ("service",):
            text = render("release", f"etc/systemd/system/app.unit.{suffix}.j2", app=each, kind=kind, unit=unit)
            place = "once" if unit["once"] else "every"
            found[f"{place}/hello.{unit['name']}.{suffix}"] = text.replace(units.STAND_IN, release)
    return found


def parsed(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=["="], strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return parser


class TestText:
    """The units' texts."""

    def test_a_worker_runs_its_release_again_and_again_and_is_given_time_to_finish(self) -> None:
        text = texts(workers=({**MAIL, "stop_seconds": 90},))["every/hello.mail.service"]
        service = parsed(text)["Service"]
        assert (service["Type"], service["Restart"], service["TimeoutStopSec"], service["KillMode"]) == ("exec", "always", "90", "mixed")
        folder = f"/srv/hello/releases/{units.STAND_IN}"
        assert service["WorkingDirectory"] == f"{folder}/app"
        files = [line for line in text.splitlines() if line.startswith("EnvironmentFile=")]
        assert files == [f"EnvironmentFile={folder}/environment", f"EnvironmentFile=-{folder}/secrets"]
        assert f"PATH={folder}/venv/bin:" in service["Environment"]
        assert units.starts(text)
        assert units.release_of(text.replace(units.STAND_IN, OLD)) == OLD

    def test_a_job_is_started_by_its_timer_alone_and_for_so_long(self) -> None:
        found = texts(jobs=({**REPORT, "seconds": 60},))
        service, timer = found["once/hello.report.service"], found["once/hello.report.timer"]
        assert (parsed(service)["Service"]["Type"], parsed(service)["Service"]["TimeoutStartSec"]) == ("oneshot", "60")
        assert (parsed(timer)["Timer"]["OnCalendar"], parsed(timer)["Timer"]["Persistent"]) == (REPORT["schedule"], "true")
        assert (units.starts(service), units.starts(timer)) == (False, True)

    def test_a_timer_does_not_change_with_the_release(self) -> None:
        place = "once/hello.report.timer"
        assert texts(OLD, jobs=(REPORT,))[place] == texts(NEW, jobs=(REPORT,))[place]

    def test_they_are_as_confined_as_a_slot(self) -> None:
        """What a slot has and they have not is the server's own."""
        slot = set(render("web", "etc/systemd/system/app@.service.j2", app=app()).splitlines())
        shared = set((ROOT / "roles/web/templates/etc/systemd/system/sandbox.j2").read_text().splitlines()[1:])
        lines = {line for line in shared if line.startswith(("Protect", "Private", "Restrict", "SystemCall", "NoNew", "Capability"))}
        assert len(lines) > 15
        for text in texts(jobs=(REPORT,), workers=(MAIL,)).values():
            assert lines <= slot
            assert "[Timer]" in text or lines <= set(text.splitlines())

    @pytest.mark.parametrize("text", texts(OLD, jobs=(REPORT,), workers=(MAIL,)).values())
    def test_it_begins_with_the_mark(self, text: str) -> None:
        assert text.startswith(units.MARK)

    @given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40))
    def test_a_command_reaches_the_shell_as_it_stands(self, command: str) -> None:
        """As systemd.service(5) and systemd.syntax(7) read it: quotes, then doubled signs."""
        text = texts(workers=({**MAIL, "command": command},))["every/hello.mail.service"]
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
        units.lay_out(tmp_path, texts(jobs=(REPORT,), workers=({**MAIL, "command": 'a "b" $C 100% \\d; e'},)), OLD)
        units.check(App("hello"), tmp_path)

    def test_a_schedule_is_named(self, tmp_path: Path) -> None:
        units.lay_out(tmp_path, texts(jobs=({**REPORT, "schedule": "tea time"},)), OLD)
        with pytest.raises(Failed, match=r"^apps.hello.jobs.report.schedule: 'tea time' is none to systemd, such as .*Failed to parse"):
            units.check(App("hello"), tmp_path)

    def test_a_unit_is_named(self, tmp_path: Path) -> None:
        units.lay_out(tmp_path, {"every/hello.mail.service": "[Service]\nExecStart=/bin/true\nMemoryMax=lots\n"}, OLD)
        with pytest.raises(Failed, match="does not accept the units of hello's jobs and workers:\n.*hello.mail.service:3: .*'lots'"):
            units.check(App("hello"), tmp_path)

    def test_a_release_without_any_asks_nobody(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(units, "run", lambda *_: pytest.fail("there is nothing to ask"))
        units.check(App("hello"), tmp_path)


def test_a_unit_that_was_changed_by_hand_is_a_part_of_the_release_that_was(tmp_path: Path) -> None:
    write(tmp_path, {"app/app.py": "", "environment": "", "gunicorn.conf.py": ""})
    units.lay_out(tmp_path, texts(workers=(MAIL,)), OLD)
    manifest.write(tmp_path)
    assert manifest.changed(tmp_path) == []
    (tmp_path / "units/every/hello.mail.service").unlink()
    assert manifest.changed(tmp_path) == ["units"]


class Systemd:
    """A systemd that does what it is told, and notes it."""

    def __init__(self, system: Path) -> None:
        """Take its folder of units."""
        self.system = system
        self.active: set[str] = set()
        self.done: list[str] = []
        self.crash: set[str] = set()

    def __call__(self, *command: str, **_: object) -> subprocess.CompletedProcess[str]:
        """Do as ``systemctl`` does."""
        if command[0] == "journalctl":
            return subprocess.CompletedProcess(command, 0, "dying words", "")
        verb, *names = [word for word in command[1:] if not word.startswith("--")]
        if verb == "show":
            blocks = (f"Id={name}\nActiveState={self.state(name)}\nResult=exit-code\nNRestarts=0\n" for name in names)
            return subprocess.CompletedProcess(command, 0, "\n".join(blocks), "")
        self.done.append(" ".join([verb, *names]))
        if verb == "start":
            assert all((self.system / name).exists() for name in names)
            self.active |= set(names)
        if verb == "stop":
            self.active -= set(names)
        for name in names if verb == "enable" else ():
            wants = self.system / WANTS[Path(name).suffix]
            wants.mkdir(exist_ok=True)
            (wants / name).symlink_to(self.system / name)
        return subprocess.CompletedProcess(command, 0, "", "")

    def state(self, name: str) -> str:
        """Return whether a unit is active."""
        return "activating" if name in self.crash else "active" if name in self.active else "inactive"

    def must(self, *command: str, **_: object) -> str:
        """Return what it says."""
        return self(*command).stdout


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    """Return the systemd of a host that has two releases of the app."""
    monkeypatch.setattr(App, "home", property(lambda app: tmp_path / "srv" / app.name))
    system = tmp_path / "system"
    system.mkdir()
    systemd = Systemd(system)
    monkeypatch.setattr(follow_release, "run", systemd)
    monkeypatch.setattr(follow_release, "must", systemd.must)
    for module in (host, told):
        monkeypatch.setattr(module, "run", systemd)
    monkeypatch.setattr(follow_release, "STAMPS", tmp_path)
    monkeypatch.setattr(follow_release, "SETTLE_SECONDS", 0)
    write(system, {"hello.foreign.service": "[Service]\n", "hello-2.mail.service": units.MARK, "hello@.service": units.MARK})
    return systemd


def follow(systemd: Systemd, wanted: dict[str, str], restart: bool = False) -> list[str]:
    """Have the host follow; return what systemd was told."""
    systemd.done.clear()
    due = follow_release.Host(App("hello"), NEW, {Path(place).name: text for place, text in wanted.items()}, restart, systemd.system)
    if due.due():
        due.follow()
    assert not follow_release.Host(App("hello"), NEW, due.wanted, restart=False, system=systemd.system).due()
    return list(systemd.done)


class TestFollow:
    """``follow_release``."""

    def test_the_first_ones_are_started_then_enabled(self, systemd: Systemd) -> None:
        wanted = texts(OLD, jobs=(REPORT,), workers=(MAIL,))
        both = "hello.mail.service hello.report.timer"
        assert follow(systemd, wanted) == ["daemon-reload", f"start {both}", f"enable {both}"]
        assert follow(systemd, wanted) == []

    def test_the_old_worker_ends_before_the_new_one_starts_and_a_timer_that_is_the_same_is_left_alone(self, systemd: Systemd) -> None:
        follow(systemd, texts(OLD, jobs=(REPORT,), workers=(MAIL,)))
        told = follow(systemd, texts(NEW, jobs=(REPORT,), workers=(MAIL,)))
        mail = "hello.mail.service"
        assert told == [f"stop {mail}", "daemon-reload", f"start {mail}", f"enable {mail} hello.report.timer"]
        assert units.release_of((systemd.system / "hello.report.service").read_text()) == NEW

    def test_a_worker_that_has_not_changed_is_started_anew_only_for_a_restart(self, systemd: Systemd) -> None:
        wanted = texts(OLD, jobs=(REPORT,), workers=(MAIL,))
        follow(systemd, wanted)
        mail = "hello.mail.service"
        assert follow(systemd, wanted, restart=True) == [f"stop {mail}", f"start {mail}", f"enable {mail}"]

    def test_what_the_release_does_not_have_goes_and_nothing_of_others(self, systemd: Systemd, tmp_path: Path) -> None:
        before = set(systemd.system.iterdir())
        (tmp_path / "stamp-hello.report.timer").touch()
        follow(systemd, texts(OLD, jobs=(REPORT,), workers=(MAIL,)))
        told = follow(systemd, {})
        assert told[:2] == ["stop hello.mail.service hello.report.timer", "daemon-reload"]
        left = {path for path in systemd.system.iterdir() if not path.is_dir()}
        assert left == before
        assert list(systemd.system.glob("*.wants/*")) == []
        assert not (tmp_path / "stamp-hello.report.timer").exists()

    def test_what_was_stopped_by_hand_is_started(self, systemd: Systemd) -> None:
        wanted = texts(OLD, workers=(MAIL,))
        follow(systemd, wanted)
        systemd.active.clear()
        assert follow(systemd, wanted) == ["start hello.mail.service"]

    def test_a_job_that_becomes_a_worker_is_stopped_first(self, systemd: Systemd) -> None:
        follow(systemd, texts(OLD, jobs=({**REPORT, "name": "mail"},)))
        assert follow(systemd, texts(NEW, workers=(MAIL,)))[0] == "stop hello.mail.service hello.mail.timer"

    @pytest.mark.parametrize("verb", ["stop", "daemon-reload", "start", "enable"])
    def test_wherever_a_run_is_killed_the_next_one_sees_it(self, systemd: Systemd, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a plan goes by is what ``probe_host`` tells: it is not that of the release until all is done."""
        monkeypatch.setattr(probe_host, "UNITS", systemd.system)
        follow(systemd, texts(OLD, jobs=(REPORT,), workers=(MAIL,)))
        assert probe_host.units("hello") == {"hello.mail.service": OLD, "hello.report.timer": OLD}
        told = Systemd.__call__

        def die(self: Systemd, *command: str, **options: object) -> subprocess.CompletedProcess[str]:
            if verb in command:
                raise KeyboardInterrupt
            return told(self, *command, **options)

        monkeypatch.setattr(Systemd, "__call__", die)
        wanted = texts(NEW, jobs=(REPORT,), workers=(MAIL,))
        with pytest.raises(KeyboardInterrupt):
            follow(systemd, wanted)
        assert probe_host.units("hello") != {"hello.mail.service": NEW, "hello.report.timer": NEW}
        monkeypatch.setattr(Systemd, "__call__", told)
        follow(systemd, wanted)
        assert probe_host.units("hello") == {"hello.mail.service": NEW, "hello.report.timer": NEW}
        assert systemd.active == {"hello.mail.service", "hello.report.timer"}

    def test_what_a_killed_run_has_begun_is_waited_for(self, systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
        app = App("hello")
        units.lay_out(app.release(NEW), texts(workers=(MAIL,)), NEW)
        monkeypatch.setattr(follow_release.Host.__init__, "__defaults__", (systemd.system,))
        monkeypatch.setattr(units.installed, "__defaults__", (systemd.system,))
        with ThreadPoolExecutor() as pool:
            with host.alone(app):
                done = pool.submit(run_module, follow_release, monkeypatch, name="hello", release=NEW, once=True)
                with pytest.raises(TimeoutError):
                    done.result(timeout=0.5)
                assert systemd.done == []
            assert done.result()["changed"]
        assert systemd.active == {"hello.mail.service"}

    def test_a_worker_that_ends_at_once_has_crashed(self, systemd: Systemd) -> None:
        systemd.crash = {"hello.mail.service"}
        with pytest.raises(
            follow_release.Crashed,
            match=r"hello: hello.mail.service does not stay up \(exit-code\). The journal's last lines:\ndying words",
        ):
            follow(systemd, texts(OLD, workers=(MAIL,)))

    @pytest.mark.parametrize(
        "name", ["hello.mail.service", "hello.report.service", "hello.report.timer", f"{WANTS['.timer']}/hello.report.timer"]
    )
    def test_a_unit_that_was_lost_is_seen_and_put_back(self, systemd: Systemd, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(probe_host, "UNITS", systemd.system)
        wanted = texts(OLD, jobs=(REPORT,), workers=(MAIL,))
        whole = {"hello.mail.service": OLD, "hello.report.timer": OLD}
        follow(systemd, wanted)
        (systemd.system / name).unlink()
        assert probe_host.units("hello") != whole
        follow(systemd, wanted)
        assert probe_host.units("hello") == whole


def test_all_know_the_mark_and_where_the_release_stands() -> None:
    from roles.web.library import remove_app

    assert remove_app.MARK_OF_RELEASE.decode() == units.MARK.strip()
    assert probe_host.RELEASE.pattern == units.RELEASE.pattern

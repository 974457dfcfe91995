"""``follow_release``: how a host comes to have the jobs and workers of a release."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import facts as host_facts
from ansible_collections.hostler.fleet.plugins.module_utils.host import follow as host_follow
from ansible_collections.hostler.fleet.plugins.module_utils.host import journal, layout, units
from ansible_collections.hostler.fleet.plugins.module_utils.host import systemd as host_systemd
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import MARK, App
from ansible_collections.hostler.fleet.plugins.modules import follow_release
from tests.shared.rendered import MAIL, REPORT, units_of
from tests.shared.samples import run_module, write

OLD, NEW = "1f0c3a5e7b9d", "aaaaaaaaaaaa"
WANTS = {".timer": "timers.target.wants", ".service": "multi-user.target.wants"}


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
    host = Systemd(system)
    monkeypatch.setattr(host_follow, "run", host)
    monkeypatch.setattr(host_follow, "must", host.must)
    for module in (host_systemd, journal):
        monkeypatch.setattr(module, "run", host)
    monkeypatch.setattr(host_follow, "STAMPS", tmp_path)
    monkeypatch.setattr(host_follow, "SETTLE_SECONDS", 0)
    write(system, {"hello.foreign.service": "[Service]\n", "hello-2.mail.service": MARK, "hello@.service": MARK})
    return host


def follow(systemd: Systemd, wanted: dict[str, str], restart: bool = False) -> list[str]:
    """Have the host follow; return what systemd was told."""
    systemd.done.clear()
    due = host_follow.Host(App("hello"), NEW, {Path(place).name: text for place, text in wanted.items()}, restart, systemd.system)
    if due.due():
        due.follow()
    assert not host_follow.Host(App("hello"), NEW, due.wanted, restart=False, system=systemd.system).due()
    return list(systemd.done)


class TestFollow:
    """``follow_release``."""

    def test_the_first_ones_are_started_then_enabled(self, systemd: Systemd) -> None:
        wanted = units_of(OLD, jobs=(REPORT,), workers=(MAIL,))
        both = "hello.mail.service hello.report.timer"
        assert follow(systemd, wanted) == ["daemon-reload", f"start {both}", f"enable {both}"]
        assert follow(systemd, wanted) == []

    def test_the_old_worker_ends_before_the_new_one_starts_and_a_timer_that_is_the_same_is_left_alone(self, systemd: Systemd) -> None:
        follow(systemd, units_of(OLD, jobs=(REPORT,), workers=(MAIL,)))
        told = follow(systemd, units_of(NEW, jobs=(REPORT,), workers=(MAIL,)))
        mail = "hello.mail.service"
        assert told == [f"stop {mail}", "daemon-reload", f"start {mail}", f"enable {mail} hello.report.timer"]
        assert units.release_of((systemd.system / "hello.report.service").read_text()) == NEW

    def test_a_worker_that_has_not_changed_is_started_anew_only_for_a_restart(self, systemd: Systemd) -> None:
        wanted = units_of(OLD, jobs=(REPORT,), workers=(MAIL,))
        follow(systemd, wanted)
        mail = "hello.mail.service"
        assert follow(systemd, wanted, restart=True) == [f"stop {mail}", f"start {mail}", f"enable {mail}"]

    def test_what_the_release_does_not_have_goes_and_nothing_of_others(self, systemd: Systemd, tmp_path: Path) -> None:
        before = set(systemd.system.iterdir())
        (tmp_path / "stamp-hello.report.timer").touch()
        follow(systemd, units_of(OLD, jobs=(REPORT,), workers=(MAIL,)))
        told = follow(systemd, {})
        assert told[:2] == ["stop hello.mail.service hello.report.timer", "daemon-reload"]
        left = {path for path in systemd.system.iterdir() if not path.is_dir()}
        assert left == before
        assert list(systemd.system.glob("*.wants/*")) == []
        assert not (tmp_path / "stamp-hello.report.timer").exists()

    def test_what_was_stopped_by_hand_is_started(self, systemd: Systemd) -> None:
        wanted = units_of(OLD, workers=(MAIL,))
        follow(systemd, wanted)
        systemd.active.clear()
        assert follow(systemd, wanted) == ["start hello.mail.service"]

    def test_a_job_that_becomes_a_worker_is_stopped_first(self, systemd: Systemd) -> None:
        follow(systemd, units_of(OLD, jobs=({**REPORT, "name": "mail"},)))
        assert follow(systemd, units_of(NEW, workers=(MAIL,)))[0] == "stop hello.mail.service hello.mail.timer"

    @pytest.mark.parametrize("verb", ["stop", "daemon-reload", "start", "enable"])
    def test_wherever_a_run_is_killed_the_next_one_sees_it(self, systemd: Systemd, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a plan goes by is what ``host_facts`` tells: it is not that of the release until all is done."""
        monkeypatch.setattr(host_facts, "SYSTEM", systemd.system)
        follow(systemd, units_of(OLD, jobs=(REPORT,), workers=(MAIL,)))
        assert host_facts.units("hello") == {"hello.mail.service": OLD, "hello.report.timer": OLD}
        told = Systemd.__call__

        def die(self: Systemd, *command: str, **options: object) -> subprocess.CompletedProcess[str]:
            if verb in command:
                raise KeyboardInterrupt
            return told(self, *command, **options)

        monkeypatch.setattr(Systemd, "__call__", die)
        wanted = units_of(NEW, jobs=(REPORT,), workers=(MAIL,))
        with pytest.raises(KeyboardInterrupt):
            follow(systemd, wanted)
        assert host_facts.units("hello") != {"hello.mail.service": NEW, "hello.report.timer": NEW}
        monkeypatch.setattr(Systemd, "__call__", told)
        follow(systemd, wanted)
        assert host_facts.units("hello") == {"hello.mail.service": NEW, "hello.report.timer": NEW}
        assert systemd.active == {"hello.mail.service", "hello.report.timer"}

    def test_what_a_killed_run_has_begun_is_waited_for(self, systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
        app = App("hello")
        units.lay_out(app.release(NEW), units_of(workers=(MAIL,)), NEW)
        monkeypatch.setattr(host_follow.Host.__init__, "__defaults__", (systemd.system,))
        monkeypatch.setattr(units.installed, "__defaults__", (systemd.system,))
        with ThreadPoolExecutor() as pool:
            with layout.alone(app):
                done = pool.submit(run_module, follow_release, monkeypatch, name="hello", release=NEW, once=True)
                with pytest.raises(TimeoutError):
                    done.result(timeout=0.5)
                assert systemd.done == []
            assert done.result()["changed"]
        assert systemd.active == {"hello.mail.service"}

    def test_a_worker_that_ends_at_once_has_crashed(self, systemd: Systemd) -> None:
        systemd.crash = {"hello.mail.service"}
        with pytest.raises(
            host_follow.Crashed,
            match=r"hello: hello.mail.service does not stay up \(exit-code\). The journal's last lines:\ndying words",
        ):
            follow(systemd, units_of(OLD, workers=(MAIL,)))

    @pytest.mark.parametrize(
        "name", ["hello.mail.service", "hello.report.service", "hello.report.timer", f"{WANTS['.timer']}/hello.report.timer"]
    )
    def test_a_unit_that_was_lost_is_seen_and_put_back(self, systemd: Systemd, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(host_facts, "SYSTEM", systemd.system)
        wanted = units_of(OLD, jobs=(REPORT,), workers=(MAIL,))
        whole = {"hello.mail.service": OLD, "hello.report.timer": OLD}
        follow(systemd, wanted)
        (systemd.system / name).unlink()
        assert host_facts.units("hello") != whole
        follow(systemd, wanted)
        assert host_facts.units("hello") == whole

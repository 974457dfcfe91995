"""Where an app's parts lie on a web host."""

import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import layout, units
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import AS_IT_RUNS, App
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.shared.rendered import MAIL, REPORT, TEXTS, units_of
from tests.shared.samples import app, write


def test_the_parts_of_an_app_lie_below_srv() -> None:
    app = App("hello")
    assert (app.home, app.release("1f0c"), app.slot("blue")) == (
        Path("/srv/hello"),
        Path("/srv/hello/releases/1f0c"),
        Path("/srv/hello/slots/blue"),
    )
    assert app.unit("blue") == "hello@blue.service"


class TestLink:
    """A link that is replaced in one step."""

    def test_it_is_made_and_replaced(self, tmp_path: Path) -> None:
        for target in ("../releases/one", "../releases/two"):
            layout.link(tmp_path / "blue", target)
            assert os.readlink(tmp_path / "blue") == target

    def test_there_is_no_moment_without_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise OSError("Interrupted")

        layout.link(tmp_path / "blue", "one")
        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="Interrupted"):
            layout.link(tmp_path / "blue", "two")
        assert os.readlink(tmp_path / "blue") == "one"

    def test_what_an_interrupted_run_left_is_no_hindrance(self, tmp_path: Path) -> None:
        (tmp_path / f".blue.{os.getpid()}").symlink_to("half")
        layout.link(tmp_path / "blue", "one")
        assert [path.name for path in tmp_path.iterdir()] == ["blue"]


class TestAsItRuns:
    """What an app runs by hand, or once, or as a job: all as in its slots."""

    FOLDER = Path("/srv/hello/releases/.1f0c.part")

    @pytest.fixture
    def properties(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Return what systemd-run is given for the import check of an app with limits of its own."""
        monkeypatch.setattr(layout, "SYSTEM", write(tmp_path, {"hello@.service": TEXTS.slots(app(memory="100M", tasks=99))}))
        run = App("hello").at_a_terminal(self.FOLDER, "true", slot="green")
        return [part.removeprefix("--property=") for part in shlex.split(run) if part.startswith("--property=")]

    def lines(self, text: str, place: str) -> list[str]:
        """Return what a unit's text says from the heading on, of the folder of a release."""
        section = text.partition(AS_IT_RUNS)[2].partition("\n[Install]")[0].replace(place, str(self.FOLDER))
        return [line for line in section.splitlines()[1:] if line and not line.startswith("#")]

    def test_what_is_run_once_is_given_all_that_a_slot_has(self, properties: list[str]) -> None:
        *shared, own = properties
        assert shared == self.lines(TEXTS.slots(app(memory="100M", tasks=99)), "/srv/hello/slots/%i")
        assert own == "Environment=SLOT=green RELEASE=.1f0c.part PYTHONDONTWRITEBYTECODE=1"

    def test_limits_user_programs_and_sandbox_are_among_it(self, properties: list[str]) -> None:
        path = f"Environment=PATH={self.FOLDER}/venv/bin:/usr/local/bin:/usr/bin:/bin"
        assert {"MemoryMax=100M", "TasksMax=99", "User=hello", f"WorkingDirectory={self.FOLDER}/app", path} < set(properties)
        assert {"ProtectSystem=strict", "NoNewPrivileges=yes", "SystemCallFilter=@system-service", "PrivateUsers=yes"} < set(properties)
        assert not [line for line in properties if line.startswith(("Exec", "Type", "Restart=", "RuntimeDirectory", "TimeoutStart"))]

    def test_folders_to_write_to_are_in_all_units_and_waited_for(self) -> None:
        one = app(writable=["/mnt/a", "/mnt/b"], workers=[MAIL])
        for text in (TEXTS.slots(one), *TEXTS.units(one).values()):
            assert [line for line in text.splitlines() if line.startswith(("ReadWrite", "RequiresMounts"))] == [
                "RequiresMountsFor=/mnt/a /mnt/b",
                "ReadWritePaths=/mnt/a",
                "ReadWritePaths=/mnt/b",
            ]
        assert "ReadWritePaths" not in TEXTS.slots(app())

    def test_jobs_and_workers_have_the_very_same(self) -> None:
        slot = self.lines(TEXTS.slots(app()), "/srv/hello/slots/%i")
        for place, text in units_of(jobs=(REPORT,), workers=(MAIL,)).items():
            if place.endswith(".service"):
                assert self.lines(text, f"/srv/hello/releases/{units.STAND_IN}") == slot

    @pytest.mark.parametrize("text", ["", "[Service]\nUser=hello\n"])
    def test_a_unit_that_does_not_say_is_refused_before_anything_is_run(
        self, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(layout, "SYSTEM", write(tmp_path, {"hello@.service": text} if text else {}))
        monkeypatch.setattr(layout, "run", lambda *_, **__: pytest.fail("nothing may run"))
        with pytest.raises(Failed, match=r"hello@.service does not say how hello runs; run site.yml."):
            App("hello").sandboxed(self.FOLDER, "true", seconds=1)

"""Secrets: compared where they lie, named by chance, masked where they would be shown, erased when they are former ones."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.hostler_release import environment, prune, secrets, told
from ansible.module_utils.hostler_release.host import App, Failed, Health
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roles.release.library import erase_secrets, match_secrets, stage_release, start_slot
from tests.samples import run_module, write
from tests.test_environment import NAMES, VALUES

ONE, TWO = {"KEY": "hunter2"}, {"KEY": "swordfish"}
OLD, NEW = "2026-11-21-00000001", "2026-11-22-00000002"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the app hello."""
    monkeypatch.setattr(App, "home", tmp_path / "hello")
    write(tmp_path / "hello", {"releases/a/app/app.py": "", "releases/b/app/app.py": ""})
    (tmp_path / "hello/slots").mkdir()
    return tmp_path / "hello"


def give(home: Path, release: str, generation: str, values: dict[str, str]) -> None:
    """Have a release use a generation."""
    secrets.write(home, values, generation)
    (home / "releases" / release / "secrets").symlink_to(secrets.place(generation))


class TestFile:
    """The file of a generation."""

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.dictionaries(NAMES.filter(lambda name: name != "KEY"), VALUES))
    def test_the_same_values_are_the_same_generation_and_come_back(self, home: Path, values: dict[str, str]) -> None:
        secrets.write(home, values, OLD)
        assert secrets.find(home, values) == OLD
        assert secrets.find(home, {**values, "KEY": "hunter2"}) == ""
        (home / "releases/a/secrets").unlink(missing_ok=True)
        (home / "releases/a/secrets").symlink_to(secrets.place(OLD))
        assert secrets.values(home / "releases/a") == values

    def test_it_is_for_root_alone(self, home: Path) -> None:
        secrets.write(home, ONE, OLD)
        assert [path.stat().st_mode & 0o777 for path in (home / "secrets", home / "secrets" / OLD)] == [0o700, 0o600]

    def test_what_a_killed_run_left_of_it_is_no_generation(self, home: Path) -> None:
        write(home, {f"secrets/.{OLD}.part": "half"})
        assert secrets.find(home, ONE) == ""
        secrets.write(home, ONE, OLD)
        assert secrets.find(home, ONE) == OLD

    def test_names_are_by_chance_and_tell_the_day(self) -> None:
        names = {secrets.new_generation() for _ in range(100)}
        assert len(names) == 100
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\d-[0-9a-f]{8}", name) for name in names)

    def test_a_process_is_told_which_one_it_has(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        text = secrets.render(ONE, OLD)
        assert f'SECRETS_GENERATION="{OLD}"\n' in text
        assert next(environment.problems({"SECRETS_GENERATION": "x"})) == "SECRETS_GENERATION is set by Hostler; take another name."
        monkeypatch.setattr(Path, "read_bytes", lambda _: f"A=b\0SECRETS_GENERATION={OLD}\0".encode())
        assert secrets.held(1) == OLD


class TestMatch:
    """``match_secrets``."""

    def test_each_app_is_told_its_generation_and_no_value(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        secrets.write(home, ONE, OLD)
        for values, found in ((ONE, OLD), (TWO, ""), ({}, ""), ({"KEY": 1}, None)):
            result = run_module(match_secrets, monkeypatch, secrets=json.dumps({"hello": values}))
            assert result["generations"].get("hello") == found
            assert "hunter2" not in str(result)


class TestMask:
    """What is shown of a text."""

    @pytest.mark.parametrize("value", ["hunter2", "two\nlines", 'it\'s "quoted" \\ back'])
    def test_a_value_does_not_show_as_it_is_or_as_python_prints_it(self, value: str) -> None:
        text = secrets.mask(f"ValueError: cannot use {value} or {value!r}; A=b", {"KEY": value, "A": "b"})
        assert value not in text
        assert repr(value)[1:-1] not in text
        assert text.endswith("; A=b")

    def test_what_a_host_tells_of_a_failure_has_none(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        give(home, "a", OLD, ONE)
        done = subprocess.CompletedProcess((), 1, " no hunter2 here\n", "")
        monkeypatch.setattr(told, "run", lambda *_: done)
        assert told.output(done, home / "releases/a") == "no ******** here"
        assert str(told.unhealthy(App("hello"), "blue", "a", "GET / answered 500, not 200", 0)) == (
            "hello: the release a is not healthy in the slot blue: GET / answered 500, not 200. The journal's last lines:\nno ******** here"
        )

    def test_a_value_of_several_lines_is_masked_where_some_of_them_are_shown(self) -> None:
        key = "-----BEGIN KEY-----\nabcdefgh\nijklmnop\n-----END KEY-----\n"
        assert secrets.mask("ijklmnop\n-----END KEY-----\nsaid he", {"KEY": key}) == "********\n********\nsaid he"

    def test_what_is_cut_off_is_cut_after_it_was_masked(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        give(home, "a", OLD, {"KEY": "hunter2hunter2"})
        said = subprocess.CompletedProcess((), 1, "hunter2hunter2" + "." * (told.CHARACTERS - 4), "")
        assert "hunter" not in told.output(said, home / "releases/a")
        said.stdout = "hunter2\n" * 99
        monkeypatch.setattr(told, "run", lambda *_: said)
        assert told.journal(App("hello"), "hello@blue.service", "a", 0).count("\n") == told.LINES

    def test_a_value_within_another_is_masked_whole(self) -> None:
        assert secrets.mask("a password1 b", {"A": "pass", "B": "password1"}) == "a ******** b"

    def test_an_import_that_prints_a_secret_does_not(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        give(home, "a", OLD, ONE)
        done = type("Done", (), {"returncode": 1, "stdout": "KeyError: 'hunter2'"})
        monkeypatch.setattr(App, "sandboxed", lambda *_, **__: done)
        with pytest.raises(Failed, match=r"KeyError: '\*{8}'"):
            stage_release.check_import(App("hello"), home / "releases/a", 1)


class TestPrune:
    """What of secrets goes with the releases."""

    def test_a_generation_that_no_release_uses_any_more_goes(self, home: Path) -> None:
        give(home, "a", OLD, ONE)
        give(home, "b", NEW, TWO)
        (home / "slots/blue").symlink_to("../releases/b")
        assert prune.surplus(App("hello"), 2) == []
        old = prune.surplus(App("hello"), 1)
        assert [path.name for path in old] == ["a", OLD]
        prune.remove(old)
        assert [path.name for path in (home / "secrets").iterdir()] == [NEW]

    def test_what_a_killed_run_left_goes(self, home: Path) -> None:
        write(home, {f"secrets/.{OLD}.part": "half"})
        prune.remove(prune.half_done(App("hello")))
        assert list((home / "secrets").iterdir()) == []


class TestErase:
    """``erase_secrets``."""

    @pytest.fixture
    def stopped(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Return the units that were stopped."""
        stopped: list[str] = []
        monkeypatch.setattr(erase_secrets, "must", lambda *command, **_: stopped.append(command[-1]))
        return stopped

    def erase(self, monkeypatch: pytest.MonkeyPatch, generation: str, check: bool = False) -> dict[str, Any]:
        return run_module(erase_secrets, monkeypatch, check, name="hello", slot="blue", generation=generation)

    def test_the_standby_is_stopped_and_only_what_is_live_stays(
        self, home: Path, stopped: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        give(home, "a", OLD, ONE)
        give(home, "b", NEW, TWO)
        write(home, {"secrets/.half.part": "half"})
        (home / "slots/blue").symlink_to("../releases/a")
        (home / "slots/green").symlink_to("../releases/b")
        assert self.erase(monkeypatch, NEW, check=True)["changed"]
        assert stopped == []
        assert self.erase(monkeypatch, NEW)["changed"]
        assert stopped == ["hello@blue.service"]
        assert [path.name for path in (home / "secrets").iterdir()] == [NEW]
        assert [path.name for path in (home / "slots").iterdir()] == ["green"]
        assert secrets.erased(home / "releases/a")
        assert not secrets.erased(home / "releases/b")
        assert not self.erase(monkeypatch, NEW)["changed"]

    @pytest.mark.parametrize("had", ["same", "none"])
    def test_a_standby_without_former_secrets_stays_warm(
        self, home: Path, stopped: list[str], monkeypatch: pytest.MonkeyPatch, had: str
    ) -> None:
        secrets.write(home, ONE, OLD)
        if had == "same":
            give(home, "a", NEW, TWO)
        (home / "slots/blue").symlink_to("../releases/a")
        assert self.erase(monkeypatch, NEW)["changed"]
        assert stopped == []
        assert (home / "slots/blue").is_symlink()
        assert not (home / "secrets" / OLD).exists()

    def test_an_app_without_secrets_any_more_keeps_none(self, home: Path, stopped: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        give(home, "a", OLD, ONE)
        (home / "slots/blue").symlink_to("../releases/a")
        self.erase(monkeypatch, "")
        assert list((home / "secrets").iterdir()) == []
        assert stopped == ["hello@blue.service"]


class TestStart:
    """``start_slot``."""

    def test_a_release_without_its_secrets_is_not_started(self, home: Path) -> None:
        give(home, "a", OLD, ONE)
        (home / "secrets" / OLD).unlink()
        with pytest.raises(Failed, match="the secrets of the release a are no longer on this host"):
            start_slot.start(App("hello"), "blue", "a", Health(1, "/", "localhost"), 1, live=False)

    @pytest.mark.parametrize(("held", "said"), [(OLD, ""), ("", "it did not get its secrets; "), (NEW, "it did not get its secrets; ")])
    def test_a_slot_whose_process_did_not_get_them_is_not_well(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, held: str, said: str
    ) -> None:
        """As where the unit is of before there were any: the app may be healthy all the same."""
        give(home, "a", OLD, ONE)
        monkeypatch.setattr(start_slot, "show", lambda units, *_: {unit: {"MainPID": "70"} for unit in units})
        monkeypatch.setattr(secrets, "held", {70: held}.get)
        assert start_slot.lacks_secrets(App("hello"), "blue", "a").partition("the unit")[0] == said
        assert start_slot.lacks_secrets(App("hello"), "blue", "b") == ""
        monkeypatch.setattr(Health, "wrong", lambda *_: "")
        health = Health(1, "/", "localhost")
        assert start_slot.well(App("hello"), "blue", "a", "own", health) is not bool(said)
        assert not start_slot.well(App("hello"), "blue", "a", NEW, health)

    def test_it_gets_others_where_that_is_said(self, home: Path) -> None:
        give(home, "a", OLD, ONE)
        secrets.write(home, TWO, NEW)
        for generation, found in (("own", ONE), (NEW, TWO), ("", {})):
            start_slot.secrets_of(App("hello"), "a", generation)
            assert secrets.values(home / "releases/a") == found

"""Secrets: named by chance, in a file for root alone, and masked where they would be shown."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from tests.shared.generations import OLD, ONE
from tests.shared.samples import write
from tests.shared.variables import NAMES, VALUES


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

    def test_names_are_by_chance_and_tell_the_time(self) -> None:
        names = {environment.new_generation() for _ in range(100)}
        assert len(names) == 100
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\d-\d{6}-[0-9a-f]{8}", name) for name in names)

    def test_a_process_is_told_which_one_it_has(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        text = secrets.render(ONE, OLD)
        assert f'SECRETS_GENERATION="{OLD}"\n' in text
        assert next(environment.problems({"SECRETS_GENERATION": "x"})) == "SECRETS_GENERATION is set by Hostler; take another name."
        monkeypatch.setattr(Path, "read_bytes", lambda _: f"A=b\0SECRETS_GENERATION={OLD}\0".encode())
        assert secrets.held(1) == OLD


class TestMask:
    """What is shown of a text."""

    @pytest.mark.parametrize("value", ["hunter2", "two\nlines", 'it\'s "quoted" \\ back'])
    def test_a_value_does_not_show_as_it_is_or_as_python_prints_it(self, value: str) -> None:
        text = secrets.mask(f"ValueError: cannot use {value} or {value!r}; A=b", {"KEY": value, "A": "b"})
        assert value not in text
        assert repr(value)[1:-1] not in text
        assert text.endswith("; A=b")

    def test_a_value_of_several_lines_is_masked_where_some_of_them_are_shown(self) -> None:
        key = "-----BEGIN KEY-----\nabcdefgh\nijklmnop\n-----END KEY-----\n"
        assert secrets.mask("ijklmnop\n-----END KEY-----\nsaid he", {"KEY": key}) == "********\n********\nsaid he"

    def test_a_value_within_another_is_masked_whole(self) -> None:
        assert secrets.mask("a password1 b", {"A": "pass", "B": "password1"}) == "a ******** b"

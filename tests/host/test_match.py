"""``secrets_info``: secrets are compared where they lie."""

import json
import re
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from ansible_collections.hostler.fleet.plugins.module_utils.host.match import match
from ansible_collections.hostler.fleet.plugins.modules import secrets_info
from tests.shared.generations import NEW, OLD, ONE, TWO
from tests.shared.samples import run_module, write


class TestMatch:
    """``secrets_info``."""

    def test_each_app_is_told_its_generation_and_no_value(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        secrets.write(home, ONE, OLD)
        for values, found in ((ONE, OLD), (TWO, ""), ({}, ""), ({"KEY": 1}, None)):
            result = run_module(secrets_info, monkeypatch, secrets=json.dumps({"hello": values}))
            assert result["secrets"].get("hello", {}).get("generation") == found
            assert "hunter2" not in str(result)

    def test_what_is_made_comes_from_the_newest_generation_that_has_it(self, home: Path) -> None:
        """And the generation has the rest as the inventory has it, and all that is made."""
        secrets.write(home, {**ONE, "SECRET_KEY": "k"}, OLD)
        secrets.write(home, TWO, NEW)
        write(home, {f"secrets/.{NEW}.part": 'SECRET_KEY="half"\n'})
        for values, names, generation, has, last in (
            (ONE, ["SECRET_KEY"], OLD, {"SECRET_KEY": "k"}, {"SECRET_KEY": [OLD, "k"]}),
            (TWO, ["SECRET_KEY"], "", {}, {"SECRET_KEY": [OLD, "k"]}),
            (ONE, ["SECRET_KEY", "MORE"], "", {}, {"SECRET_KEY": [OLD, "k"]}),
            ({}, ["KEY"], NEW, TWO, {"KEY": [NEW, "swordfish"]}),
        ):
            known = match({"hello": values}, {"hello": names}, home)["hello"]
            assert (known.generation, known.newest, known.has, known.last) == (generation, NEW, has, last)
            assert all(re.fullmatch(r"[\w-]{64}", value) for value in known.fresh.values())
            assert list(known.fresh) == names

    def test_a_file_that_cannot_be_read_is_told_where_no_log_does_not_hide_it(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (home / "secrets" / OLD).mkdir(parents=True)
        result = run_module(secrets_info, monkeypatch, secrets=json.dumps({"hello": ONE}))
        assert not result["failed"]
        assert result["wrong"].startswith("The secrets that this host has cannot be read: ")

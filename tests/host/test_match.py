"""``secrets_info``: secrets are compared where they lie."""

import json
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from ansible_collections.hostler.fleet.plugins.modules import secrets_info
from tests.shared.generations import OLD, ONE, TWO
from tests.shared.samples import run_module


class TestMatch:
    """``secrets_info``."""

    def test_each_app_is_told_its_generation_and_no_value(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        secrets.write(home, ONE, OLD)
        for values, found in ((ONE, OLD), (TWO, ""), ({}, ""), ({"KEY": 1}, None)):
            result = run_module(secrets_info, monkeypatch, secrets=json.dumps({"hello": values}))
            assert result["generations"].get("hello") == found
            assert "hunter2" not in str(result)

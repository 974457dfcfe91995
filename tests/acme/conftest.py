"""A balancer that gets certificates, in a folder of the test's own; uacme is a program of few words there."""

import contextlib
import os
import urllib.request
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.acme import place
from ansible_collections.hostler.fleet.plugins.module_utils.acme.order import Settings
from tests.shared.programs import Programs

SETTINGS = Settings("https://ca.example/dir", "", "", "balancer1", ["a.example", "b.example"])


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of what is known of domains."""
    for name in ("STATES", "ACCOUNT", "EAB"):
        monkeypatch.setattr(place, name, tmp_path / name.lower())
    place.STATES.mkdir()
    return place.STATES


@pytest.fixture
def uacme(tmp_path: Path, states: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Return what is in the way of the machine's own uacme, with an authority that answers."""
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: contextlib.nullcontext())
    programs = Programs(tmp_path)
    monkeypatch.setenv("PATH", f"{programs.folder}:{os.environ['PATH']}")
    return programs

"""What a web host of tests has."""

import os
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import layout, verify
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from tests.shared.analyze import Analyze
from tests.shared.samples import write


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """Return an app with five releases, one a minute, the first two of one venv; blue runs the oldest, green the newest."""
    monkeypatch.setattr(App, "home", property(lambda app: tmp_path / "srv" / app.name))
    app = App("hello")
    for folder in ("releases", "venvs", "slots"):
        (app.home / folder).mkdir(parents=True)
    for age, (release, venv) in enumerate([("a", "v4"), ("d", "v3"), ("b", "v2"), ("c", "v1"), ("e", "v1")]):
        (app.home / "venvs" / venv).mkdir(exist_ok=True)
        app.release(release).mkdir()
        (app.release(release) / "venv").symlink_to(f"../../venvs/{venv}")
        os.utime(app.release(release), (0, 1_000_000 - 60 * age))
    layout.link(app.slot("blue"), "../releases/e")
    layout.link(app.slot("green"), "../releases/a")
    return app


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the app hello."""
    monkeypatch.setattr(App, "home", tmp_path / "hello")
    write(tmp_path / "hello", {"releases/a/app/app.py": "", "releases/b/app/app.py": ""})
    (tmp_path / "hello/slots").mkdir()
    return tmp_path / "hello"


@pytest.fixture
def analyze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Analyze:
    """Return a ``systemd-analyze``, and the units of the distribution's that it finds."""
    host = Analyze(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setattr(verify, "DISTRIBUTION", (tmp_path / "none", host.distribution))
    return host

"""What a web host of tests has."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import layout, postgres, verify
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from tests.shared.analyze import Analyze
from tests.shared.clusters import Debian
from tests.shared.postgres import Server
from tests.shared.samples import write

Calls = list[tuple[list[str], dict[str, Any]]]


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


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Debian]:
    """Return a host that may have clusters of PostgreSQL."""
    host = Debian(tmp_path, monkeypatch)
    yield host
    host.close()


@pytest.fixture
def asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Have the module ask a PostgreSQL that runs, by psql; return how that is called."""
    calls: Calls = []
    started = subprocess.run

    def run(command: tuple[str, ...], **options: Any) -> subprocess.CompletedProcess[str]:
        if "psql" not in command:
            return started(command, **options)  # type: ignore[no-any-return,unused-ignore]
        calls.append((list(command), options))
        switched = command.index("psql")
        own = [str(server.programs / "psql"), f"--host={server.folder}", f"--username={postgres.USER}"]
        words = [word for word in command[switched + 1 :] if not word.startswith(("--host=", "--port="))]
        done: subprocess.CompletedProcess[str] = started([*own, *words], **options)
        return done

    monkeypatch.setattr(subprocess, "run", run)
    return calls


@pytest.fixture
def file(server: Server) -> Iterator[Path]:
    """Return a file of settings that the running PostgreSQL reads beside its own; it is as before after the test."""
    path = server.data / "conf.d/hostler.conf"
    write(path.parent, {path.name: ""})
    whole = server.data / "postgresql.conf"
    before, hba = whole.read_text(), (server.data / "pg_hba.conf").read_text()
    whole.write_text(f"{before}\ninclude_dir = 'conf.d'\n")
    server.reload()
    yield path
    whole.write_text(before)
    (server.data / "pg_hba.conf").write_text(hba)
    server.reload()

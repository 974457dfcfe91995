"""`app.py` as it is really used: a process, in a copy of the app's folder, with a `.env` of its own."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

APP = Path(__file__).parents[1]
PORT = 5001
DEVELOPMENT = "Running in development mode..."
PRODUCTION = "Running in production mode..."
OURS = [
    *("MESSAGE", "ENV", "FLASK_ENV", "PROXY_COUNT", "SLOT", "RELEASE", "DATABASE_URL", "DATABASE_POOL"),
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "WTF_CSRF_SECRET_KEY"),
]
SHOW_MESSAGE = "import app; print(app.app.config['MESSAGE'])"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the app, without the `.env` that a developer may have."""
    shutil.copy(APP / "app.py", tmp_path)
    shutil.copytree(APP / "hello", tmp_path / "hello")
    return tmp_path


def environment(**ours: str) -> dict[str, str]:
    """Return this process's environment, with these of the app's variables and no others."""
    return {name: value for name, value in os.environ.items() if name not in OURS} | ours


def run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the app's folder to its end, for 20 seconds at most.

    Without debug: a reloader's child would outlive the time limit.
    """
    environ = {"ENV": "test"} | environ
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=environment(**environ), capture_output=True, text=True, timeout=20,
    )  # fmt: skip


def test_dotenv_fills_in_what_is_missing(folder: Path) -> None:
    (folder / ".env").write_text("MESSAGE=from the file\n")
    assert run(folder, "-c", SHOW_MESSAGE).stdout == "from the file\n"


def test_dotenv_never_overrides_the_environment(folder: Path) -> None:
    (folder / ".env").write_text("MESSAGE=from the file\n")
    assert run(folder, "-c", SHOW_MESSAGE, MESSAGE="from outside").stdout == "from outside\n"


def test_dotenv_is_the_one_beside_the_app(folder: Path) -> None:
    (folder / ".env").write_text("FLASK_ENV=production\n")
    elsewhere = folder / "hello"
    (elsewhere / ".env").write_text("FLASK_ENV=development\nPROXY_COUNT=wrong\n")
    assert run(elsewhere, "../app.py").stdout == f"{PRODUCTION}\n"


def test_example_documents_every_variable(folder: Path) -> None:
    shutil.copy(APP / ".env.example", folder / ".env")
    assert run(folder, "-c", SHOW_MESSAGE).returncode == 0
    lines = (folder / ".env").read_text().splitlines()
    assert {line.lstrip("#").partition("=")[0] for line in lines if "=" in line} == set(OURS)


def test_production_starts_no_server(folder: Path) -> None:
    done = run(folder, "app.py", FLASK_ENV="production")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{PRODUCTION}\n", "")


def test_bad_setting_stops_the_start(folder: Path) -> None:
    done = run(folder, "app.py", PROXY_COUNT="two")
    assert done.returncode == 1
    assert "PROXY_COUNT is 'two'" in done.stderr.splitlines()[-1]


def test_gunicorn_accepts_the_app(folder: Path) -> None:
    done = run(folder, "-m", "gunicorn", "--check-config", "app:app", ENV="production")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("environ", [{}, {"FLASK_ENV": "development", "ENV": "test"}], ids=["debug", "plain"])
def test_development_serves(folder: Path, environ: dict[str, str]) -> None:
    """With debug on, the reloader's child says the line again: hence the first line alone."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            pytest.skip(f"port {PORT} is taken by another process")
    log = folder / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=folder, env=environment(RELEASE="of-this-test", **environ), stdout=output, stderr=output,
        )  # fmt: skip
    try:
        page = fetch(server, log)
    finally:
        server.terminate()  # the reloader ends its child
        server.wait(timeout=10)
    assert "of-this-test" in page
    assert log.read_text().splitlines()[0] == DEVELOPMENT
    assert "Running on all addresses (0.0.0.0)\n" in log.read_text()


def fetch(server: "subprocess.Popen[bytes]", log: Path) -> str:
    """Return the page as soon as the server answers; fail when it ends, or after 20 seconds."""
    deadline = time.monotonic() + 20
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5) as answer:
                return str(answer.read(), "utf-8")
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"no answer on port {PORT}:\n{log.read_text()}")

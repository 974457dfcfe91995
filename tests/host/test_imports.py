"""What an app begins as it is imported is seen, and the check ends with the import."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import imports
from tests.shared.samples import write

SETTINGS = "wsgi_app = 'shop:app'\npreload_app = {preload}\n"
APP = "\n\ndef app(*_):\n    pass\n"
POOL = "from concurrent.futures import ThreadPoolExecutor\n\npool = ThreadPoolExecutor(1)\npool.submit(int).result()\n"
TIMER = "import threading\n\ntimer = threading.Timer(3600, print)\ntimer.name = 'scheduler'\ntimer.start()\n"
CONNECTED = (
    "import socket\n\nserver = socket.create_server(('127.0.0.1', 0))\nclient = socket.create_connection(server.getsockname())\n"
    "print('listening on', server.getsockname()[1])\n"
)
LOCAL = (
    "import socket\n\nserver = socket.socket(socket.AF_UNIX)\nserver.bind('db')\nserver.listen()\n"
    "client = socket.socket(socket.AF_UNIX)\nclient.connect('db')\n"
)
HARMLESS = (
    "import asyncio\nimport socket\nfrom concurrent.futures import ThreadPoolExecutor\n\npool = ThreadPoolExecutor(1)\n"
    "loop = asyncio.new_event_loop()\npair = socket.socketpair()\nlog = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    "log.connect(('127.0.0.1', 514))\nserver = socket.create_server(('127.0.0.1', 0))\n"
)
# A thread that Python did not make, with a name of its own and without
NATIVE = """
import ctypes
import os

libc = ctypes.CDLL(None)
Begin = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
naming, sleeping = ctypes.CDLL(None).prctl, ctypes.CDLL(None).pause


@Begin
def begin(_):
    naming({name})
    sleeping()


thread = ctypes.c_ulong()
libc.pthread_create(ctypes.byref(thread), None, {entry}, None)
import time

time.sleep(0.3)
"""


def imported(folder: Path, text: str, preload: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the program in an app's folder; it has to end by itself."""
    write(folder, {"app/shop.py": text + APP, "gunicorn.conf.py": SETTINGS.format(preload=preload)})
    command = [sys.executable, imports.__file__, "../gunicorn.conf.py"]
    environment = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
    return subprocess.run(command, cwd=folder / "app", env=environment, capture_output=True, text=True, check=False, timeout=20)


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, done.stdout + done.stderr
    [line] = [line for line in done.stdout.splitlines() if line.startswith(imports.MARK)]
    return [str(word) for word in json.loads(line.removeprefix(imports.MARK))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (POOL, ["the thread ThreadPoolExecutor-0_0, begun at shop.py:4"]),
        (TIMER, ["the thread scheduler, begun at shop.py:5"]),
        (LOCAL, ["the connection to db"]),
        (HARMLESS, []),
        ("", []),
    ],
    ids=["pool", "timer that is no daemon", "connection over a local socket", "what forks bear", "nothing"],
)
def test_what_would_not_live_on_in_a_fork_is_told(text: str, found: list[str], tmp_path: Path) -> None:
    assert told(imported(tmp_path, text)) == found


def test_a_connection_is_told_with_its_peer(tmp_path: Path) -> None:
    done = imported(tmp_path, CONNECTED)
    assert told(done) == [f"the connection to 127.0.0.1 port {done.stdout.split()[2]}"]


@pytest.mark.parametrize(("name", "found"), [("15, b'grpc_timer'", ["the thread grpc_timer"]), ("3, 0", [])], ids=["named", "unnamed"])
def test_of_the_threads_that_a_library_made_those_count_that_it_named(name: str, found: list[str], tmp_path: Path) -> None:
    """numpy's BLAS has a thread a core, all called as the process is, and makes them again after a fork."""
    assert told(imported(tmp_path, NATIVE.format(name=name, entry="begin"))) == found


def test_nothing_is_told_of_an_app_that_each_process_imports(tmp_path: Path) -> None:
    assert told(imported(tmp_path, POOL, preload=False)) == []


@pytest.mark.parametrize("text", ["import no_such_module\n", "raise SystemExit(0)\n", TIMER + "raise ValueError\n"])
def test_an_app_that_does_not_import_is_told_by_its_traceback(text: str, tmp_path: Path) -> None:
    """One that ends the process as it is imported would end Gunicorn too."""
    done = imported(tmp_path, text)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "shop.py" in done.stderr

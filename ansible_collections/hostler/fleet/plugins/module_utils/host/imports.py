"""Import an app as Gunicorn's master does, and tell what it has begun by that which would not live on in a worker.

This file is run as a program, by a release's own Python, as ``imports.py <gunicorn.conf.py>``; it has the standard library and Gunicorn. It
ends as soon as the app is imported, whatever threads there are then. A fork takes along the thread that forks and no other, and has
connections in common, whose two ends then talk to several processes.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import sys
import threading
import traceback
from pathlib import Path

MARK = "what does not live on in a fork: "  # begins the line that tells it, as a JSON list of words
PROCESS = Path("/proc/self")


def note(begun: dict[int, str], folder: str) -> None:
    """Have each thread noted when it starts, by where in the folder that was."""
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        places = [frame for frame in traceback.extract_stack() if frame.filename.startswith(f"{folder}/")]
        if places:
            begun[id(thread)] = f", begun at {os.path.relpath(places[-1].filename, folder)}:{places[-1].lineno}"
        start(thread)

    threading.Thread.start = noted  # type: ignore[method-assign, assignment]


def threads(begun: dict[int, str]) -> list[str]:
    """Return the threads beside the main one. Of those that a library made without Python, the ones that it gave a name of their own:
    others, as a BLAS has them, are made again after a fork.
    """
    alive = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    known = {thread.native_id for thread in threading.enumerate()}
    unnamed = _name(PROCESS)
    others = {_name(task) for task in (PROCESS / "task").iterdir() if int(task.name) not in known} - {unnamed, ""}
    return [f"the thread {thread.name}{begun.get(id(thread), '')}" for thread in alive] + [f"the thread {name}" for name in sorted(others)]


def _name(task: Path) -> str:
    """Return how the system calls a process or a thread; empty for one that has ended."""
    try:
        return (task / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def connections() -> list[str]:
    """Return the connections that are open, but for what the process was given."""
    found = []
    for number in sorted(int(entry.name) for entry in (PROCESS / "fd").iterdir()):
        try:
            one = socket.socket(fileno=number) if number > 2 else None
        except OSError:
            continue  # no socket, or closed since
        if one:
            found += _peer(one)
            one.detach()
    return [f"the connection to {peer}" for peer in found]


def _peer(one: socket.socket) -> list[str]:
    """Return what a socket is connected to, if it is and that is another process."""
    if one.type != socket.SOCK_STREAM:
        return []
    try:
        peer = one.getpeername()
    except OSError:
        return []
    if isinstance(peer, tuple):
        return [f"{peer[0]} port {peer[1]}"]
    return [str(peer)] if peer else []


def main(settings: str) -> int:
    """Import the app; return 0, or 1 with a traceback printed."""
    sys.argv = ["gunicorn", "--config", settings]
    begun: dict[int, str] = {}
    gunicorn = importlib.import_module("gunicorn.app.wsgiapp").WSGIApplication("%(prog)s", prog="gunicorn")
    note(begun, str(Path.cwd()))
    try:
        gunicorn.load()
    except BaseException:  # an app that ends the process as it is imported is no better
        traceback.print_exc()
        return 1
    found = [*threads(begun), *connections()] if gunicorn.cfg.preload_app else []
    sys.stderr.flush()
    print(f"\n{MARK}{json.dumps(found)}")
    return 0


if __name__ == "__main__":
    ended = main(sys.argv[1])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended)  # else what was begun has its say, and a thread that is no daemon goes on for ever

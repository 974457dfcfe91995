"""What libraries commonly ask of a host, tried where the ledger runs: as a program, or by its view ``/allowed``."""

from __future__ import annotations

import getpass
import json
import locale
import multiprocessing
import os
import resource
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil


def _written(folder: str | None = None) -> None:
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"x")


def _pool() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(abs, [-1])


def _thread() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()


def _limit() -> None:
    low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (low, high))


TRIED: dict[str, Callable[[], object]] = {
    "memory of the host": lambda: Path("/proc/meminfo").read_text(),
    "processors of the host": lambda: Path("/proc/cpuinfo").read_text(),
    "its version": lambda: Path("/etc/os-release").read_text(),
    "psutil, memory": psutil.virtual_memory,
    "psutil, processors": psutil.cpu_percent,
    "psutil, the process": lambda: psutil.Process().memory_info(),
    "psutil, its children": lambda: psutil.Process().children(),
    "psutil, the network": psutil.net_if_addrs,
    "psutil, traffic": psutil.net_io_counters,
    "psutil, disk": lambda: psutil.disk_usage("/"),
    "priority": lambda: os.nice(0),
    "a lower priority": lambda: subprocess.run(["nice", "true"], check=True, capture_output=True),
    "processors to run on": lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
    "count of processors": os.cpu_count,
    "limits": _limit,
    "a pool of processes": _pool,
    "a thread": _thread,
    "a temporary file": _written,
    "a file in its state": lambda: _written(os.environ["STATE_DIRECTORY"]),
    "a name": lambda: socket.getaddrinfo("localhost", 80),
    "the name of the host": socket.getfqdn,
    "a socket": lambda: socket.create_server(("127.0.0.1", 0)).close(),
    "the user": getpass.getuser,
    "the home": Path.home,
    "the time zone": time.tzset,
    "the locale": lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8"),
    "a program of its packages": lambda: subprocess.run(["gunicorn", "--version"], check=True, capture_output=True),
}


def failures() -> dict[str, str]:
    """Return what does not work, and why; nothing where all is well."""
    found = {}
    for name, tried in TRIED.items():
        try:
            tried()
        except Exception as error:  # whatever it is, it is the answer
            found[name] = repr(error)
    return found


if __name__ == "__main__":
    print(json.dumps(failures()))

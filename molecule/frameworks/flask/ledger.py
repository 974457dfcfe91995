"""A Flask app for tests: keeps a ledger of what it was asked to do, and tells what reached it."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

from flask import Flask, request

LEDGER = Path(os.environ.get("STATE_DIRECTORY", "."), "entries")
app = Flask(__name__)


def myself() -> dict[str, Any]:
    """Return who answers."""
    return {"host": socket.gethostname(), "slot": os.environ.get("SLOT"), "release": os.environ.get("RELEASE"), "framework": "Flask"}


@app.get("/status")
def status() -> dict[str, Any]:
    """Answer health checks."""
    return myself()


@app.get("/tell")
def tell() -> dict[str, Any]:
    """Tell what reached the app."""
    return {**myself(), "greeting": os.environ.get("GREETING"), "headers": dict(request.headers)}


@app.get("/slow")
def slow() -> dict[str, Any]:
    """Take so many seconds for the answer."""
    time.sleep(float(request.args["seconds"]))
    return myself()


@app.post("/entries")
def enter() -> tuple[dict[str, Any], int]:
    """Append the body to the ledger, as one line."""
    file = os.open(LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(file, request.get_data() + b"\n")
    finally:
        os.close(file)
    return myself(), 201

"""A FastAPI app for tests: keeps a ledger of what it was asked to do, and tells what reached it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

LEDGER = Path(os.environ.get("STATE_DIRECTORY", "."), "entries")
PIECE = f"{os.environ.get('RELEASE')}\n".encode() * 4096


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Note that the app was started, as one that opens its database here would."""
    app.state.started = True
    yield


app = FastAPI(lifespan=lifespan)


def myself() -> dict[str, Any]:
    """Return who answers."""
    return {"host": socket.gethostname(), "slot": os.environ.get("SLOT"), "release": os.environ.get("RELEASE"), "framework": "FastAPI"}


@app.get("/status")
async def status() -> dict[str, Any]:
    """Answer health checks; without lifespan events this fails."""
    assert app.state.started
    return myself()


@app.get("/tell")
async def tell(request: Request) -> dict[str, Any]:
    """Tell what reached the app."""
    return {**myself(), "greeting": os.environ.get("GREETING"), "scheme": request.url.scheme, "headers": dict(request.headers)}


@app.get("/slow")
async def slow(seconds: float) -> dict[str, Any]:
    """Take so many seconds for the answer."""
    await asyncio.sleep(seconds)
    return myself()


@app.post("/entries", status_code=201)
async def enter(request: Request) -> dict[str, Any]:
    """Append the body to the ledger."""
    append(await request.body() + b"\n")
    return myself()


@app.get("/download")
async def download(pieces: int) -> StreamingResponse:
    """Stream so many pieces, of which each line names the release."""

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield PIECE

    return StreamingResponse(stream(), media_type="application/octet-stream")


@app.post("/upload")
async def upload(request: Request) -> dict[str, Any]:
    """Take a body of any length; return its SHA-256."""
    digest = hashlib.sha256()
    async for piece in request.stream():
        digest.update(piece)
    return {**myself(), "sha256": digest.hexdigest()}


@app.websocket("/socket")
async def echo(websocket: WebSocket) -> None:
    """Send each message back, behind the release."""
    await websocket.accept()
    try:
        async for message in websocket.iter_text():
            await websocket.send_text(f"{os.environ.get('RELEASE')} {message}")
    except WebSocketDisconnect:
        pass


def append(line: bytes) -> None:
    """Write the line as one."""
    file = os.open(LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(file, line)
    finally:
        os.close(file)

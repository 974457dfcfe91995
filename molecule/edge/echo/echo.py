"""An app of both kinds that tells of each request what reached it: in its answer, and in a file, whether the answer arrives or not."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

SEEN = Path(os.environ.get("STATE_DIRECTORY", ".")) / "seen"
Start = Callable[[str, list[tuple[str, str]]], Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def _seen(method: str, target: str, root: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Write down a request that is no health check, as one line; return the line."""
    told: dict[str, Any] = {"method": method, "target": target, "root": root, "path": path, "headers": headers}
    told |= {"length": len(body), "digest": hashlib.sha256(body).hexdigest()}
    line = json.dumps(told).encode() + b"\n"
    if (path, headers.get("user-agent")) != ("/status", "hostler-check"):
        file = os.open(SEEN, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(file, line)
        finally:
            os.close(file)
    return line


def wsgi(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Answer each request; a body is left unread where the path begins with ``/unread``."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    body = b"" if path.startswith("/unread") else environ["wsgi.input"].read()
    line = _seen(environ["REQUEST_METHOD"], environ["RAW_URI"], environ["SCRIPT_NAME"], path, headers, body)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(line)))])
    return [line]


async def asgi(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer each request as the other does; a WebSocket is not opened."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers: dict[str, str] = {}
    for name, value in ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]):
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    path, target, body = scope["path"], (scope["raw_path"] + query).decode("latin-1"), b""
    if scope["type"] == "websocket":
        _seen("WEBSOCKET", target, scope["root_path"], path, headers, body)
        await send({"type": "websocket.close"})
        return
    more = not path.startswith("/unread")
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        more = message.get("more_body", False)
    line = _seen(scope["method"], target, scope["root_path"], path, headers, body)
    answer = [(b"content-type", b"application/json"), (b"content-length", str(len(line)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": answer})
    await send({"type": "http.response.body", "body": line})

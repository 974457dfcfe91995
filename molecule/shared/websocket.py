"""As much of a WebSocket client as tests need: short text messages, one at a time (RFC 6455)."""

from __future__ import annotations

import base64
import os
import socket
from types import TracebackType


class WebSocket:
    """An open WebSocket; every message is asked for and answered."""

    def __init__(self, address: str, host: str, path: str, port: int = 80) -> None:
        """Open it; ConnectionError has what was answered instead of 101."""
        self._socket = socket.create_connection((address, port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: Upgrade", "Upgrade: websocket"]
        lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        self._stream = self._socket.makefile("rb")
        answer = self._stream.readline()
        if b" 101 " not in answer:
            self._stream.close()
            self._socket.close()
            raise ConnectionError(answer.decode())
        while self._stream.readline().strip():
            pass

    def ask(self, text: str) -> str:
        """Send a message of 125 bytes at the most; return the answer. ConnectionError says that the WebSocket has ended."""
        self._send(0x1, text.encode())
        head = self._stream.read(2)
        if not head or head[0] != 0x81:
            raise ConnectionError(f"the WebSocket has ended: {head!r}")
        return self._stream.read(head[1]).decode()

    def _send(self, kind: int, data: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[number % 4] for number, byte in enumerate(data))
        self._socket.sendall(bytes([0x80 | kind, 0x80 | len(data)]) + mask + masked)

    def __enter__(self) -> WebSocket:
        """Return the open WebSocket."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it, as a visitor who leaves the page."""
        try:
            self._send(0x8, (1000).to_bytes(2, "big"))
        finally:
            self._stream.close()
            self._socket.close()

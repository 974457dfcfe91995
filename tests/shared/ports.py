"""Ports for programs that tests run."""

import socket


def free() -> int:
    """Return a port that nobody has, on any address."""
    with socket.socket() as sock:
        sock.bind(("", 0))
        return int(sock.getsockname()[1])

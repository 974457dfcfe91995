"""What PostgreSQL keeps of a password, so that the password itself never comes near its log.

Source: RFC 5803, and PostgreSQL's scram-common.c.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re

ITERATIONS = 4096  # PostgreSQL's own; with 384 random bits there is nothing to try
VERIFIER = re.compile(r"SCRAM-SHA-256\$(\d+):([\w+/=]+)\$[\w+/=]+:[\w+/=]+", re.ASCII)


def verifier(password: str, salt: bytes | None = None, iterations: int = ITERATIONS) -> str:
    """Return the verifier of a password of ASCII."""
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${iterations}:{_text(salt)}${_text(stored)}:{_text(server)}"


def verifies(known: str, password: str) -> bool:
    """Tell whether a verifier is that of a password."""
    found = VERIFIER.fullmatch(known)
    try:
        return found is not None and hmac.compare_digest(verifier(password, base64.b64decode(found[2]), int(found[1])), known)
    # It only looks like one
    except ValueError:
        return False


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")

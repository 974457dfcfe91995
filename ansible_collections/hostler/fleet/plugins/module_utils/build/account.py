"""The account by which the balancers get certificates: a key in a folder of the control node, made once."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from ansible_collections.hostler.fleet.plugins.module_utils.build.authority import keep_private

NAME = "account.key"


def account(folder: Path, keep: bool) -> tuple[str, bool]:
    """Return the thumbprint of a folder's account, and whether it was made just now, and kept if that is said.

    ValueError for a file that has no such key. Source: RFC 7638.
    """
    made = not (folder / NAME).exists()
    key = ec.generate_private_key(ec.SECP256R1()) if made else load_pem_private_key((folder / NAME).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"{folder / NAME} is no key of ours")
    if made and keep:
        keep_private(folder, {NAME: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()})
    numbers = key.public_key().public_numbers()
    point = {axis: _base64(number.to_bytes(32, "big")) for axis, number in (("x", numbers.x), ("y", numbers.y))}
    public = json.dumps({"crv": "P-256", "kty": "EC", **point}, separators=(",", ":"), sort_keys=True)
    return _base64(hashlib.sha256(public.encode()).digest()), made


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")

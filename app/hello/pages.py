"""The page for visitors."""

import secrets
import socket

from flask import Blueprint, render_template, request

# What a browser may do with the page: show its own style and its empty icon, and nothing else
POLICY = (
    "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> tuple[str, dict[str, str]]:
    """Show the message, the visitor's address and how he came, and who answered.

    Never cached: the next answer may differ.
    """
    nonce = secrets.token_urlsafe(16)
    # a server on a Unix socket knows no address
    visitor = request.remote_addr or "unknown"
    page = render_template("page.html", visitor=visitor, host=socket.gethostname(), nonce=nonce)
    return page, {"Cache-Control": "no-store", "Content-Security-Policy": POLICY.format(nonce=nonce)}

"""The page for visitors."""

import socket

from flask import Blueprint, render_template, request

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> tuple[str, dict[str, str]]:
    """Show the message, the visitor's address, and who answered. Never cached: the next answer may differ."""
    # a server on a Unix socket knows no address
    page = render_template("page.html", visitor=request.remote_addr or "unknown", host=socket.gethostname())
    return page, {"Cache-Control": "no-store"}

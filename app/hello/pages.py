"""The page for visitors."""

import socket

from flask import Blueprint, request

from . import policy

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> tuple[str, dict[str, str]]:
    """Show the message, the visitor's address and how he came, and who answered."""
    # a server on a Unix socket knows no address
    visitor = request.remote_addr or "unknown"
    return policy.page("page.html", visitor=visitor, host=socket.gethostname())

"""The page for when something went wrong."""

from flask import Blueprint, render_template, request

blueprint = Blueprint("errors", __name__)


@blueprint.app_errorhandler(500)
def broken(_: Exception) -> tuple[str, int, dict[str, str]]:
    """Show the request's id, as what stands before the app gave it: by that, the line in the log is found."""
    page = render_template("error.html", number=request.headers.get("X-Request-ID", ""))
    return page, 500, {"Cache-Control": "no-store"}

"""The guestbook for programs: JSON, errors too."""

from flask import Blueprint, request, url_for
from werkzeug.exceptions import HTTPException

from . import book, database

Answer = tuple[dict[str, object], int, dict[str, str]]
blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/entries")
def entries() -> dict[str, object]:
    """Return entries, newest first: ``id``, ``at`` (UTC), ``name``, ``text``; and the ``next`` ones' path, or null."""
    page = book.page(database.session(), request.args.get("before", type=book.key))
    return {
        "entries": [
            {"id": one.id, "at": one.at.isoformat(), "name": one.name, "text": one.text} for one in page.entries
        ],
        "next": url_for("api.entries", before=page.before) if page.before else None,
    }


@blueprint.app_errorhandler(HTTPException)
def of_http(error: HTTPException) -> Answer | HTTPException:
    """Tell an error below the API's path as JSON, also where nothing is there."""
    if not request.path.startswith("/api/"):
        return error
    headers = {key: value for key, value in error.get_headers() if key != "Content-Type"}
    return _told(error.code or 500, error.description or error.name, headers)


@blueprint.errorhandler(Exception)
def failed(error: Exception) -> Answer:
    """Tell that the database is away; all else is a mistake of ours."""
    database.note_away(error)
    return _told(503, database.SORRY, {"Retry-After": str(database.RETRY_SECONDS)})


def _told(status: int, message: str, headers: dict[str, str]) -> Answer:
    """Return ``error`` with ``status``, ``message``, and the ``request``'s id where it has one."""
    number = request.headers.get("X-Request-ID")
    return (
        {"error": {"status": status, "message": message, "request": number}},
        status,
        {**headers, "Cache-Control": "no-store"},
    )

"""The guestbook's page."""

from flask import Blueprint, current_app, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from .. import policy
from . import book, database
from .forms import EntryForm

Answer = tuple[str, int, dict[str, str]]
KEPT = "What you wrote is still here: please send it again."
FULL = "That is a lot of lines. Please leave room for others, and come back in ten minutes."
OLD = "This form was open for long, or your browser keeps no cookies. Please send it again."

blueprint = Blueprint("guestbook", __name__)


def _page(form: EntryForm, status: int = 200, wrong: str = "", entries: book.Page | None = None) -> Answer:
    text, headers = policy.page("guestbook.html", forms=True, form=form, wrong=wrong, page=entries)
    # The check of forms goes by the page that they came from
    headers |= {"Referrer-Policy": "same-origin"}
    if status in (429, 503):
        headers["Retry-After"] = str(database.RETRY_SECONDS if status == 503 else int(book.SPAN.total_seconds()))
    return text, status, headers


@blueprint.get("/guestbook")
def read() -> Answer:
    """Show the newest entries, or those before one: ``?before=<id>``."""
    return _page(EntryForm(), entries=book.page(database.session(), request.args.get("before", type=book.key)))


@blueprint.post("/guestbook")
def write() -> Answer | Response:
    """Take an entry. A reload of the page that follows sends nothing again."""
    form = EntryForm()
    session = database.session()
    if not form.validate():
        return _page(form, 422, entries=book.page(session))
    visitor = book.mark(current_app.config["SECRET_KEY"], request.remote_addr or "")
    if not book.has_room(session, visitor):
        return _page(form, 429, FULL, book.page(session))
    entry = book.add(session, form.name.data or "", form.text.data or "", visitor)
    return redirect(url_for("guestbook.read", _anchor=f"entry-{entry}"), 303)


@blueprint.errorhandler(Exception)
def away(error: Exception) -> Answer:
    """Keep what was written where the database is away; all else is a mistake of ours."""
    database.note_away(error)
    return _page(EntryForm(), 503, f"{database.SORRY} {KEPT}" if request.method == "POST" else database.SORRY)


@blueprint.app_errorhandler(CSRFError)
def old(_: CSRFError) -> Answer:
    """Show the form again with what was written, and with a token that is good."""
    try:
        entries = book.page(database.session())
    except Exception as error:
        return away(error)
    return _page(EntryForm(), 400, OLD, entries)
